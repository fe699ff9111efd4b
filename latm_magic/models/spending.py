"""What a session may still spend: dollars spent, and those set aside for calls under way."""

from __future__ import annotations

import threading


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
