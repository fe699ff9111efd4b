"""The rows of one run and what has become of them: which are next, their texts, how fast they go, their outcomes.

Safe from the threads of several lanes. It does NOT speak with workers (`lane` does) nor bring them in (`scheduler`).
"""

from __future__ import annotations

from functools import lru_cache
from json.encoder import encode_basestring_ascii
from threading import Lock
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.host.channel import REQUEST_CHARACTERS
from latm_magic.sandbox.records import GuestError, Run
from latm_magic.sandbox.wire.encode import WireError, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.sandbox.records import RunOutcome, Stage
    from latm_magic.sandbox.wire.control import Plan

_FIRST_CHUNK = 16
_MOST_ROWS = 2048
_CHUNK_S = 0.04
"""Seconds of work that a chunk should hold: long against a round trip, short against what a crash repeats."""
_FAST_S = 0.001


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
        self._rows = list(rows)
        self._runs: list[Run | None] = [None] * len(self._rows)
        self._one_by_one = one_by_one
        self._next = 0
        self._chunk_rows = _FIRST_CHUNK
        self._row_s = 0.0
        """Seconds that a row takes, as measured so far; 0 = not measured."""
        self._returned: list[list[int]] = []
        """Rows that lanes gave back."""
        self._for_all: Run | None = None
        """The outcome of every row that has none: no row of this plan can run."""
        self._lock = Lock()

    # Which rows are next, and how fast they go.

    def next_chunk(self) -> list[int]:
        """Return the indexes of rows to send next; [] when none are left."""
        if self._next >= len(self._rows) and not self._returned:
            return []
        with self._lock:
            if self._for_all is not None:
                return []
            if self._returned:
                return self._returned.pop()
            fitting = int(_CHUNK_S / self._row_s) if self._row_s else self._chunk_rows
            left = len(self._rows) - self._next
            # The last chunks shrink, so that all lanes end together.
            fair = left // (2 * self.lanes) if self.lanes > 1 else left
            count = 1 if self._one_by_one else max(1, min(fitting, fair, self._chunk_rows))
            self._chunk_rows = min(_MOST_ROWS, 4 * self._chunk_rows)
            first, self._next = self._next, min(len(self._rows), self._next + count)
            return list(range(first, self._next))

    def give_back(self, indexes: list[int]) -> None:
        """Take back rows of a lane that cannot go on; those that have an outcome keep it."""
        left = [index for index in indexes if self._runs[index] is None]
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

    # Rows as texts.

    def texts(self, indexes: list[int]) -> list[str | None]:
        """Return rows as texts; None for one that cannot cross and has its outcome already."""
        rows = self._rows
        return [
            encode_basestring_ascii(row)
            if type(row := rows[index]) is str and row.isascii() and len(row) < REQUEST_CHARACTERS
            else self._text(index)
            for index in indexes
        ]

    def _text(self, index: int) -> str | None:
        try:
            return encode(self._rows[index], REQUEST_CHARACTERS)
        except WireError as error:
            self._runs[index] = stopped("raised", "TypeError", f"an argument cannot enter the sandbox: {error}")
            return None

    def request(self, ticket: str, texts: Sequence[str]) -> str:
        """Return the request that runs rows with these texts."""
        return f'["{ticket}","rows",{self._plan_text},[{",".join(texts)}]]'

    # Outcomes.

    def put(self, indexes: list[int], runs: list[Run]) -> None:
        """Keep the outcomes of the first rows of `indexes`."""
        kept = self._runs
        for index, run in zip(indexes, runs, strict=False):
            kept[index] = run

    def put_for_all(self, run: Run) -> None:
        """Keep the outcome of every row that has none."""
        self._for_all = run

    @property
    def have_begun(self) -> bool:
        """Whether a row has an outcome."""
        return any(self._runs)

    def runs(self) -> list[Run]:
        """Return the outcome of each row, in order, once all lanes have ended."""
        return [run if run is not None else self._common() for run in self._runs]

    def _common(self) -> Run:
        assert self._for_all is not None  # noqa: S101 - lanes end when all rows have an outcome, or with this one
        return self._for_all


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
