"""Which wordings share constant pairs with a question: an inverted index, so that the time hardly grows with the tools.

Rare pairs are looked at first, and no more than `MOST_ENTRIES` entries in all: a pair that ten thousand wordings share
tells nothing. Whether a wording really fits is left to `evidence`.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_ENTRIES", "Index"]

MOST_ENTRIES = 120
"""Entries of the index that one search reads, of the `MOST_PAIRS` rarest pairs; the rarest is read in any case."""

MOST_PAIRS = 32


class Index:
    """Numbers of wordings by the pairs that they hold constant."""

    def __init__(self) -> None:
        self._holders: dict[int, list[int]] = {}
        self._sizes: dict[int, float] = {}

    def add(self, wording: int, pairs: Iterable[int]) -> None:
        """Put a wording in; its number must be new."""
        size = 0
        for pair in pairs:
            self._holders.setdefault(pair, []).append(wording)
            size += 1
        self._sizes[wording] = sqrt(size)

    def drop(self, wording: int, pairs: Iterable[int]) -> None:
        """Take a wording out again; `pairs` must be those that it was put in with."""
        for pair in pairs:
            holders = self._holders[pair]
            holders.remove(wording)
            if not holders:
                del self._holders[pair]
        del self._sizes[wording]

    def nearest(self, pairs: Iterable[int]) -> list[tuple[float, int]]:
        """Give the wordings that share rare pairs with a question, each with its votes, the likest first."""
        found = [holders for pair in pairs if (holders := self._holders.get(pair))]
        found.sort(key=len)
        votes: dict[int, float] = {}
        entries = 0
        for holders in found[:MOST_PAIRS]:
            entries += len(holders)
            if entries > MOST_ENTRIES and votes:
                break
            vote = 1 / sqrt(len(holders))
            for wording in holders:
                votes[wording] = votes.get(wording, 0.0) + vote
        sizes = self._sizes
        ranked = [(vote / sizes[wording], wording) for wording, vote in votes.items()]
        ranked.sort(reverse=True)
        return ranked
