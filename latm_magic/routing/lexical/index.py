"""Which clusters share constant bigrams with a question: an inverted index, so the time hardly grows with the tools.

Rare bigrams are looked at first, and no more than `MOST_ENTRIES` entries in all: a bigram that ten thousand clusters
share tells nothing. Whether a question really fits is left to `features`.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ENTRIES = 120
"""Entries of the index that one search reads, of the `MOST_BIGRAMS` rarest; the rarest is read in any case."""

MOST_BIGRAMS = 32


class Index:
    """Numbers of clusters by the bigrams that they hold constant."""

    def __init__(self) -> None:
        self._postings: dict[int, list[int]] = {}
        self._sizes: dict[int, float] = {}

    def add(self, cluster: int, bigrams: Iterable[int]) -> None:
        """Add a cluster; its number must be new."""
        size = 0
        for bigram in bigrams:
            self._postings.setdefault(bigram, []).append(cluster)
            size += 1
        self._sizes[cluster] = sqrt(size)

    def drop(self, cluster: int, bigrams: Iterable[int]) -> None:
        """Remove a cluster; `bigrams` must be those that it was added with."""
        for bigram in bigrams:
            posting = self._postings[bigram]
            posting.remove(cluster)
            if not posting:
                del self._postings[bigram]
        del self._sizes[cluster]

    def nearest(self, bigrams: Iterable[int], most_entries: int = MOST_ENTRIES) -> list[tuple[float, int]]:
        """Return the clusters that share rare bigrams with a question, each after its votes, the nearest first."""
        found = [posting for bigram in bigrams if (posting := self._postings.get(bigram))]
        found.sort(key=len)
        votes: dict[int, float] = {}
        entries = 0
        for posting in found[:MOST_BIGRAMS]:
            entries += len(posting)
            if entries > most_entries and votes:
                break
            vote = 1 / sqrt(len(posting))
            for cluster in posting:
                votes[cluster] = votes.get(cluster, 0.0) + vote
        sizes = self._sizes
        ranked = [(vote / sizes[cluster], cluster) for cluster, vote in votes.items()]
        ranked.sort(reverse=True)
        return ranked
