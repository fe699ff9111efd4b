"""One worker's share of the rows: sending chunks, keeping outcomes, finding the row that cost a worker.

It does NOT choose rows (`rows` does). A row that hangs or kills its worker costs its own outcome only: what was sent
with it is sent again.
"""

from __future__ import annotations

import signal
from collections import deque
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from latm_magic.sandbox.channel import WorkerLost
from latm_magic.sandbox.pool import GRACE_S, new_ticket
from latm_magic.sandbox.records import GuestError, Outcome, Run
from latm_magic.sandbox.replies import read_reply, read_rows
from latm_magic.sandbox.wire import clean

if TYPE_CHECKING:
    from latm_magic.sandbox.pool import Worker
    from latm_magic.sandbox.rows import Rows

__all__ = ["Lane", "stopped"]

_MOST_CHARACTERS = 1 << 20
"""A chunk ends where its rows' texts pass this size."""


class _Chunk(NamedTuple):
    """Rows that are sent together."""

    indexes: list[int]
    texts: list[str]


class Lane:
    """One worker's share of the rows, worked off in the calling thread or in one of its own."""

    def __init__(self, rows: Rows) -> None:
        self._all = rows
        self._worker: Worker | None = None
        self._queued: deque[list[int]] = deque()
        """Rows to send before new ones."""
        self._thread: Thread | None = None
        self._is_stopped = False
        self._was_lost_idle = False
        self._error: BaseException | None = None

    def start(self) -> None:
        """Work in a thread of its own, if a worker is free."""
        self._thread = Thread(target=self._work_aside, name="latm-sandbox-lane", daemon=True)
        self._thread.start()

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
            self._worker = self._all.pool.try_lease(self._all.source, self._all.plan.timeout_s)
            if self._worker is not None:
                self.work()
        except WorkerLost:
            # The first lane has a worker; this one was only to help.
            return
        except BaseException as error:  # noqa: BLE001 - join() raises it in the caller's thread
            self._error = error

    def work(self) -> None:
        """Run chunks until none are left."""
        try:
            chunk = self._next_chunk()
            while chunk.indexes and not self._is_stopped:
                worker = self._ready_worker()
                if worker is None:
                    break
                chunk = self._exchange(worker, chunk)
        except BaseException:
            self._end_worker()
            raise
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._all.pool.release(worker)

    def _next_chunk(self) -> _Chunk:
        """Give rows with their texts; a row that cannot cross has its outcome already."""
        chunk = _Chunk([], [])
        while not chunk.indexes:
            indexes = self._queued.popleft() if self._queued else self._all.next_chunk()
            if not indexes:
                break
            size = 0
            for position, (index, text) in enumerate(zip(indexes, self._all.texts(indexes), strict=True)):
                if text is not None:
                    chunk.indexes.append(index)
                    chunk.texts.append(text)
                    size += len(text)
                if size > _MOST_CHARACTERS:
                    self._queued.appendleft(indexes[position + 1 :])
                    break
        return chunk

    def _ready_worker(self) -> Worker | None:
        """Give this lane's worker; None where the source cannot be loaded, which is the outcome of all rows."""
        if self._worker is None:
            try:
                self._worker = self._all.pool.lease(self._all.source, self._all.plan.timeout_s)
            except WorkerLost as lost:
                self._all.put_for_all(_lost_run(lost.reason, lost.status, self._all.plan.timeout_s))
                return None
        findings = self._worker.check.findings
        if findings:
            message = clean("; ".join(map(str, findings)))
            self._all.put_for_all(Run("forbidden", None, GuestError("PolicyError", message, findings=findings)))
            return None
        return self._worker

    def _exchange(self, worker: Worker, chunk: _Chunk) -> _Chunk:
        """Send rows and keep their outcomes as they come; gives the next chunk, prepared while the worker worked."""
        ticket = new_ticket()
        started = monotonic()
        following = None
        done = 0
        try:
            patience = self._all.plan.timeout_s + GRACE_S
            worker.channel.send(self._all.request(ticket, chunk.texts), started + patience)
            until = monotonic() + patience
            following = self._next_chunk()
            while done < len(chunk.indexes):
                verb, rows = read_reply(worker.channel.receive(until), ticket)
                until = monotonic() + patience
                done += self._keep(worker, verb, rows, chunk.indexes[done:])
        except WorkerLost as lost:
            self._recover(worker, lost, chunk.indexes, done)
        else:
            self._was_lost_idle = False
            seconds = monotonic() - started
            worker.busy_s += seconds
            self._all.measured(len(chunk.indexes), seconds)
        if following is None or self._queued:
            # What a lost worker left comes first.
            self._queued.extend([following.indexes] if following is not None and following.indexes else [])
            following = self._next_chunk()
        return following

    def _keep(self, worker: Worker, verb: str, rows: Any, waiting: list[int]) -> int:
        runs, has_spent_memory = read_rows(rows, self._all.stage)
        if not 0 < len(runs) <= len(waiting):
            raise WorkerLost("A worker sent more or less than it was asked for.", reason="damaged")
        worker.channel.finished(len(runs))
        worker.is_worn = worker.is_worn or has_spent_memory
        if verb == "hopeless":
            self._all.put_for_all(runs[0])
            return len(waiting)
        self._all.put(waiting, runs)
        return len(runs)

    def _recover(self, worker: Worker, lost: WorkerLost, sent: list[int], done: int) -> None:
        """Find the row that cost the worker; queue the others."""
        began = done + worker.channel.began()
        status = self._end_worker()
        if self._is_stopped:
            return
        if lost.reason == "ended" and began == 0 and not self._was_lost_idle:
            # It had ended before it was asked: nobody's fault, and another worker serves as well.
            self._was_lost_idle = True
            self._queued.appendleft(sent)
            return
        culprit = min(max(began - 1, done), len(sent) - 1)
        before, after = sent[done:culprit], sent[culprit + 1 :]
        if after:
            self._queued.appendleft(after)
        if lost.reason == "timeout" or len(sent) == 1:
            self._all.put([sent[culprit]], [_lost_run(lost.reason, status, self._all.plan.timeout_s)])
        else:
            # A worker can die of what earlier rows left behind: the row gets one more try, alone.
            self._queued.appendleft([sent[culprit]])
        if before:
            self._queued.appendleft(before)

    def _end_worker(self) -> int:
        worker, self._worker = self._worker, None
        return 0 if worker is None else self._all.pool.discard(worker)


def _lost_run(reason: str, status: int, timeout_s: float) -> Run:
    if reason == "timeout":
        message = f"ran longer than {timeout_s:g} seconds and was ended"
        return stopped("timeout", "TimeoutError", message, timeout_s + GRACE_S)
    if reason == "damaged":
        return stopped("crashed", "Crash", "the worker process sent what it must not send, and was ended")
    return stopped("crashed", "Crash", f"the worker process ended: {_cause(status)}")


def _cause(status: int) -> str:
    number = status & 0x7F
    if not number:
        return f"exit code {status >> 8}"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return name


def stopped(outcome: Outcome, kind: str, message: str, seconds: float = 0.0) -> Run:
    """Give the outcome of a run that did not end by itself."""
    return Run(outcome, None, GuestError(kind, message), seconds)
