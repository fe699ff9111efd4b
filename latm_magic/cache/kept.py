"""Which questions a table holds, in memory: of a large batch, only those few are looked up in the file.

A set of hashes, read once and again where another program wrote; what this one keeps is added. It may hold questions
that are gone, and hashes that agree by chance: whether an answer is there, and counts, is asked of the file.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from latm_magic.cache.codec import CodecError, from_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from latm_magic.cache.database import Database

_FEW = 100
"""Questions that are looked up one by one."""
_WORTH = 4
"""How many times as many kept questions as asked ones may be read for it: reading one costs a third of a look-up."""
_MOST = 300_000
"""Kept questions whose hashes are held, about 70 bytes each."""


class KeptQuestions:
    """The questions in `table`, which has a column `question`."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table
        self._known: tuple[tuple[int, ...], set[int]] | None = None
        self._added = 0
        self._lock = Lock()

    def among(self, questions: Sequence[str]) -> Sequence[str]:
        """Return those of the questions that may be kept; each that is kept is among them."""
        if len(questions) < _FEW:
            return questions
        hashes = self._hashes(len(questions))
        return questions if hashes is None else [question for question in questions if hash(question) in hashes]

    @contextmanager
    def adding(self, questions: Sequence[str]) -> Iterator[None]:
        """Take in questions that are kept here meanwhile; afterwards again, as others may just be reading the file."""
        self._add(questions)
        try:
            yield
        finally:
            self._add(questions)

    def _add(self, questions: Iterable[str]) -> None:
        with self._lock:
            self._added += 1
            if self._known is not None:
                self._known[1].update(map(hash, questions))

    def _hashes(self, asked: int) -> set[int] | None:
        """Return the hashes of what is kept; None where reading that costs more than it saves."""
        elsewhere, added = self._database.elsewhere(), self._added
        if (known := self._known) is not None and known[0] == elsewhere:
            return known[1]
        most = min(_MOST, _WORTH * asked)
        rows = self._database.rows(f"SELECT question FROM {self._table} LIMIT ?", (most + 1,))  # noqa: S608
        if len(rows) > most:
            return None
        try:
            hashes = {hash(from_bytes(question)) for (question,) in rows}
        except CodecError:  # a damaged row is told where it is asked for
            return None
        with self._lock:
            if added == self._added:
                self._known = elsewhere, hashes
        return hashes
