"""Running many rows of one tool: chunks to one or more workers, each row's own outcome back in order.

It does NOT speak with workers (`lane` does) nor start them (`pool` does); here is what the lanes share: which rows are
next, how fast rows go, and the outcomes.
"""

from __future__ import annotations

from functools import lru_cache
from json.encoder import encode_basestring_ascii
from threading import Lock
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.host.lane import Lane, stopped
from latm_magic.sandbox.host.pool import REQUEST_CHARACTERS, cores
from latm_magic.sandbox.wire.frames import WireError, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.sandbox.host.pool import Pool
    from latm_magic.sandbox.records import Run, Stage
    from latm_magic.sandbox.wire.plan import Plan

__all__ = ["Rows"]

_FIRST_CHUNK = 16
_MOST_ROWS = 2048
_CHUNK_S = 0.04
"""Seconds of work that a chunk should hold: long against a round trip, short against what a crash repeats."""
_FAST_S = 0.001
_WORTH_A_WORKER_S = 0.05
"""A further worker is taken when at least this much work is left."""


class Rows:
    """One run of `rows` through `plan` on the tool of `source`."""

    def __init__(self, pool: Pool, source: str, plan: Plan, rows: Iterable[Any]) -> None:
        self._pool = pool
        self._source = source
        self._plan = plan
        self._plan_text = _plan_text(plan)
        self._stage = _last_stage(plan)
        self._rows = list(rows)
        self._runs: list[Run | None] = [None] * len(self._rows)
        self._next = 0
        self._chunk_rows = _FIRST_CHUNK
        self._row_s = 0.0
        """Seconds that a row takes, as measured so far; 0 = not measured."""
        self._for_all: Run | None = None
        """The outcome of every row that has none: no row of this plan can run."""
        self._lock = Lock()
        self._lanes: list[Lane] = []

    def run(self) -> list[Run]:
        """Give the outcome of each row, in order."""
        lane = Lane(self)
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
        return [run if run is not None else self._finished() for run in self._runs]

    def _finished(self) -> Run:
        assert self._for_all is not None  # noqa: S101 - lanes end when all rows have an outcome, or with this one
        return self._for_all

    def next_chunk(self) -> list[int]:
        """Give the indexes of rows to send next; [] when none are left."""
        if self._next >= len(self._rows):
            return []
        with self._lock:
            if self._for_all is not None:
                return []
            fitting = int(_CHUNK_S / self._row_s) if self._row_s else self._chunk_rows
            left = len(self._rows) - self._next
            # The last chunks shrink, so that all lanes end together.
            fair = left // (2 * len(self._lanes)) if len(self._lanes) > 1 else left
            count = max(1, min(fitting, fair, self._chunk_rows)) if self._pool.tells_rows else 1
            self._chunk_rows = min(_MOST_ROWS, 4 * self._chunk_rows)
            first, self._next = self._next, min(len(self._rows), self._next + count)
            return list(range(first, self._next))

    def measured(self, rows: int, seconds: float) -> None:
        """Take note of how long `rows` rows took, and bring a further worker in where that pays."""
        with self._lock:
            each = max(seconds / rows, 1e-7)
            self._row_s = each if not self._row_s else 0.5 * (self._row_s + each)
            left_s = self._row_s * (len(self._rows) - self._next) / len(self._lanes)
            wants_lane = left_s > _WORTH_A_WORKER_S and len(self._lanes) < min(cores(), self._pool.per_source)
            lane = Lane(self) if wants_lane else None
            if lane is not None:
                self._lanes.append(lane)
        if lane is not None:
            lane.start()

    # What the lanes share.

    @property
    def is_fast(self) -> bool:
        """Whether rows are so short that a worker should have the next chunk before it ends one."""
        return 0 < self._row_s < _FAST_S

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

    def texts(self, indexes: list[int]) -> list[str | None]:
        """Give rows as texts; None for one that cannot cross and has its outcome already."""
        rows = self._rows
        return [
            encode_basestring_ascii(row)
            if type(row := rows[index]) is str and row.isascii() and len(row) < REQUEST_CHARACTERS
            else self._text(index)
            for index in indexes
        ]

    def _text(self, index: int) -> str | None:
        try:
            return to_text(self._rows[index], REQUEST_CHARACTERS)
        except WireError as error:
            self._runs[index] = stopped("raised", "TypeError", f"an argument cannot enter the sandbox: {error}")
            return None

    def request(self, ticket: str, texts: Sequence[str]) -> str:
        """Give the request that runs rows with these texts."""
        return f'["{ticket}","rows",{self._plan_text},[{",".join(texts)}]]'

    def put(self, indexes: list[int], runs: list[Run]) -> None:
        """Keep the outcomes of the first rows of `indexes`."""
        kept = self._runs
        for index, run in zip(indexes, runs, strict=False):
            kept[index] = run

    def put_for_all(self, run: Run) -> None:
        """Keep the outcome of every row that has none."""
        self._for_all = run


@lru_cache(maxsize=256)
def _plan_text(plan: Plan) -> str:
    return to_text(list(plan), REQUEST_CHARACTERS)


def _last_stage(plan: Plan) -> Stage:
    if plan.kind not in {"solve", "formatted"}:
        return ""
    return "function" if plan.names[-1] is None else "format"
