"""What one solve spent: every model call that it made, whatever for, as the ledger has them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN: ContextVar[tuple[Bill, ...]] = ContextVar("_OPEN", default=())
"""The bills that a call goes on; a thread that asks models runs in the context of what it asks for."""


@dataclass(slots=True)
class Bill:
    """The calls of one solve; one that was still under way when the solve ended is added when it ends."""

    charges: list[tuple[int, float | None]] = field(default_factory=list)
    """Of each call its tokens and its US dollars, None = unknown."""
    audits: Bill | None = None
    """What checking answers took, which is part of this."""

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return len(self.charges)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return sum(tokens for tokens, _ in self.charges)

    @property
    def cost_usd(self) -> float | None:
        """US dollars; None when the cost of a call is unknown."""
        return total_usd(cost for _, cost in self.charges)

    def __str__(self) -> str:
        """Return it in words, for example "0.0012 USD for 3 model calls, 2 of them checks"."""
        checks = self.audits.calls if self.audits else 0
        of_them = f", {checks:,} of them to check answers" if checks else ""
        calls = f" for {self.calls:,} model call{'' if self.calls == 1 else 's'}{of_them}" if self.calls else ""
        return in_words(self.cost_usd) + calls


@contextmanager
def billing() -> Iterator[Bill]:
    """Put the calls that are made inside on a bill, and on those that are open around it."""
    bill = Bill()
    before = _OPEN.set((*_OPEN.get(), bill))
    try:
        yield bill
    finally:
        _OPEN.reset(before)


def charge(tokens: int, cost_usd: float | None) -> None:
    """Put a call on every open bill."""
    for bill in _OPEN.get():
        bill.charges.append((tokens, cost_usd))


def total_usd(costs: Iterator[float | None]) -> float | None:
    """Return the sum of US dollars; None where one is unknown."""
    known = list(costs)
    return None if None in known else sum((cost or 0.0 for cost in known), 0.0)


def in_words(cost_usd: float | None) -> str:
    """Return US dollars in words."""
    return "unknown price" if cost_usd is None else f"{cost_usd:.4f} USD" if cost_usd else "0 USD"
