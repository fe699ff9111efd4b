"""What the models of one session spent together, and what their running calls may still cost.

Counts US dollars under a lock and nothing else; who asks, and at what price, is left to `metered.py`.
"""

from __future__ import annotations

import threading

__all__ = ["Spending"]


class Spending:
    """US dollars spent, and promised to calls that are under way."""

    def __init__(self) -> None:
        self.spent_usd = 0.0
        self.promised_usd = 0.0
        self._counting = threading.Lock()

    def promise(self, most_usd: float, budget_usd: float) -> bool:
        """Set aside what a call may cost at most; False, and nothing is set aside, where the budget would be passed."""
        with self._counting:
            if self.spent_usd + self.promised_usd + most_usd > budget_usd:
                return False
            self.promised_usd += most_usd
            return True

    def settle(self, most_usd: float, cost_usd: float) -> None:
        """Put what a call did cost in the place of what was set aside for it."""
        with self._counting:
            self.promised_usd -= most_usd
            self.spent_usd += cost_usd
