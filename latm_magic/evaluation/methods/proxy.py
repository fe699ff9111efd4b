"""What databases now do beside a model: a small classifier on the same labels, which abstains where it is not sure.

Character n-grams and logistic regression (scikit-learn, the extra `learn`). It can only give an answer that is among
the labels, so it is for tasks with few different answers.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError
from latm_magic.evaluation.methods.method import Bench, Making, Method, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARGIN = 0.2
"""Between the probabilities of the likeliest answer and of the next one; below it nothing is answered."""
_NGRAMS = (1, 4)


class Proxy(Method):
    """Fitted on the labels anew wherever it is needed: it is the same each time."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def make(self) -> Making:
        """Fit it."""
        different = len({each.answer for each in self._labels})
        return Making("tool" if self._fitted is not None else "none", 1, f"{different} different answers in the labels")

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Answer what it is sure of."""
        if self._fitted is None:
            return [Outcome(None, answered=False, way="no tool")] * len(questions)
        began = time.perf_counter()
        shares = self._fitted.predict_proba(list(questions))
        ms = 1000 * (time.perf_counter() - began) / max(1, len(questions))
        return [self._outcome(row, ms) for row in shares]

    def _outcome(self, shares: Any, ms: float) -> Outcome:
        best, second = sorted(range(len(shares)), key=lambda place: -shares[place])[:2]
        if shares[best] - shares[second] < _MARGIN:
            return Outcome(None, answered=False, way="not sure", ms=ms)
        return Outcome(str(self._fitted.classes_[best]), answered=True, way="classifier", ms=ms)

    @property
    def _labels(self) -> list[Any]:
        return [each for each in self._bench.split.labels if each.expects == "answer"]

    @cached_property
    def _fitted(self) -> Any:
        """The fitted pipeline (Any: scikit-learn is loaded only here); None where all labels have one answer."""
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
        except ImportError:
            raise LatmError("The method 'proxy' needs scikit-learn: pip install 'latm_magic[learn]'.") from None
        if len({each.answer for each in self._labels}) < 2:  # noqa: PLR2004
            return None
        features = TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True)
        model = make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000, random_state=self._bench.seed))
        return model.fit([each.question for each in self._labels], [each.answer for each in self._labels])
