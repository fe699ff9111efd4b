"""The host's workers: one source each for its whole life, the longest unused one ended where there is no room for more.

It does NOT know rows, plans or outcomes (`lane` does). Safe from several threads; a forked child starts afresh; closed
when the interpreter exits.
"""

from __future__ import annotations

import atexit
import os
import sys
from threading import Condition
from typing import TYPE_CHECKING
from weakref import WeakSet

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.aside import uninterrupted
from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.host.idle import Idle
from latm_magic.sandbox.host.kept_code import KeptCode
from latm_magic.sandbox.host.room import most_by_files, workers_mb
from latm_magic.sandbox.host.startup import NoRoom, cores
from latm_magic.sandbox.host.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from latm_magic.sandbox.host.startup import Handle, Launcher
    from latm_magic.sandbox.records import Walls

_MOST_TRIES = 5
"""Workers that are tried before rows fail because something outside ends them all."""
_WORN_S = 1800.0
"""A worker that was busy this many seconds is replaced, well before its own CPU limit."""


class Pool:
    """Workers, leased to one caller at a time, and kept after that while there is room."""

    def __init__(
        self, launcher: Callable[[], Launcher], max_workers: int | None = None, most_mb: int | None = None
    ) -> None:
        """Start none yet. At most `max_workers`, busy and idle, of `most_mb`; None: what this machine has room for."""
        self._make_launcher = launcher
        self._launcher = launcher()
        self._most = min(most_by_files(), sys.maxsize if max_workers is None else max_workers)
        self._most_mb = workers_mb() if most_mb is None else most_mb
        self.per_source = min(self._most, max(2, cores()))
        self._changed = Condition()
        self._idle = Idle()
        self._leased: dict[Worker | object, str] = {}
        self._code = KeptCode()
        self._walls: Walls | None = None
        self._is_closed = False
        self._is_retired = False
        _pools.add(self)

    @property
    def walls(self) -> Walls:
        """The walls that are up on this system, as a worker reports it before any guest code has run."""
        if self._walls is None:
            self.release(self.lease(None, 1.0))
        assert self._walls is not None  # noqa: S101 - a started worker has reported
        return self._walls

    @property
    def tells_rows(self) -> bool:
        """Whether workers tell as each row begins."""
        return self._launcher.tells_rows

    def warm(self) -> None:
        """Start what workers come from, without waiting for it."""
        self._launcher.warm()
        if self._is_closed or (self._is_retired and not self._leased):
            # By another thread, meanwhile or before.
            self._launcher.close()

    def lease(self, source: str | None, timeout_s: float, tested: int = -1) -> Worker:
        """Return a worker for `source` to this caller alone, waiting for one where all are taken.

        A new one is loaded with the probes of `tested`: it will run rows of such a plan first.

        One other is tried where it is lost or cannot start, and a few where something outside ended it. Raises
        WorkerLost, or SandboxError where none starts.
        """
        for tried in range(1, _MOST_TRIES + 1):
            worker = self._take(source, may_wait=True)
            assert worker is not None  # noqa: S101 - waiting ends with a worker
            try:
                return self._made_ready(worker, source, timeout_s, tested)
            except SandboxError as fault:
                was_ended = isinstance(fault, WorkerLost) and fault.reason == "ended" and fault.from_outside
                if tried == _MOST_TRIES or (tried > 1 and not was_ended):
                    raise
        raise AssertionError("the last try raises")

    def try_lease(self, source: str, timeout_s: float, tested: int = -1) -> Worker | None:
        """Return a further worker for `source`, or None where none is free; raises SandboxError."""
        worker = self._take(source, may_wait=False)
        return None if worker is None else self._made_ready(worker, source, timeout_s, tested)

    def release(self, worker: Worker) -> None:
        """Take a worker back that answered everything it was asked."""
        if worker.is_worn or worker.busy_s > _WORN_S or not self._kept(worker):
            self.discard(worker)

    def discard(self, worker: Worker) -> int:
        """End a worker that cannot be used any more; returns its exit status."""
        try:
            return worker.kill()
        finally:
            self._forget_lease(worker)

    def close(self) -> None:
        """End every worker, also where an interrupt comes meanwhile."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        uninterrupted(self._end)

    def retire(self) -> None:
        """End every worker as soon as nothing uses it; what runs goes on, and what still comes gets new ones."""
        self._is_retired = True
        uninterrupted(self._end)

    def _end(self) -> None:
        """End the idle workers, and where no other is left, what starts them."""
        with self._changed:
            idle, self._idle = self._idle, Idle()
        for worker in idle:
            worker.end()
        if self._is_closed or not self._leased:
            self._launcher.close()

    def _kept(self, worker: Worker) -> bool:
        """Take a worker back, unless the pool was closed or retired, also a moment ago by another thread."""
        worker.rest()
        has_grown = worker.has_grown()
        with self._changed:
            if self._is_closed or self._is_retired:
                return False
            self._leased.pop(worker, None)
            self._idle.put(worker)
            if has_grown:
                self._make_room(0.0)
            self._changed.notify_all()
            return True

    def _forget_lease(self, taken: Worker | object) -> None:
        """End a lease whose worker is gone, and with the last one of a pool that ends, what starts workers."""
        with self._changed:
            self._leased.pop(taken, None)
            if isinstance(taken, Worker) and taken in self._idle:
                self._idle.remove(taken)
            is_over = self._is_closed or (self._is_retired and not (self._leased or self._idle))
            self._changed.notify_all()
        if is_over:
            self._launcher.close()

    def forget(self) -> None:
        """After a fork, in the child: start with no workers."""
        self._launcher.forget()
        self._launcher = self._make_launcher()
        self._changed = Condition()
        self._idle, self._leased, self._code = Idle(), {}, KeptCode()

    def _take(self, source: str | None, *, may_wait: bool) -> Worker | object | None:
        """Return an idle worker, or a new lease's mark where one may be started, or None."""
        with self._changed:
            while True:
                if self._is_closed:
                    raise _closed()
                found = self._found_idle(source)
                if found is not None:
                    return found
                if not may_wait:
                    return None
                self._changed.wait()

    def _found_idle(self, source: str | None) -> Worker | object | None:
        worker = self._idle.take(source) or self._idle.take(None)
        if worker is not None:
            self._leased[worker] = source or ""
            return worker
        if list(self._leased.values()).count(source or "") >= self.per_source:
            return None
        if not self._make_room(self._launcher.share_mb):
            return None
        mark = object()
        self._leased[mark] = source or ""
        return mark

    def _make_room(self, share_mb: float) -> bool:
        """End the longest unused workers until there is room for `share_mb` more; False where the busy ones fill it."""
        new = 1 if share_mb else 0
        while not self._has_room(new, share_mb):
            if not self._idle:
                # One may work whatever it takes.
                return not self._leased
            self._idle.take_oldest().end()
        return True

    def _has_room(self, new: int, share_mb: float) -> bool:
        busy_mb = sum(getattr(each, "size_mb", self._launcher.share_mb) for each in self._leased)
        count, size_mb = len(self._leased) + len(self._idle) + new, busy_mb + self._idle.size_mb + share_mb
        return count <= self._most and size_mb <= self._most_mb

    def _made_ready(self, taken: Worker | object, source: str | None, timeout_s: float, tested: int) -> Worker:
        worker = taken
        try:
            if not isinstance(worker, Worker):
                worker = self._started(taken)
            if source is not None and worker.source is None:
                self._leased[worker] = source
                worker.tested = tested
                worker.load(source, timeout_s)
        except BaseException as error:
            if isinstance(error, WorkerLost) and isinstance(worker, Worker):
                error.was_stalled = worker.is_stalled(timeout_s)
                error.status = self.discard(worker)
            else:
                self._abandon(worker)
            raise
        return worker

    def _started(self, mark: object) -> Worker:
        worker = Worker(self._launched(), self._launcher, self._code)
        if self._is_closed:
            # Closed meanwhile by another thread; what starts workers is closed again with this lease.
            worker.kill()
            raise _closed()
        with self._changed:
            self._leased[worker] = self._leased.pop(mark, "")
            if self._walls is None:
                self._walls = worker.walls
        return worker

    def _launched(self) -> Handle:
        """Start a worker, instead of half of the idle ones where the system has no room for one more."""
        while True:
            try:
                return self._launcher.start()
            except NoRoom:
                with self._changed:
                    leaving = [self._idle.take_oldest() for _ in range(len(self._idle) // 2)]
                if not leaving:
                    raise
                for worker in leaving:
                    worker.end()

    def _abandon(self, taken: Any) -> None:
        if isinstance(taken, Worker):
            taken.kill()
        self._forget_lease(taken)


def _closed() -> SandboxError:
    return SandboxError("The sandbox is closed. Make a new Sandbox.")


_pools: WeakSet[Pool] = WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


def _close_all() -> None:
    for pool in list(_pools):
        pool.close()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
