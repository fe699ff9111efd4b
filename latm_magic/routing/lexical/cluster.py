"""What the router keeps of one wording of one tool: its questions, and how far its score is shifted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.features import Wording

__all__ = ["Place"]

MOST_LOOSE = 60
"""Pairs by which loose questions are found."""

FEW = 5
WEAK = 1.0
"""A wording of at most `FEW` questions, one of which scores below `WEAK` when left out, is parted when more come."""

MOST_KEPT = 6
"""Scores of one other tool that are kept, the highest."""

NEAR = -6.0
"""The score from which a question of another tool is worth keeping in mind."""


@dataclass(slots=True, eq=False)
class Place:
    """One wording of a tool, or what its loose questions have in common."""

    tool: str
    questions: list[str]
    wording: Wording
    certain: bool
    """Whether the router may be sure by it; loose questions are never enough."""
    own: list[float]
    """Scores of its own questions, each left out once."""
    others: dict[str, list[float]] = field(default_factory=dict)
    """Scores of other tools' questions that come near, by tool."""
    shift: float = 0.0

    @property
    def indexed(self) -> Sequence[int]:
        """The pairs by which the place is found: the constant ones, or some of what loose questions have."""
        return self.wording.pairs[: self.wording.constant if self.certain else MOST_LOOSE]

    @property
    def is_weak(self) -> bool:
        """Whether its few questions hardly bear each other out, so that they may yet be of several wordings."""
        return not self.certain or (len(self.questions) <= FEW and min(self.own) < WEAK)

    def meet(self, tool: str, score: float) -> bool:
        """Keep in mind how another tool's question scores here, if it comes near; gives whether it did."""
        if score > NEAR:
            self.others[tool] = sorted([*self.others.get(tool, ()), score])[-MOST_KEPT:]
        return score > NEAR

    def forget(self, tool: str) -> None:
        """Forget another tool's questions."""
        if self.others.pop(tool, None):
            self.settle()

    def settle(self) -> None:
        """Fit the shift anew."""
        self.shift = shift(self.own, [score for scores in self.others.values() for score in scores])
