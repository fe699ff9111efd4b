"""Running many rows of one tool: chunks to one or more workers, each row's own outcome back in order.

It does NOT start or end workers on its own (`pool` does). A row that hangs or kills its worker costs its own outcome
only: what was sent with it is sent again.
"""

from __future__ import annotations

import signal
from collections import deque
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.channel import WorkerLost
from latm_magic.sandbox.pool import GRACE_S, REQUEST_CHARACTERS, cores, new_ticket
from latm_magic.sandbox.records import GuestError, Outcome, Run
from latm_magic.sandbox.replies import read_reply, read_row
from latm_magic.sandbox.wire import WireError, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.sandbox.guest import Plan
    from latm_magic.sandbox.pool import Pool, Worker
    from latm_magic.sandbox.records import Stage

__all__ = ["Rows"]

_FIRST_CHUNK = 16
_MOST_ROWS = 4096
_MOST_CHARACTERS = 1 << 20
_CHUNK_S = 0.04
"""Seconds of work that a chunk should hold: long against a round trip, short against what a crash repeats."""
_WORTH_A_WORKER_S = 0.05
"""A further worker is taken when at least this much work is left."""


class Rows:
    """One run of `rows` through `plan` on the tool of `source`."""

    def __init__(self, pool: Pool, source: str, plan: Plan, rows: Iterable[Any]) -> None:
        self._pool = pool
        self._source = source
        self._plan = plan
        self._plan_text = to_text(list(plan), REQUEST_CHARACTERS)
        self._stage = _last_stage(plan)
        self._rows = list(rows)
        self._runs: list[Run | None] = [None] * len(self._rows)
        self._next = 0
        self._row_s = 0.0
        """Seconds that a row takes, as measured so far; 0 = not measured."""
        self._for_all: Run | None = None
        """The outcome of every row that has none: no row of this plan can run."""
        self._lock = Lock()
        self._lanes: list[_Lane] = []

    def run(self) -> list[Run]:
        """Give the outcome of each row, in order."""
        lane = _Lane(self)
        self._lanes.append(lane)
        try:
            lane.work()
        except BaseException:
            for other in self._lanes:
                other.stop()
            raise
        finally:
            for other in self._lanes:
                other.join()
        return [self._finished(run) for run in self._runs]

    def _finished(self, run: Run | None) -> Run:
        if run is not None:
            return run
        assert self._for_all is not None  # noqa: S101 - lanes end when all rows have an outcome, or with this one
        return self._for_all

    def next_chunk(self) -> list[int]:
        """Give the indexes of rows to send next; [] when none are left."""
        with self._lock:
            if self._for_all is not None:
                return []
            count = min(_MOST_ROWS, max(1, int(_CHUNK_S / self._row_s))) if self._row_s else _FIRST_CHUNK
            left = len(self._rows) - self._next
            # The last chunks shrink, so that all lanes end together.
            count = min(count, max(1, left // (2 * len(self._lanes)))) if len(self._lanes) > 1 else count
            first = self._next
            self._next = min(len(self._rows), first + count)
            return list(range(first, self._next))

    def measured(self, rows: int, seconds: float) -> None:
        """Take note of how long `rows` rows took, and bring a further worker in where that pays."""
        with self._lock:
            each = max(seconds / rows, 1e-7)
            self._row_s = each if not self._row_s else 0.5 * (self._row_s + each)
            left_s = self._row_s * (len(self._rows) - self._next) / len(self._lanes)
            wants_lane = left_s > _WORTH_A_WORKER_S and len(self._lanes) < min(cores(), self._pool.per_source)
            lane = _Lane(self) if wants_lane else None
            if lane is not None:
                self._lanes.append(lane)
        if lane is not None:
            lane.start()

    # What the lanes share.

    @property
    def pool(self) -> Pool:
        """The pool that lanes lease from."""
        return self._pool

    @property
    def plan(self) -> Plan:
        """What is done with each row."""
        return self._plan

    @property
    def stage(self) -> Stage:
        """The step that a row which returned ended with."""
        return self._stage

    @property
    def source(self) -> str:
        """The tool."""
        return self._source

    def text(self, index: int) -> str | None:
        """Give a row as text, or None where it cannot cross and has its outcome already."""
        try:
            return to_text(self._rows[index], REQUEST_CHARACTERS)
        except WireError as error:
            self._runs[index] = _stopped("raised", "TypeError", f"an argument cannot enter the sandbox: {error}")
            return None

    def request(self, ticket: str, texts: Sequence[str]) -> str:
        """Give the request that runs rows with these texts."""
        return f'["{ticket}","rows",{self._plan_text},[{",".join(texts)}]]'

    def put(self, index: int, run: Run) -> None:
        """Keep the outcome of a row."""
        self._runs[index] = run

    def put_for_all(self, run: Run) -> None:
        """Keep the outcome of every row that has none."""
        self._for_all = run


class _Lane:
    """One worker's share of the rows, worked off in the calling thread or in one of its own."""

    def __init__(self, rows: Rows) -> None:
        self._all = rows
        self._worker: Worker | None = None
        self._chunks: deque[list[int]] = deque()
        self._thread: Thread | None = None
        self._is_stopped = False
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
            worker.kill()

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
            while not self._is_stopped and (
                chunk := self._chunks.popleft() if self._chunks else self._all.next_chunk()
            ):
                self._run_chunk(chunk)
        except BaseException:
            self._end_worker()
            raise
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._all.pool.release(worker)

    def _run_chunk(self, chunk: list[int]) -> None:
        texts: list[str] = []
        sent: list[int] = []
        size = 0
        for position, index in enumerate(chunk):
            if size > _MOST_CHARACTERS:
                self._chunks.appendleft(chunk[position:])
                break
            text = self._all.text(index)
            if text is not None:
                texts.append(text)
                sent.append(index)
                size += len(text)
        if not sent:
            return
        worker = self._ready_worker()
        if worker is not None:
            self._exchange(worker, sent, texts)

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
            message = "; ".join(map(str, findings))
            self._all.put_for_all(Run("forbidden", None, GuestError("PolicyError", message, findings=findings)))
            return None
        return self._worker

    def _exchange(self, worker: Worker, sent: list[int], texts: list[str]) -> None:
        """Send rows and keep their outcomes as they come; what a lost worker leaves is queued again."""
        ticket = new_ticket()
        started = monotonic()
        done = 0
        try:
            patience = self._all.plan.timeout_s + GRACE_S
            worker.channel.send(self._all.request(ticket, texts), started + patience)
            while done < len(sent):
                verb, rows = read_reply(worker.channel.receive(monotonic() + patience), ticket)
                done += self._keep(verb, rows, sent[done:])
            worker.channel.started()
        except WorkerLost as lost:
            self._recover(worker, lost, sent, done)
            return
        seconds = monotonic() - started
        worker.busy_s += seconds
        self._all.measured(len(sent), seconds)

    def _keep(self, verb: str, rows: Any, waiting: list[int]) -> int:
        if type(rows) is not list or not 0 < len(rows) <= len(waiting):
            raise WorkerLost("A worker sent more or less than it was asked for.", reason="damaged")
        runs = [read_row(row, self._all.stage) for row in rows]
        if verb == "hopeless":
            self._all.put_for_all(runs[0])
            return len(waiting)
        for index, run in zip(waiting, runs, strict=False):
            self._all.put(index, run)
            if run.outcome == "memory" and self._worker is not None:
                self._worker.is_worn = True
        return len(runs)

    def _recover(self, worker: Worker, lost: WorkerLost, sent: list[int], done: int) -> None:
        """Find the row that cost the worker; queue the others."""
        began = worker.channel.started()
        status = self._end_worker()
        if self._is_stopped:
            return
        culprit = min(max(began - 1, done), len(sent) - 1)
        before, after = sent[done:culprit], sent[culprit + 1 :]
        if after:
            self._chunks.appendleft(after)
        if lost.reason == "timeout" or len(sent) == 1:
            self._all.put(sent[culprit], _lost_run(lost.reason, status, self._all.plan.timeout_s))
        else:
            # A worker can die of what earlier rows left behind: the row gets one more try, alone.
            self._chunks.appendleft([sent[culprit]])
        if before:
            self._chunks.appendleft(before)

    def _end_worker(self) -> int:
        worker, self._worker = self._worker, None
        return 0 if worker is None else self._all.pool.discard(worker)


def _last_stage(plan: Plan) -> Stage:
    if plan.kind not in {"solve", "formatted"}:
        return ""
    return "function" if plan.names[-1] is None else "format"


def _lost_run(reason: str, status: int, timeout_s: float) -> Run:
    if reason == "timeout":
        message = f"ran longer than {timeout_s:g} seconds and was ended"
        return _stopped("timeout", "TimeoutError", message, timeout_s + GRACE_S)
    if reason == "damaged":
        return _stopped("crashed", "Crash", "the worker process sent what it must not send, and was ended")
    return _stopped("crashed", "Crash", f"the worker process ended: {_cause(status)}")


def _cause(status: int) -> str:
    number = status & 0x7F
    if not number:
        return f"exit code {status >> 8}"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return name


def _stopped(outcome: Outcome, kind: str, message: str, seconds: float = 0.0) -> Run:
    return Run(outcome, None, GuestError(kind, message), seconds)
