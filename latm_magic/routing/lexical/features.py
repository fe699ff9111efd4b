"""What a wording is, and the five evidences that a question has it.

A *wording* is one way in which a tool's questions are put. It is made of at least one question and holds

    template   the longest common subsequence of its questions' tokens
    pairs      tokens and pairs of neighbouring tokens that at least two of its questions have, and how many do;
               a pair is *constant* when all questions have it (all but one, from five questions on)
    marks      for each mark (see `templates`), the fewest and the most times it occurs in a question

The evidences, each from 0 to 1, for a question q and a wording w of n questions:

    cosine      sum of c(f) over the pairs f of q, divided by sqrt(pairs of q + 2 * `strange`) * sqrt(sum of c(f)^2
                over the pairs of w), where c(f) is how many questions of w have f: alike as a whole
    recall      (constant pairs that q has + 6 * b) / (constant pairs + 6): what the wording always says, q says
    coverage    (longest common subsequence of q and the template + 6 * b) / (tokens of the template + 6):
                and says it in that order; in both, b = min(1, 1.5 * cosine)
    vocabulary  (marks of q that w allows + 3) / (marks of q + 3), each occurrence counted; a mark seen a to b times
                is allowed 2b - a times: q is not built of what w never has
    layout      (lines and options of q that w has + those of w that q has + 1) / (those of q + those of w + 1):
                as many lines and options as w has; this is what tells three objects from five

Where a template or the constant pairs are few they say little, and the cosine speaks in their place: that is the 6 * b.
How the five become one confidence is left to `calibration`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.tokens import (
    UNKNOWN_MARK,
    UNKNOWN_WORD,
    Reading,
    common_length,
    common_sequence,
    masked,
    places,
    reading,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Evidence", "Wording", "evidence", "left_out"]

_BACKING = 6
_MARKS_FORGIVEN = 3


@dataclass(frozen=True, slots=True)
class Evidence:
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
    """One way in which questions are put, as compact arrays of token numbers."""

    size: int
    """How many questions it was made of."""
    template: array[int]
    pairs: array[int]
    """The constant ones first."""
    counts: array[int]
    """How many questions have each of `pairs`."""
    constant: int
    """How many of `pairs` are constant."""
    marks: array[int]
    fewest: array[int]
    most: array[int]
    norm: float
    """Square root of the sum of the squared `counts`."""
    bits: dict[int, int]
    """`templates.places` of the template."""

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Wording:
        """Make the wording of one or more readings."""
        size = len(readings)
        often = Counter(chain.from_iterable([read.pairs for read in readings]))
        enough = size - 1 if size >= 5 else size  # noqa: PLR2004 - the rule that the docstring states
        kept = sorted([(-count, pair) for pair, count in often.items() if count >= min(size, 2)])
        marks = sorted({mark for read in readings for mark in read.marks})
        occurring = [[read.marks.get(mark, 0) for read in readings] for mark in marks]
        return cls.restored(
            size=size,
            template=array("i", _template(readings)),
            pairs=array("q", [pair for _, pair in kept]),
            counts=array("H", [-count for count, _ in kept]),
            constant=sum([-count >= enough for count, _ in kept]),
            marks=array("i", marks),
            fewest=array("H", map(min, occurring)),
            most=array("H", map(max, occurring)),
        )

    @classmethod
    def restored(
        cls,
        *,
        size: int,
        template: array[int],
        pairs: array[int],
        counts: array[int],
        constant: int,
        marks: array[int],
        fewest: array[int],
        most: array[int],
    ) -> Wording:
        """Make a wording of its parts; what follows from them is worked out."""
        norm = sqrt(sum([count * count for count in counts]))
        return cls(size, template, pairs, counts, constant, marks, fewest, most, norm, places(template))


def _template(readings: Sequence[Reading]) -> list[int]:
    """Give the common subsequence of all; only tokens that every reading has can be in it."""
    shared = set(readings[0].numbers).intersection(*[read.pairs for read in readings])
    template: list[int] | None = None
    for read in readings:
        numbers = [number for number in read.numbers if number in shared]
        template = numbers if template is None else common_sequence(template, numbers)
    return template or []


def evidence(wording: Wording, read: Reading) -> Evidence:
    """Weigh a question against a wording; the formulae stand in the module's docstring."""
    mine, constant = read.pairs, wording.constant
    norm = sqrt(len(mine) + 2 * read.strange) * wording.norm
    found = [count for pair, count in zip(wording.pairs, wording.counts, strict=True) if pair in mine]
    cosine = sum(found) / norm if norm else 0.0
    least = wording.counts[constant - 1] if constant else wording.size + 1
    shared = len([count for count in found if count >= least])
    length = len(wording.template)
    common = common_length(wording.bits, length, read.numbers)
    vocabulary, layout = _marks(wording, read)
    weight = _BACKING
    backing = weight * min(1.0, 1.5 * cosine)
    return Evidence(
        cosine,
        (shared + backing) / (constant + weight),
        (common + backing) / (length + weight),
        vocabulary,
        layout,
    )


def _marks(wording: Wording, read: Reading) -> tuple[float, float]:
    """Give vocabulary and layout."""
    marks = read.marks
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
    return vocabulary, (fitting + kept + 1) / (read.layout + least + 1)


def left_out(readings: Sequence[Reading]) -> list[Evidence]:
    """Give each question's evidence for the wording of the others: how well unseen questions of this wording will fit.

    A word that only the left-out question has is an unknown word, as it would be in a question that is asked.
    """
    if len(readings) < 2:  # noqa: PLR2004 - with one question there are no others
        return []
    found = []
    for place, read in enumerate(readings):
        others = [*readings[:place], *readings[place + 1 :]]
        known = {number for other in others for number in other.numbers}
        numbers = masked([number if number < 0 or number in known else UNKNOWN_WORD for number in read.numbers])
        found.append(evidence(Wording.of(others), reading(*numbers)))
    return found
