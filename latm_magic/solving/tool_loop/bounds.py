"""What ends a run of the loop before the model does: rounds, time, money, and the same call over and over."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.errors import BudgetExceeded
from latm_magic.models.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.models.model import Request
    from latm_magic.traces import Step

MOST_ALIKE = 3
"""Calls of a function with the same arguments, between which nothing else was changed."""
MOST_AT_ONCE = 32
"""Calls of one reply that are made."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a run may go."""

    rounds: int = 20
    """Replies of the model, the last answer aside."""
    budget_usd: float | None = None
    """US dollars of the run; None = as the session's."""
    seconds: float = 300.0
    """After which no further call begins."""

    @property
    def said(self) -> str:
        """The bound of rounds in words."""
        return f"{self.rounds} round{'s' * (self.rounds != 1)}"


class Clock:
    """The seconds of a run."""

    def __init__(self, seconds: float) -> None:
        self._started = time.monotonic()
        self._seconds = seconds

    @property
    def is_over(self) -> bool:
        """Whether no further call may begin."""
        return self.took >= self._seconds

    @property
    def took(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started


class Purse:
    """The money of a run: what a request may cost at most is set aside before it is sent."""

    def __init__(self, budget_usd: float | None, most_usd: Callable[[Request], float | None]) -> None:
        """Take what a request may cost at most, in US dollars; None = unknown price."""
        self._budget_usd, self._most_usd = budget_usd, most_usd
        self._spending = Spending()

    def reserve(self, *requests: Request) -> float | None:
        """Set aside what requests may cost at most, and return it; None where that could pass the budget.

        Raises `BudgetExceeded` where a price is unknown.
        """
        if self._budget_usd is None:
            return 0.0
        costs = [self._most_usd(request) for request in requests]
        if None in costs:
            raise BudgetExceeded(
                "The price of the model is unknown while budget_usd is set: give it in `prices`, or unset budget_usd."
            )
        most_usd = sum(cost or 0.0 for cost in costs)
        return most_usd if self._spending.reserve(most_usd, self._budget_usd) else None

    def settle(self, reserved_usd: float, cost_usd: float | None) -> None:
        """Count what was spent in place of what was set aside; an unknown cost counts with all of that."""
        self._spending.settle(reserved_usd, reserved_usd if cost_usd is None else cost_usd)


class Alike:
    """Counts calls that are alike. What another call changed may change what the same call gives: it counts anew."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, step: Step) -> str:
        """Take a call in; return in words that it was made too often, "" otherwise."""
        key = f"{step.tool} {json.dumps(dict(step.arguments), sort_keys=True, default=repr)} {step.error}"
        if step.acts and not self._counts[key]:
            self._counts.clear()
        self._counts[key] += 1
        return f"the same call of {step.tool} {MOST_ALIKE} times" if self._counts[key] >= MOST_ALIKE else ""
