"""One worker's share of the rows: sending chunks, keeping outcomes, finding the row that cost a worker.

It does NOT choose rows (`rows` does) or bring other lanes in (`scheduler`). A row that hangs or kills its worker costs
its own outcome only: what was sent with it is sent again.
"""

from __future__ import annotations

from collections import deque
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.host.replies import new_ticket, read_finished
from latm_magic.sandbox.host.rows import stopped
from latm_magic.sandbox.host.worker import GRACE_S
from latm_magic.sandbox.records import GuestError, Run
from latm_magic.sandbox.wire.encode import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.sandbox.host.pool import Pool
    from latm_magic.sandbox.host.replies import Finished
    from latm_magic.sandbox.host.rows import Rows
    from latm_magic.sandbox.host.worker import Worker


class _Chunk(NamedTuple):
    """Rows that are sent together."""

    indexes: Sequence[int]
    content: str | bytes
    ticket: str


_NOTHING = _Chunk((), b"", "")


class Lane:
    """One worker's share of the rows, worked off in the calling thread or in one of its own.

    `chunk_done` is told of each finished chunk: how many rows it had, and the seconds that they took.
    """

    def __init__(self, pool: Pool, rows: Rows, chunk_done: Callable[[int, float], None]) -> None:
        self._pool = pool
        self._rows = rows
        self._chunk_done = chunk_done
        self._worker: Worker | None = None
        self._queued: deque[Sequence[int]] = deque()
        """Rows to send before new ones."""
        self._in_flight: deque[_Chunk] = deque()
        """What the worker was sent and has not finished."""
        self._thread: Thread | None = None
        self._is_stopped = False
        self._was_lost = False
        """A worker was lost through no fault of a row, and nothing was finished since."""
        self._error: BaseException | None = None

    def start(self) -> None:
        """Work in a thread of its own, if the system has room for one and a worker is free."""
        self._thread = Thread(target=self._work_aside, name="latm-sandbox-lane", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # This one was only to help.
            self._thread = None

    def stop(self) -> None:
        """Have it end soon; its worker is lost."""
        self._is_stopped = True
        worker = self._worker
        if worker is not None:
            # Its thread may be reading from its pipes, so they stay open until that thread closes them.
            worker.stop()

    def join(self) -> None:
        """Wait for the thread; raises what it could not handle."""
        if self._thread is not None:
            self._thread.join()
            if self._error is not None:
                raise self._error

    def _work_aside(self) -> None:
        try:
            plan = self._rows.plan
            self._worker = self._pool.try_lease(self._rows.source, plan.timeout_s, plan.tested)
            if self._worker is not None:
                self.work()
        except (SandboxError, OSError):
            # This one was only to help: the first lane runs what it has given back.
            return
        except BaseException as error:  # noqa: BLE001 - join() raises it in the caller's thread
            self._error = error

    def work(self) -> None:
        """Run chunks until none are left; raises SandboxError where no worker can be had."""
        chunk = _NOTHING
        try:
            chunk = self._next_chunk()
            while chunk.indexes and not self._is_stopped:
                worker = self._ready_worker()
                if worker is None:
                    break
                self._stream(worker, chunk)
                chunk = self._next_chunk()
        except BaseException:
            for indexes in (chunk.indexes, *(sent.indexes for sent in self._in_flight), *self._queued):
                self._rows.give_back(indexes)
            self._queued.clear()
            self._end_worker()
            raise
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._pool.release(worker)

    def _next_chunk(self) -> _Chunk:
        """Return rows with their request; a row that cannot cross has its outcome already."""
        while indexes := self._queued.popleft() if self._queued else self._rows.next_chunk():
            ticket = new_ticket()
            request, rest = self._rows.request(indexes, ticket)
            if rest:
                self._queued.appendleft(rest)
            chunk = _Chunk(*request, ticket)
            if chunk.indexes:
                return chunk
        return _NOTHING

    def _ready_worker(self) -> Worker | None:
        """Return this lane's worker; None where the source cannot be loaded, which is the outcome of all rows."""
        if self._worker is None:
            try:
                plan = self._rows.plan
                self._worker = self._pool.lease(self._rows.source, plan.timeout_s, plan.tested)
            except WorkerLost as lost:
                if self._thread is not None:
                    raise  # only a helper: the first lane runs its rows
                # A source that was too slow to load was loaded before, when it was checked.
                lost.was_stalled = True
                self._rows.put_for_all(self._lost_run(lost))
                return None
        findings = self._worker.check.findings
        if findings:
            message = clean("; ".join(map(str, findings)))
            self._rows.put_for_all(Run("forbidden", None, GuestError("PolicyError", message, findings=findings)))
            return None
        return self._worker

    def _stream(self, worker: Worker, chunk: _Chunk) -> None:
        """Send chunk after chunk, the next while one is worked on, and keep the outcomes as they come."""
        patience = self._rows.plan.timeout_s + GRACE_S
        self._in_flight = in_flight = deque[_Chunk]()
        done = 0
        try:
            started = self._send(worker, chunk, in_flight)
            until = started + patience
            while in_flight:
                if len(in_flight) == 1 and self._rows.is_fast and (following := self._next_chunk()).indexes:
                    self._send(worker, following, in_flight)
                chunk = in_flight[0]
                content = worker.channel.receive(until)
                waiting, branches = chunk.indexes[done:], len(worker.check.branches)
                finished = read_finished(content, chunk.ticket, len(waiting), self._rows.stage, branches)
                now = monotonic()
                until = now + patience
                done += self._keep(worker, finished, waiting)
                if finished.is_hopeless:
                    # Whatever else was sent has the same outcome; do not wait for it.
                    self._end_worker()
                    return
                if done == len(chunk.indexes):
                    self._finish(worker, in_flight.popleft(), now - started)
                    started, done = now, 0
        except WorkerLost as lost:
            self._recover(worker, lost, in_flight, done)

    def _send(self, worker: Worker, chunk: _Chunk, in_flight: deque[_Chunk]) -> float:
        in_flight.append(chunk)
        now = monotonic()
        worker.send(chunk.content)
        return now

    def _finish(self, worker: Worker, chunk: _Chunk, seconds: float) -> None:
        self._was_lost = False
        worker.busy_s += seconds
        self._chunk_done(len(chunk.indexes), seconds)

    def _keep(self, worker: Worker, finished: Finished, waiting: Sequence[int]) -> int:
        count = len(finished.values)
        worker.channel.finished(count)
        worker.is_worn = worker.is_worn or finished.has_spent_memory
        if finished.is_hopeless:
            self._rows.put_for_all(finished.others[0])
        else:
            self._rows.put(waiting, finished)
        return count

    def _recover(self, worker: Worker, lost: WorkerLost, in_flight: deque[_Chunk], done: int) -> None:
        """Find the row that cost the worker; queue the others."""
        started = worker.channel.began()
        never_began = started == 0 and self._pool.tells_rows
        lost.was_stalled = never_began or worker.is_stalled()
        lost.status = self._end_worker()
        sent = [index for chunk in in_flight for index in chunk.indexes]
        if self._is_stopped:
            return
        was_idle = lost.reason == "ended" and started == 0
        if (was_idle or lost.from_outside) and not self._was_lost:
            # No row is to blame, and another worker serves as well.
            self._was_lost = True
            self._queued.appendleft(sent[done:])
            return
        culprit = min(max(done + started - 1, done), len(sent) - 1)
        was_alone = culprit == 0 and len(in_flight[0].indexes) == 1
        rest = [sent[done:culprit], [sent[culprit]], sent[culprit + 1 :]]
        if lost.reason == "timeout" or was_alone:
            self._rows.put_one(sent[culprit], self._lost_run(lost))
            # Any other row of a worker that died gets one more try, alone: it can die of what earlier rows left behind.
            del rest[1]
        self._queued.extendleft(indexes for indexes in reversed(rest) if indexes)

    def _end_worker(self) -> int:
        worker, self._worker = self._worker, None
        return 0 if worker is None else self._pool.discard(worker)

    def _lost_run(self, lost: WorkerLost) -> Run:
        timeout_s, from_outside = self._rows.plan.timeout_s, lost.from_outside
        if lost.reason == "timeout":
            message = lost.describe(timeout_s)
            return stopped("timeout", "TimeoutError", message, timeout_s + GRACE_S, from_outside=from_outside)
        return stopped("crashed", "Crash", lost.describe(timeout_s), from_outside=from_outside)
