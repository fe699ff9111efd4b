"""What a wording is, and the five features by which a question is compared with it.

A *wording* is one way in which a tool's questions are put. It is made of at least one question and holds

    template   the longest common subsequence of its questions' tokens
    bigrams    single tokens and bigrams that at least two of its questions have, and how many do;
               one is *constant* when all questions have it (all but one, from five questions on)
    marks      for each mark (see `tokens`), the fewest and the most times it occurs in a question

The features, each from 0 to 1, for a question q and a wording w of n questions:

    cosine      sum of c(f) over the bigrams f of q, divided by sqrt(bigrams of q + 2 * `dropped`) * sqrt(sum of c(f)^2
                over the bigrams of w), where c(f) is how many questions of w have f: alike as a whole
    recall      (constant bigrams that q has + 6 * b) / (constant bigrams + 6): what the wording always says, q says
    coverage    (longest common subsequence of q and the template + 6 * b) / (tokens of the template + 6):
                and says it in that order; in both, b = min(1, 1.5 * cosine)
    vocabulary  (marks of q that w allows + 3) / (marks of q + 3), each occurrence counted; a mark seen a to b times
                is allowed 2b - a times: q is not built of what w never has
    layout      (lines and options of q that w has + those of w that q has + 1) / (those of q + those of w + 1):
                as many lines and options as w has; this is what tells three objects from five

Where the template is short or few bigrams are constant they say little, and the cosine speaks in their place: that is
the 6 * b. How the five become one confidence is left to `calibration`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from latm_magic.routing.lexical.tokens import (
    UNKNOWN_MARK,
    UNKNOWN_WORD,
    TokenizedQuestion,
    lcs_length,
    longest_common_subsequence,
    merge_unknown,
    position_bits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_BACKING = 6
_MARKS_FORGIVEN = 3


class Features(NamedTuple):
    """How well a question fits a wording, five ways; each 0 to 1."""

    cosine: float
    recall: float
    coverage: float
    vocabulary: float
    layout: float

    def __str__(self) -> str:
        return (
            f"cosine {self.cosine:.2f}, recall {self.recall:.2f}, coverage {self.coverage:.2f}, "
            f"vocabulary {self.vocabulary:.2f}, layout {self.layout:.2f}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One way in which questions are put, as compact arrays of token ids."""

    size: int
    """How many questions it was made of."""
    template: array[int]
    bigrams: array[int]
    """The constant ones first."""
    counts: array[int]
    """How many questions have each of `bigrams`."""
    constant: int
    """How many of `bigrams` are constant."""
    marks: array[int]
    fewest: array[int]
    most: array[int]
    norm: float = field(init=False)
    """Square root of the sum of the squared `counts`."""
    bits: dict[int, int] = field(init=False)
    """`position_bits` of the template."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "norm", sqrt(sum([count * count for count in self.counts])))
        object.__setattr__(self, "bits", position_bits(self.template))

    @classmethod
    def of(cls, questions: Sequence[TokenizedQuestion]) -> Wording:
        """Return the wording of one or more questions."""
        size = len(questions)
        often = Counter(chain.from_iterable([question.bigrams for question in questions]))
        enough = size - 1 if size >= 5 else size  # noqa: PLR2004 - the rule that the docstring states
        shared = sorted([(-count, bigram) for bigram, count in often.items() if count >= min(size, 2)])
        marks = sorted({mark for question in questions for mark in question.marks})
        occurring = [[question.marks.get(mark, 0) for question in questions] for mark in marks]
        return cls(
            size=size,
            template=array("i", _template(questions)),
            bigrams=array("q", [bigram for _, bigram in shared]),
            counts=array("H", [-count for count, _ in shared]),
            constant=sum([-count >= enough for count, _ in shared]),
            marks=array("i", marks),
            fewest=array("H", map(min, occurring)),
            most=array("H", map(max, occurring)),
        )


def _template(questions: Sequence[TokenizedQuestion]) -> list[int]:
    """Return the common subsequence of all; only tokens that every question has can be in it."""
    shared = set(questions[0].ids).intersection(*[question.bigrams for question in questions])
    template: list[int] | None = None
    for question in questions:
        ids = [token for token in question.ids if token in shared]
        template = ids if template is None else longest_common_subsequence(template, ids)
    return template or []


def extract_features(wording: Wording, question: TokenizedQuestion) -> Features:
    """Compare a question with a wording; the formulae stand in the module's docstring."""
    mine, constant = question.bigrams, wording.constant
    norm = sqrt(len(mine) + 2 * question.dropped) * wording.norm
    found = [count for bigram, count in zip(wording.bigrams, wording.counts, strict=True) if bigram in mine]
    cosine = sum(found) / norm if norm else 0.0
    least = wording.counts[constant - 1] if constant else wording.size + 1
    shared = len([count for count in found if count >= least])
    length = len(wording.template)
    common = lcs_length(wording.bits, length, question.ids)
    vocabulary, layout = _compare_marks(wording, question)
    weight = _BACKING
    backing = weight * min(1.0, 1.5 * cosine)
    return Features(
        cosine,
        (shared + backing) / (constant + weight),
        (common + backing) / (length + weight),
        vocabulary,
        layout,
    )


def _compare_marks(wording: Wording, question: TokenizedQuestion) -> tuple[float, float]:
    """Return vocabulary and layout."""
    marks = question.marks
    allowed = fitting = kept = least = 0
    for mark, fewest, most in zip(wording.marks, wording.fewest, wording.most, strict=True):
        count = marks.get(mark, 0)
        allowed += min(count, 2 * most - fewest)
        if mark > UNKNOWN_MARK:
            fitting += min(count, most)
            kept += min(count, fewest)
            least += fewest
    forgiven = _MARKS_FORGIVEN
    vocabulary = (allowed + forgiven) / (sum(marks.values()) + forgiven)
    return vocabulary, (fitting + kept + 1) / (question.layout + least + 1)


def leave_one_out(questions: Sequence[TokenizedQuestion]) -> list[Features]:
    """Compare each question with the wording of the others: how well unseen questions of this wording will fit.

    A word that only the left-out question has is an unknown word, as it would be in a question that is asked.
    """
    if len(questions) < 2:  # noqa: PLR2004 - with one question there are no others
        return []
    found = []
    for position, question in enumerate(questions):
        others = [*questions[:position], *questions[position + 1 :]]
        known = {token for other in others for token in other.ids}
        ids = merge_unknown([token if token < 0 or token in known else UNKNOWN_WORD for token in question.ids])
        found.append(extract_features(Wording.of(others), TokenizedQuestion.of(*ids)))
    return found
