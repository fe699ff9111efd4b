"""The entries of the ledger on disk. What they add up to is `models/ledger.py`'s."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import CodecError, build, from_bytes, to_bytes
from latm_magic.cache.table import Table
from latm_magic.models.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LedgerTable"]

_COLUMNS = tuple(field.name for field in fields(Entry))
_TEXTS = {"time", "role", "tool", "model"}
_FLAGS = {"recorded", "ok"}


class LedgerTable(Table):
    """The part of a cache that keeps what every model call cost; a `LedgerStore`."""

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        values = [getattr(entry, column) for column in _COLUMNS]
        row = [to_bytes(value) if isinstance(value, str) else value for value in values]
        marks = ", ".join("?" * len(_COLUMNS))
        self._put(f"INSERT INTO ledger ({', '.join(_COLUMNS)}) VALUES ({marks})", [row])  # noqa: S608

    def entries(self) -> Iterable[Entry]:
        """Give all entries, oldest first."""
        rows = self._database.rows(f"SELECT {', '.join(_COLUMNS)} FROM ledger ORDER BY id")  # noqa: S608
        try:
            return tuple(build(Entry, _values(row)) for row in rows)
        except CodecError as error:
            raise self._damaged("An entry of the ledger", error) from error


def _values(row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(_COLUMNS, row, strict=True))
    values.update({name: from_bytes(values[name]) for name in _TEXTS})
    values.update({name: bool(values[name]) for name in _FLAGS})
    return values
