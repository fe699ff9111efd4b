"""The workers that nothing uses at this moment, found by source, counted and added up without a look at each.

It does NOT choose who leaves (`pool` does). Not safe from several threads: its pool holds a lock.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.sandbox.host.worker import Worker


class Idle:
    """Workers in the order in which they were last used, the longest unused one first."""

    def __init__(self) -> None:
        self._workers: OrderedDict[Worker, None] = OrderedDict()
        self._by_source: dict[str | None, OrderedDict[Worker, None]] = {}
        self.size_mb = 0.0
        """What they take together; a worker's size does not change while it is here."""

    def __len__(self) -> int:
        return len(self._workers)

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)

    def __contains__(self, worker: object) -> bool:
        return worker in self._workers

    def put(self, worker: Worker) -> None:
        """Take a worker in, as the one used last."""
        self._workers[worker] = None
        self._by_source.setdefault(worker.source, OrderedDict())[worker] = None
        self.size_mb += worker.size_mb

    def take(self, source: str | None) -> Worker | None:
        """Hand out the worker of this source that was used last; None where there is none."""
        found = self._by_source.get(source)
        if not found:
            return None
        worker = next(reversed(found))
        self.remove(worker)
        return worker

    def take_oldest(self) -> Worker:
        """Hand out the longest unused worker; raises StopIteration where there is none."""
        worker = next(iter(self._workers))
        self.remove(worker)
        return worker

    def remove(self, worker: Worker) -> None:
        """Forget one; raises KeyError where it is not here."""
        del self._workers[worker]
        alike = self._by_source[worker.source]
        del alike[worker]
        if not alike:
            del self._by_source[worker.source]
        # Sums of fractions drift; none is left of none.
        self.size_mb = self.size_mb - worker.size_mb if self._workers else 0.0
