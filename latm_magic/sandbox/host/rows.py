"""The rows of one run and what has become of them: which are next, their texts, how fast they go, their outcomes.

Safe from the threads of several lanes. It does NOT speak with workers (`lane` does) nor bring them in (`scheduler`).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from latm_magic.sandbox.host.channel import REQUEST_CHARACTERS
from latm_magic.sandbox.records import GuestError, Run
from latm_magic.sandbox.runs import Runs
from latm_magic.sandbox.wire.columns import MOST_ROWS, pack
from latm_magic.sandbox.wire.encode import WireError, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.sandbox.host.replies import Finished
    from latm_magic.sandbox.records import RunOutcome, Stage
    from latm_magic.sandbox.wire.control import Plan

_FIRST_CHUNK = 16
_MOST_CHARACTERS = 1 << 20
"""A chunk ends where its rows pass this size."""
_CHUNK_S = 0.04
"""Seconds of work that a chunk should hold: long against a round trip, short against what a crash repeats."""
_FAST_S = 0.001


class Chunk(NamedTuple):
    """Rows that are sent together."""

    indexes: Sequence[int]
    content: str | bytes
    """The frame that has a worker run them."""


class Rows:
    """One run of `rows` through `plan` on the tool of `source`.

    `one_by_one`: the workers do not tell which row they are at, so each chunk is one row.
    """

    def __init__(self, source: str, plan: Plan, rows: Iterable[Any], *, one_by_one: bool) -> None:
        self.source = source
        self.plan = plan
        self.stage = _last_stage(plan)
        """The step that a row which returned ended with."""
        self.lanes = 1
        """How many lanes work on these rows."""
        self._plan_text = _plan_text(plan)
        self._rows = rows if isinstance(rows, list) else list(rows)
        self._runs = Runs(len(self._rows), self.stage)
        self._done = bytearray(len(self._rows))
        """1 for each row that has an outcome."""
        self._one_by_one = one_by_one
        self._next = 0
        self._chunk_rows = _FIRST_CHUNK
        self._row_s = 0.0
        """Seconds that a row takes, as measured so far; 0 = not measured."""
        self._returned: list[Sequence[int]] = []
        """Rows that lanes gave back."""
        self._for_all: Run | None = None
        """The outcome of every row that has none: no row of this plan can run."""
        self._lock = Lock()

    # Which rows are next, and how fast they go.

    def next_chunk(self) -> Sequence[int]:
        """Return the indexes of rows to send next; [] when none are left."""
        if self._next >= len(self._rows) and not self._returned:
            return ()
        with self._lock:
            if self._for_all is not None:
                return ()
            if self._returned:
                return self._returned.pop()
            fitting = int(_CHUNK_S / self._row_s) if self._row_s else self._chunk_rows
            left = len(self._rows) - self._next
            # The last chunks shrink, so that all lanes end together.
            fair = left // (2 * self.lanes) if self.lanes > 1 else left
            count = 1 if self._one_by_one else max(1, min(fitting, fair, self._chunk_rows))
            self._chunk_rows = min(MOST_ROWS, 4 * self._chunk_rows)
            first, self._next = self._next, min(len(self._rows), self._next + count)
            return range(first, self._next)

    def give_back(self, indexes: Sequence[int]) -> None:
        """Take back rows of a lane that cannot go on; those that have an outcome keep it."""
        left = [index for index in indexes if not self._done[index]]
        with self._lock:
            if left and left not in self._returned:
                self._returned.append(left)

    def measured(self, rows: int, seconds: float) -> None:
        """Note how long `rows` rows took."""
        with self._lock:
            each = max(seconds / rows, 1e-7)
            self._row_s = each if not self._row_s else 0.5 * (self._row_s + each)

    @property
    def left_s(self) -> float:
        """Seconds of work that each lane still has before it."""
        return self._row_s * (len(self._rows) - self._next) / self.lanes

    @property
    def is_fast(self) -> bool:
        """Whether rows are so short that a worker should have the next chunk before it ends one."""
        return 0 < self._row_s < _FAST_S

    # Rows as requests.

    def request(self, indexes: Sequence[int], ticket: str) -> tuple[Chunk, Sequence[int]]:
        """Return the request that runs these rows, and those that it has no room for.

        A row that cannot cross has its outcome already and is in neither.
        """
        rows = self._rows[indexes.start : indexes.stop] if isinstance(indexes, range) else self._picked(indexes)
        if set(map(type, rows)) != {str}:
            return self._as_json(indexes, ticket)
        sizes, rest = list(map(len, rows)), indexes[:0]
        if sum(sizes) > _MOST_CHARACTERS:
            fitting = bisect_left(list(accumulate(sizes)), _MOST_CHARACTERS) + 1
            rows, indexes, rest = rows[:fitting], indexes[:fitting], indexes[fitting:]
        if max(sizes[: len(rows)]) >= REQUEST_CHARACTERS >> 2:
            return self._as_json(indexes, ticket)[0], rest
        return Chunk(indexes, pack([ticket, self._plan_text, rows])), rest

    def _picked(self, indexes: Sequence[int]) -> list[Any]:
        return [self._rows[index] for index in indexes]

    def _as_json(self, indexes: Sequence[int], ticket: str) -> tuple[Chunk, Sequence[int]]:
        """Do the same for rows that are not all plain text."""
        sent, texts, size, position = [], [], 0, 0
        while position < len(indexes) and size <= _MOST_CHARACTERS:
            if (text := self._text(indexes[position])) is not None:
                sent.append(indexes[position])
                texts.append(text)
                size += len(text)
            position += 1
        content = f'["{ticket}","rows",{self._plan_text},[{",".join(texts)}]]'
        return Chunk(sent, content), indexes[position:]

    def _text(self, index: int) -> str | None:
        try:
            return encode(self._rows[index], REQUEST_CHARACTERS)
        except WireError as error:
            self.put_one(index, stopped("raised", "TypeError", f"an argument cannot enter the sandbox: {error}"))
            return None

    # Outcomes.

    def put(self, indexes: Sequence[int], finished: Finished) -> None:
        """Keep the outcomes of the first rows of `indexes`."""
        count = len(finished.values)
        rows = indexes[:count]
        with self._lock:
            self._runs.put(rows, finished.values, finished.seconds, finished.branches, finished.others)
            if isinstance(rows, range):
                self._done[rows.start : rows.stop] = b"\1" * count
            else:
                for row in rows:
                    self._done[row] = 1

    def put_one(self, index: int, run: Run) -> None:
        """Keep the outcome of a row that did not return."""
        with self._lock:
            self._runs.others[index] = run
            self._done[index] = 1

    def put_for_all(self, run: Run) -> None:
        """Keep the outcome of every row that has none."""
        self._for_all = run

    @property
    def have_begun(self) -> bool:
        """Whether a row has an outcome."""
        return 1 in self._done

    def runs(self) -> Runs:
        """Return the outcome of each row, in order, once all lanes have ended."""
        if 0 in self._done:
            assert self._for_all is not None  # noqa: S101 - lanes end when all rows have an outcome, or with this one
            for index in (index for index, is_done in enumerate(self._done) if not is_done):
                self._runs.others[index] = self._for_all
        return self._runs


def stopped(outcome: RunOutcome, kind: str, message: str, seconds: float = 0.0, *, from_outside: bool = False) -> Run:
    """Return the outcome of a run that did not end by itself."""
    return Run(outcome, None, GuestError(kind, message, from_outside=from_outside), seconds)


@lru_cache(maxsize=256)
def _plan_text(plan: Plan) -> str:
    return encode(list(plan), REQUEST_CHARACTERS)


def _last_stage(plan: Plan) -> Stage:
    if plan.kind not in {"solve", "formatted"}:
        return ""
    return "function" if plan.names[-1] is None else "format"
