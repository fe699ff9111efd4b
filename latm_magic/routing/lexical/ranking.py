"""From the nearest places to a decision: the tools are ranked, and the router is sure of the first or not.

The thresholds are this router's own. What a score is made of is left to `features` and `calibration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import confidence, score
from latm_magic.routing.lexical.clustering import FEWEST
from latm_magic.routing.lexical.features import evidence
from latm_magic.routing.router import Candidate, Decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.routing.lexical.cluster import Place
    from latm_magic.routing.lexical.features import Evidence
    from latm_magic.routing.lexical.tokens import Reading

__all__ = ["CLEAR", "SURE", "Ranked", "decide", "rank"]

SURE = 0.5
"""The confidence from which a tool is let try."""

CLEAR = 1.0
"""How much higher the best tool must score than the runner-up."""

_CLOSE = 0.6
"""Wordings with this share of the first one's votes are weighed in any case, the first `_WEIGHED` of them."""
_WEIGHED, _FAR = 8, 40
_PLAIN = 2.0
"""The score from which what is not close need not be weighed."""

_NOTHING = Decision(
    None, 0.0, sure=False, candidates=(), reason="ask: no tool has anything in common with the question"
)

Ranked = tuple[float, "Place", "Evidence"]
"""A score, shift included, the place that it is for, and what it was made of."""


def rank(read: Reading, nearest: Sequence[tuple[float, int]], places: Mapping[int, Place], top: int) -> list[Ranked]:
    """Weigh the nearest wordings: those close to the first, at least two tools, and up to `top` while in doubt."""
    best: dict[str, Ranked] = {}
    for position, (votes, number) in enumerate(nearest[:_FAR]):
        if len(best) > 1:
            close = votes >= _CLOSE * nearest[0][0]
            plain = max(best.values(), key=_score)[0] >= _PLAIN
            if position >= _WEIGHED or (not close and (plain or len(best) >= top)):
                break
        place = places[number]
        seen = evidence(place.wording, read)
        value = score(seen) + place.shift
        if place.tool not in best or value > best[place.tool][0]:
            best[place.tool] = (value, place, seen)
    return sorted(best.values(), key=_score, reverse=True)


def _score(ranked: Ranked) -> float:
    return ranked[0]


def decide(ranked: Sequence[Ranked], top: int) -> Decision:
    """Decide by what was weighed, one place a tool, best first."""
    if not ranked:
        return _NOTHING
    value, place, _ = ranked[0]
    clear = len(ranked) == 1 or value - ranked[1][0] >= CLEAR
    candidates = tuple([Candidate(other.tool, confidence(score), seen) for score, other, seen in ranked[:top]])
    chance = confidence(value)
    sure = place.certain and chance >= SURE and clear
    return Decision(place.tool, chance, sure, candidates, _reason(ranked, sure=sure, clear=clear))


def _reason(ranked: Sequence[Ranked], *, sure: bool, clear: bool) -> str:
    """Say in one line what spoke for the first tool, and what kept the router from being sure of it."""
    value, place, seen = ranked[0]
    text = f"{place.tool} at {confidence(value):.3f} ({seen}), "
    text += f"runner-up {ranked[1][1].tool} at {confidence(ranked[1][0]):.3f}" if len(ranked) > 1 else "no runner-up"
    if sure:
        return text
    if not place.certain:
        return f"ask: fewer than {FEWEST} questions worded like it are known of {text}"
    return f"ask: it may be {text}" if clear else f"ask: two tools are too close, {text}"
