"""Which branches of a tool's module are tested: those that right samples, and answers that you confirmed, went through.

What counts as a branch is said in `sandbox/policy/probes.py`. This record tells what the samples do not cover; slips in
branches that they do cover are beyond it. Beside the tested ones stand those that the maker had rows of a column for:
answers that ran through them were hardly more often wrong than tested ones (`benchmarks/probes.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ENOUGH = 2
"""Rows that the maker was shown, of those that ran a branch, from which on it counts as seen."""


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of one module; empty where it was verified before there were probes, and where it has none."""

    lines: tuple[int, ...] = ()
    """The line of each branch, 1-based, by its number."""
    tested: tuple[int, ...] = ()
    """The numbers of those that are tested, in order."""
    seen: tuple[int, ...] = ()
    """Those of the others that at least `ENOUGH` of the unlabelled rows ran which the maker was shown, in order."""

    @property
    def known_bits(self) -> int:
        """The tested and seen ones as bits of one number; -1, which is every bit, where nothing is known of any."""
        return _bits((*self.tested, *self.seen)) if self.lines else -1

    def untested(self, ran: Iterable[int]) -> tuple[int, ...]:
        """Return the branches in `ran` that are neither tested nor seen, in that order."""
        known = {*self.tested, *self.seen}
        return tuple(branch for branch in ran if branch < len(self.lines) and branch not in known)

    def lines_of(self, branches: Iterable[int]) -> tuple[int, ...]:
        """Return the lines of branches, in their order, each once."""
        return tuple(dict.fromkeys(self.lines[branch] for branch in branches))

    def widened(self, ran: Iterable[int]) -> Branches:
        """Return this record with what a right answer went through; the same one where that is nothing new."""
        new = {branch for branch in ran if branch < len(self.lines)}.difference(self.tested)
        if not new:
            return self
        seen = tuple(branch for branch in self.seen if branch not in new)
        return replace(self, tested=tuple(sorted(new.union(self.tested))), seen=seen)

    def seeing(self, rows: Iterable[Iterable[int]]) -> Branches:
        """Return this record with what the rows ran that the maker was shown: `rows` has the branches of each."""
        counts = Counter(branch for ran in rows for branch in {*ran})
        seen = self.untested(sorted(branch for branch, count in counts.items() if count >= ENOUGH))
        return replace(self, seen=tuple(sorted({*self.seen, *seen})))


@lru_cache(maxsize=1024)
def _bits(branches: tuple[int, ...]) -> int:
    return sum(1 << branch for branch in branches)
