"""Which questions of a tool are put in the same words: wordings are found, never declared.

A wording stands on at least `FEWEST` questions that bear each other out: each, left out, scores well with the others'
wording. A question that fits no wording stays loose until two more like it have come. Loose questions are
never enough to be sure of a tool.
"""

from __future__ import annotations

from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import score
from latm_magic.routing.lexical.features import Wording, evidence, left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.tokens import Reading

__all__ = ["FEWEST", "Groups", "group", "regroup"]

FEWEST = 3
"""Questions that make a wording."""

JOINS = 1.0
"""The score from which a question is taken to be of a wording that is already there."""

COHERES = -3.0
"""The score that each of three questions must reach, left out, for the three to be taken for one wording."""

FITS = -1.0
"""The score that a question must reach, left out, to stay in a wording of more than three."""

_STRAY = -6.0
_LIKEST = 4
_TRIED = 12

Groups = tuple[list[list[int]], list[int]]
"""Places of the questions of each wording, and of the loose ones."""


def group(readings: Sequence[Reading]) -> Groups:
    """Part a tool's questions into wordings and loose ones: most often all are of one wording."""
    everything = list(range(len(readings)))
    if len(readings) < FEWEST:
        return [], everything
    scores = [score(found) for found in left_out(readings)]
    fitting = [place for place in everything if scores[place] > _STRAY]
    if len(fitting) >= FEWEST and median(scores) > COHERES:
        return [fitting], [place for place in everything if place not in fitting]
    return regroup(readings)


def regroup(readings: Sequence[Reading]) -> Groups:
    """Part questions of several wordings: the three that bear each other out best first, then what joins them."""
    groups: list[list[int]] = []
    loose = list(range(len(readings)))
    while best := _best_three(readings, loose):
        wording = Wording.of([readings[place] for place in best])
        joining = [place for place in loose if place not in best and score(evidence(wording, readings[place])) >= JOINS]
        members = [*best, *joining]
        scores = [score(seen) for seen in left_out([readings[place] for place in members])]
        staying = [place for place, value in zip(members, scores, strict=True) if value > FITS]
        groups.append(sorted(staying if len(staying) >= FEWEST else best))
        loose = [place for place in loose if place not in groups[-1]]
    return groups, loose


def _best_three(readings: Sequence[Reading], loose: Sequence[int]) -> tuple[int, ...] | None:
    """Find the three questions whose worst left-out score is highest, among those that look most alike."""
    likeness = {(one, other): _likeness(readings[one], readings[other]) for one, other in combinations(loose, 2)}
    threes = {
        tuple(sorted((place, *pair))) for place in loose for pair in combinations(_likest(place, loose, likeness), 2)
    }
    alike = sorted(threes, key=lambda three: -min(likeness[pair] for pair in combinations(three, 2)))[:_TRIED]
    found = [(min(score(seen) for seen in left_out([readings[place] for place in three])), three) for three in alike]
    worst, best = max(found, default=(COHERES, None))
    return best if worst > COHERES else None


def _likest(place: int, loose: Sequence[int], likeness: dict[tuple[int, int], float]) -> list[int]:
    others = [other for other in loose if other != place]
    return sorted(others, key=lambda other: -likeness[min(place, other), max(place, other)])[:_LIKEST]


def _likeness(one: Reading, other: Reading) -> float:
    """Give the share of pairs that two questions have in common (Dice)."""
    return 2 * len(one.pairs & other.pairs) / (len(one.pairs) + len(other.pairs))
