"""The host's workers: one source each for its whole life, the longest unused one ended for a new one.

It does NOT know rows, plans or outcomes (`lane` does). Safe from several threads; a forked child starts afresh; closed
when the interpreter exits.
"""

from __future__ import annotations

import atexit
import os
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakSet

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.aside import uninterrupted
from latm_magic.sandbox.host.channel import REQUEST_CHARACTERS, WorkerLost, describe_status
from latm_magic.sandbox.host.replies import new_ticket, read_check, read_reply
from latm_magic.sandbox.host.startup import cannot_start, cores, process_state, signal_group
from latm_magic.sandbox.records import Check
from latm_magic.sandbox.walls.walls import describe
from latm_magic.sandbox.wire.encode import clean, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from latm_magic.sandbox.host.startup import Handle, Launcher
    from latm_magic.sandbox.records import Walls

GRACE_S = 0.25
"""Seconds between the soft limit in the worker and the end of its process group."""
_READY_S = 30.0
"""Seconds that a new worker may take until it says that it is ready."""
_MOST_TRIES = 5
"""Workers that are tried before rows fail because something outside ends them all."""
_WORN_S = 1800.0
"""A worker that was busy this many seconds is replaced, well before its own CPU limit."""


class Worker:
    """One worker process and what the host knows of it."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.channel = handle.channel
        self.source: str | None = None
        self.check = Check()
        self.is_worn = False
        """Its memory may be spent; it is not used again."""
        self.busy_s = 0.0
        self.walls = self._await_ready()

    def load(self, source: str, timeout_s: float) -> None:
        """Have `source` compiled under the policy; raises WorkerLost."""
        self.source = source
        ticket = new_ticket()
        until = monotonic() + timeout_s + GRACE_S
        self.channel.send(encode([ticket, "load", source], REQUEST_CHARACTERS))
        _, content = read_reply(self.channel.receive(until), ticket)
        self.check = read_check(content)

    def is_stalled(self, seconds: float = 0.0) -> bool:
        """Whether it is stopped, waits for a disk, or had a processor for less than half of the `seconds`."""
        state, cpu_s = process_state(self._handle.pid)
        return state in "TtD" or (state == "R" and cpu_s < seconds / 2)

    def rest(self) -> None:
        """Stop it until it is used again: what a tool left behind would go on computing."""
        signal_group(self._handle.pid, "SIGSTOP")

    def wake(self) -> None:
        """Have it go on."""
        signal_group(self._handle.pid, "SIGCONT")

    def stop(self) -> None:
        """End its process from another thread; whoever uses it finds it lost, and kills it."""
        self._handle.stop()

    def kill(self) -> int:
        """End it and return its exit status."""
        return self._handle.kill()

    def _await_ready(self) -> Walls:
        try:
            verb, content = read_reply(self.channel.receive(monotonic() + _READY_S), "ready")
            if verb != "failed":
                return describe(tuple(content))
            why = clean(str(content))
            self._handle.kill()
        except WorkerLost as lost:
            lost.status = status = self._handle.kill()
            was_late = lost.reason == "timeout"
            if lost.from_outside:
                raise
            why = f"it took longer than {_READY_S:g} seconds" if was_late else f"it ended: {describe_status(status)}"
        except BaseException:
            self._handle.kill()
            raise
        raise cannot_start(why)


class Pool:
    """At most `max_workers` workers, leased to one caller at a time."""

    def __init__(self, launcher: Callable[[], Launcher], max_workers: int) -> None:
        self._make_launcher = launcher
        self._launcher = launcher()
        self._max_workers = max_workers
        self.per_source = min(max_workers, max(2, cores()))
        self._changed = Condition()
        self._idle: list[Worker] = []
        self._leased: dict[Worker | object, str] = {}
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

    def lease(self, source: str | None, timeout_s: float) -> Worker:
        """Return a worker for `source` to this caller alone, waiting for one where all are taken.

        One other is tried where it is lost or cannot start, and a few where something outside ended it. Raises
        WorkerLost, or SandboxError where none starts.
        """
        for tried in range(1, _MOST_TRIES + 1):
            worker = self._take(source, may_wait=True)
            assert worker is not None  # noqa: S101 - waiting ends with a worker
            try:
                return self._made_ready(worker, source, timeout_s)
            except SandboxError as fault:
                was_ended = isinstance(fault, WorkerLost) and fault.reason == "ended" and fault.from_outside
                if tried == _MOST_TRIES or (tried > 1 and not was_ended):
                    raise
        raise AssertionError("the last try raises")

    def try_lease(self, source: str, timeout_s: float) -> Worker | None:
        """Return a further worker for `source`, or None where none is free; raises SandboxError."""
        worker = self._take(source, may_wait=False)
        return None if worker is None else self._made_ready(worker, source, timeout_s)

    def release(self, worker: Worker) -> None:
        """Take a worker back that answered everything it was asked."""
        if worker.is_worn or worker.busy_s > _WORN_S or self._is_closed or self._is_retired:
            self.discard(worker)
            return
        worker.rest()
        with self._changed:
            self._leased.pop(worker, None)
            self._idle.append(worker)
            self._changed.notify_all()

    def discard(self, worker: Worker) -> int:
        """End a worker that cannot be used any more; returns its exit status."""
        try:
            return worker.kill()
        finally:
            with self._changed:
                self._leased.pop(worker, None)
                if worker in self._idle:
                    self._idle.remove(worker)
                is_over = self._is_retired and not (self._leased or self._idle)
                self._changed.notify_all()
            if is_over:
                self._launcher.close()

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
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()
        if self._is_closed or not self._leased:
            self._launcher.close()

    def forget(self) -> None:
        """After a fork, in the child: start with no workers."""
        self._launcher.forget()
        self._launcher = self._make_launcher()
        self._changed = Condition()
        self._idle, self._leased = [], {}

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
        for wanted in (source, None):
            for index in range(len(self._idle) - 1, -1, -1):
                worker = self._idle[index]
                if worker.source == wanted:
                    del self._idle[index]
                    self._leased[worker] = source or ""
                    worker.wake()
                    return worker
        if list(self._leased.values()).count(source or "") >= self.per_source:
            return None
        if len(self._leased) + len(self._idle) >= self._max_workers:
            if not self._idle:
                return None
            self._idle.pop(0).kill()
        mark = object()
        self._leased[mark] = source or ""
        return mark

    def _made_ready(self, taken: Worker | object, source: str | None, timeout_s: float) -> Worker:
        worker = taken
        try:
            if not isinstance(worker, Worker):
                worker = self._started(taken)
            if source is not None and worker.source is None:
                self._leased[worker] = source
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
        worker = Worker(self._launcher.start())
        if self._is_closed:
            # Closed meanwhile by another thread: what starts workers is running again.
            worker.kill()
            self._launcher.close()
            raise _closed()
        with self._changed:
            self._leased[worker] = self._leased.pop(mark, "")
            if self._walls is None:
                self._walls = worker.walls
        return worker

    def _abandon(self, taken: Any) -> None:
        if isinstance(taken, Worker):
            taken.kill()
        with self._changed:
            self._leased.pop(taken, None)
            self._changed.notify_all()


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
