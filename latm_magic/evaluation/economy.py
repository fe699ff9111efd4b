"""What a method costs beside asking a model for every instance: ratios by number of instances, and the break-even.

All in tokens of the strong model. What a tool refuses goes to a light user model, whose tokens count a fifteenth (the
paper's ratio of prices). Where nobody asked, the tokens of asking are estimates, and what is shown says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.evaluation.published import STRONG_TO_LIGHT

if TYPE_CHECKING:
    from latm_magic.evaluation.scores import Score

USER_CALL_TOKENS = 560
"""Of a user model's call, request and reply: the estimate that the product makes before one was measured."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How many answers are checked against the strong model; as the settings of these names."""

    first: int = 20
    rate: float = 0.002
    """0 to 1, of those after the first."""

    def checks(self, count: int) -> float:
        """Return how many of `count` answers are checked."""
        return min(self.first, count) + self.rate * max(0, count - self.first)


@dataclass(frozen=True, slots=True)
class Economy:
    """What one method takes, in tokens of the strong model."""

    making: float
    each: float
    """Of an instance, what it refuses aside."""
    refused: float
    """Share of the instances that it refuses, 0 to 1."""
    direct: float
    """Of an instance that is asked directly."""
    is_measured: bool
    """Whether `direct` was measured in the same run; else it is an estimate."""

    @property
    def each_with_user(self) -> float:
        """Of an instance, those included that a light user model gets."""
        return self.each + self.refused * USER_CALL_TOKENS / STRONG_TO_LIGHT

    def ratio(self, count: int, *, asks_user: bool = True, audit: Audit | None = None) -> float:
        """Return how many times cheaper `count` instances are than asked directly."""
        return count * self.direct / max(1e-9, self._spent(count, asks_user=asks_user, audit=audit))

    def break_even(self) -> int | None:
        """Return at how many instances making has paid for itself; None = never."""
        saved = self.direct - self.each_with_user
        return math.ceil(self.making / saved) if saved > 0 else None

    def _spent(self, count: int, *, asks_user: bool, audit: Audit | None) -> float:
        each = self.each_with_user if asks_user else self.each
        checks = audit.checks(round(count * (1 - self.refused))) if audit else 0.0
        return self.making + count * each + checks * self.direct


def economy(score: Score, direct: Score | None = None) -> Economy:
    """Return the economy of a method by its score; `direct` is the measured one of the same tasks, if there is one."""
    return Economy(
        making=score.making_each if score.runs else 0.0,
        each=score.tokens_each,
        refused=1 - score.coverage,
        direct=direct.tokens_each if direct else score.direct_each,
        is_measured=direct is not None,
    )
