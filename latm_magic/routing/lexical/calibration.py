"""From evidences to a confidence: one logistic rule for all wordings, and a shift for each from its own questions.

    score = WEIGHTS . (cosine^2, recall^2, coverage^2, vocabulary^2, layout^2) + BIAS + shift
    confidence = 1 / (1 + exp(-score))

Squares, because the last tenth of an evidence says more than the first: half of a template is nobody's template.

`WEIGHTS` and `BIAS` are constants that the package brings, fitted offline (`benchmarks/router_accuracy.py --fit`): they
are what a cache of one tool with three questions goes by. A wording's shift is fitted on what the tools own: on its own
questions, each left out once (they should be accepted), and on the likest questions of *other* tools (they should not).
It is drawn to 0 as by `_DRAWN_TO_ZERO` questions' worth of doubt, so that three odd questions do not move much.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.features import Evidence

__all__ = ["BIAS", "FITTED", "WEIGHTS", "confidence", "score", "shift"]

FITTED = "2026-11-22"
"""When the constants below were fitted."""

WEIGHTS = (0.7, 6.4, 7.0, 6.5, 14.3)
BIAS = -28.0

_DRAWN_TO_ZERO = 3.0
_STEPS = 8
_FAR = 30.0


def score(evidence: Evidence) -> float:
    """Give the logarithm of the odds that the question is the tool's, without the shift."""
    cosine, recall, coverage, vocabulary, layout = WEIGHTS
    return (
        cosine * evidence.cosine**2
        + recall * evidence.recall**2
        + coverage * evidence.coverage**2
        + vocabulary * evidence.vocabulary**2
        + layout * evidence.layout**2
        + BIAS
    )


def confidence(score: float) -> float:
    """Give the probability that belongs to a score."""
    return 1 / (1 + exp(-max(-_FAR, min(_FAR, score))))


def shift(own: Sequence[float], others: Sequence[float]) -> float:
    """Fit a wording's shift on scores of its own left-out questions and of other tools' questions (Newton's method)."""
    found = 0.0
    for _ in range(_STEPS):
        slope, bend = -_DRAWN_TO_ZERO * found, _DRAWN_TO_ZERO
        for value in own:
            chance = confidence(value + found)
            slope, bend = slope + 1 - chance, bend + chance * (1 - chance)
        for value in others:
            chance = confidence(value + found)
            slope, bend = slope - chance, bend + chance * (1 - chance)
        found += slope / bend
    return found
