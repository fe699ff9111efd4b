"""What a session may still spend: dollars spent, and those set aside for calls under way."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

MAY_REPEAT: ContextVar[Callable[[], bool]] = ContextVar("MAY_REPEAT", default=lambda: True)
"""Asked by a model before it asks again for a reply that broke off, which may be charged as well as the next one."""


class Spending:
    """US dollars that the models of one session spent, and those reserved for calls under way; safe between threads."""

    def __init__(self) -> None:
        self.spent_usd = 0.0
        self.reserved_usd = 0.0
        self._counting = threading.Lock()

    def reserve(self, most_usd: float, budget_usd: float) -> bool:
        """Reserve what a call may cost at most; return False, and reserve nothing, where that could pass the budget."""
        with self._counting:
            if not self.spent_usd + self.reserved_usd + most_usd <= budget_usd:  # so that NaN is refused as well
                return False
            self.reserved_usd += most_usd
            return True

    def settle(self, most_usd: float, cost_usd: float) -> None:
        """Count what a call did cost in place of what was reserved for it."""
        with self._counting:
            self.reserved_usd -= most_usd
            self.spent_usd += cost_usd


class Further:
    """What one call reserves beside its first reply, for those asked again after one broke off; a context manager."""

    def __init__(self, spending: Spending, most_usd: float, budget_usd: float | None) -> None:
        self._spending, self._most_usd, self._budget_usd = spending, most_usd, budget_usd
        self._reserved_usd, self._is_over = 0.0, False
        self._reserving = threading.Lock()

    def __enter__(self) -> Self:
        self._before = MAY_REPEAT.set(self._reserve)
        return self

    def __exit__(self, *_: object) -> None:
        MAY_REPEAT.reset(self._before)
        with self._reserving:
            self._is_over = True  # a call that was given up may still be at it
            self._spending.settle(self._reserved_usd, 0.0)

    def _reserve(self) -> bool:
        with self._reserving:
            if self._is_over or self._budget_usd is None or not self._most_usd:
                return not self._is_over
            if not self._spending.reserve(self._most_usd, self._budget_usd):
                return False
            self._reserved_usd += self._most_usd
            return True
