"""The workers that nothing uses at the moment, by their source, the longest unused one first.

It does NOT end them or wait for one (`pool` does), and is not safe from several threads by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.sandbox.host.worker import Worker


class IdleWorkers:
    """Workers at rest."""

    def __init__(self) -> None:
        self._workers: dict[Worker, None] = {}
        """In the order in which they were put here."""
        self._by_source: dict[str | None, list[Worker]] = {}
        self.size_mb = 0.0
        """The memory that they take."""

    def __iter__(self) -> Iterator[Worker]:
        """Go through them, the longest unused one first."""
        return iter(self._workers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._workers)

    def __contains__(self, worker: Worker) -> bool:
        """Whether this one is at rest."""
        return worker in self._workers

    def put(self, worker: Worker) -> None:
        """Keep a worker; it is the last to leave."""
        self._workers[worker] = None
        self._by_source.setdefault(worker.source, []).append(worker)
        self.size_mb += worker.size_mb

    def take(self, source: str | None) -> Worker | None:
        """Take out the last worker that served `source` (None: that serves no source yet)."""
        same = self._by_source.get(source)
        if same is None:
            return None
        self.drop(worker := same[-1])
        return worker

    def oldest(self) -> Worker | None:
        """Take out the longest unused one."""
        worker = next(iter(self._workers), None)
        if worker is not None:
            self.drop(worker)
        return worker

    def drop(self, worker: Worker) -> None:
        """Take out this one, if it is here."""
        if worker in self._workers:
            del self._workers[worker]
            self.size_mb -= worker.size_mb
            same = self._by_source[worker.source]
            same.remove(worker)
            if not same:
                del self._by_source[worker.source]
