"""What the router says of a question: the likeliest tools, whether it is sure, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import confidence
from latm_magic.routing.lexical.clustering import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.cluster import Place
    from latm_magic.routing.lexical.features import Evidence

__all__ = ["CLEAR", "NOTHING", "SURE", "Candidate", "Decision", "Weighed", "decision"]

SURE = 0.5
"""The confidence from which a tool is let try."""

CLEAR = 1.0
"""How much higher the best tool must score than the runner-up."""

Weighed = tuple[float, "Place", "Evidence"]
"""A score, shift included, the place that it is for, and what it was made of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool that a question may be for."""

    tool: str
    confidence: float
    """0 to 1."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Decision:
    """What the router makes of a question."""

    tool: str | None
    """The likeliest tool; None when no tool has anything in common with the question."""
    confidence: float
    """0 to 1."""
    sure: bool
    """Whether the tool's parser should try without asking a model."""
    candidates: tuple[Candidate, ...]
    """The likeliest tools, best first; when sure, often just the tool and the runner-up."""
    reason: str
    """One plain line: the evidences and the runner-up."""


NOTHING = Decision(None, 0.0, sure=False, candidates=(), reason="ask: no tool has anything in common with the question")


def decision(ranked: Sequence[Weighed], top: int) -> Decision:
    """Decide by what was weighed, one place a tool, best first."""
    if not ranked:
        return NOTHING
    value, place, _ = ranked[0]
    clear = len(ranked) == 1 or value - ranked[1][0] >= CLEAR
    candidates = tuple([Candidate(other.tool, confidence(score), seen) for score, other, seen in ranked[:top]])
    chance = confidence(value)
    sure = place.certain and chance >= SURE and clear
    return Decision(place.tool, chance, sure, candidates, _reason(ranked, sure=sure, clear=clear))


def _reason(ranked: Sequence[Weighed], *, sure: bool, clear: bool) -> str:
    """Say in one line what spoke for the first tool, and what kept the router from being sure of it."""
    value, place, seen = ranked[0]
    text = f"{place.tool} at {confidence(value):.3f} ({seen}), "
    text += f"runner-up {ranked[1][1].tool} at {confidence(ranked[1][0]):.3f}" if len(ranked) > 1 else "no runner-up"
    if sure:
        return text
    if not place.certain:
        return f"ask: fewer than {FEWEST} questions worded like it are known of {text}"
    return f"ask: it may be {text}" if clear else f"ask: two tools are too close, {text}"
