"""A ledger's entries in memory, in place of the cache, added up one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.models.ledger import Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.models.ledger import Entry


class ListStore:
    """Entries in memory."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, *entries: Entry) -> None:
        """Keep entries."""
        self._entries += entries

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, oldest first."""
        return tuple(self._entries)

    def totals(self, by: Sequence[str]) -> tuple[Total, ...]:
        """Return the sums of the entries that are alike in the columns of `by`, in the order of those."""
        groups: dict[tuple[object, ...], list[Entry]] = {}
        for entry in self._entries:
            groups.setdefault(tuple(getattr(entry, column) for column in by), []).append(entry)
        return tuple(_total(found, dict(zip(by, key, strict=True))) for key, found in sorted(groups.items()))


def _total(entries: Sequence[Entry], group: dict[str, str]) -> Total:
    costs = [entry.cost_usd for entry in entries]
    known = sum(cost for cost in costs if cost is not None)
    return Total(
        **{name: value for name, value in group.items() if name in {"role", "tool", "model"}},
        calls=len(entries),
        failed=sum(not entry.ok for entry in entries),
        recorded=sum(entry.recorded for entry in entries),
        prompt_tokens=sum(entry.prompt_tokens for entry in entries),
        cached_tokens=sum(entry.cached_tokens for entry in entries),
        completion_tokens=sum(entry.completion_tokens for entry in entries),
        cost_usd=None if None in costs else known,
        known_cost_usd=known,
        seconds=sum(entry.seconds for entry in entries),
        unknown=costs.count(None),
    )
