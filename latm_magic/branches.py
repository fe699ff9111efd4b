"""Which branches of a tool's module are tested: those that right samples, and answers that you confirmed, went through.

What counts as a branch is said in `sandbox/policy/probes.py`. This record tells what the samples do not cover; slips in
branches that they do cover are beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of one module; empty where it was verified before there were probes, and where it has none."""

    lines: tuple[int, ...] = ()
    """The line of each branch, 1-based, by its number."""
    tested: tuple[int, ...] = ()
    """The numbers of those that are tested, in order."""

    @property
    def tested_bits(self) -> int:
        """The tested ones as bits of one number; -1, which is every bit, where nothing is known of branches."""
        return _bits(self.tested) if self.lines else -1

    def untested(self, ran: Iterable[int]) -> tuple[int, ...]:
        """Return the branches in `ran` that are not tested, in that order."""
        return tuple(branch for branch in ran if branch < len(self.lines) and branch not in self.tested)

    def lines_of(self, branches: Iterable[int]) -> tuple[int, ...]:
        """Return the lines of branches, in their order, each once."""
        return tuple(dict.fromkeys(self.lines[branch] for branch in branches))

    def widened(self, ran: Iterable[int]) -> Branches:
        """Return this record with what a right answer went through; the same one where that is nothing new."""
        new = {branch for branch in ran if branch < len(self.lines)}.difference(self.tested)
        return replace(self, tested=tuple(sorted(new.union(self.tested)))) if new else self


@lru_cache(maxsize=1024)
def _bits(branches: tuple[int, ...]) -> int:
    return sum(1 << branch for branch in branches)
