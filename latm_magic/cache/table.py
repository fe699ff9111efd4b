"""What the tables of a cache share: its file, its seal, how texts become keys, and how records become rows."""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

from latm_magic.cache.codec import (
    CodecError,
    UnknownToThisVersion,
    as_plain,
    build,
    column_reader,
    encode,
    from_json,
    to_bytes,
    to_json,
)
from latm_magic.cache.kept import KeptQuestions
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal

Record = TypeVar("Record")

OF_KNOWN_TOOL = "WHERE EXISTS (SELECT 1 FROM tool WHERE name = :tool)"
"""Keeps a row out whose tool the cache does not hold."""

_AT_ONCE = 500
"""Questions a statement: older builds of SQLite take 999 parameters."""
_MOVE_AWAY = "move the file away, or set cache_dir to another folder"


class Table:
    """One part of a cache: a table, or a few that belong together."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def _put(self, statement: str, rows: Sequence[Sequence[Any] | Mapping[str, Any]]) -> None:
        """Run a statement once a row, all in one transaction."""
        if rows:
            with self._database.change() as connection:
                connection.executemany(statement, rows)

    def _take_away(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do the same where there is a cache; nothing needs to be taken from one that is not there."""
        if self._database.exists:
            self._put(statement, rows)

    def _encoded(self, what: str, record: Any) -> bytes:
        try:
            return encode(record)
        except CodecError as error:
            raise CacheError(f"{what} cannot be kept: {error}.", path=self._database.path) from error

    def _damaged(self, what: str, why: object, advice: str = _MOVE_AWAY) -> CacheError:
        fault = f"is damaged ({why}): {advice}"
        if isinstance(why, UnknownToThisVersion):
            fault = f"was made by a newer latm_magic ({why}): upgrade it (pip install -U latm_magic)"
        return CacheError(f"{what} in {self._database.path} {fault}.", path=self._database.path)


class Columns(Generic[Record]):
    """How a record stands in a row: a column for each field without a default, the others together in one, `more`.

    Texts are BLOBs of UTF-8 but for the columns in `names`. So a field that a later version adds, with a default, needs
    no column.
    """

    def __init__(self, record: type[Record], names: Iterable[str]) -> None:
        hints = get_type_hints(record)
        known = fields(record)  # type: ignore[arg-type]  # a dataclass
        self._record = record
        self.columns = tuple(field.name for field in known if field.default is MISSING)
        self._has_more = len(known) > len(self.columns)
        self._readers = tuple((name, column_reader(hints[name])) for name in self.columns)
        self._names = tuple(names)

    def values(self, record: Record) -> dict[str, Any]:
        """Return the values of a record as they will be read, which is also how they are sealed."""
        row = {name: _stored(getattr(record, name)) for name in self.columns}
        row.update({name: plain_name(getattr(record, name)).encode() for name in self._names if row[name] is not None})
        return row

    def written(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what `values` gave as SQLite takes it: names as text, so that they compare with those of tools."""
        return {**values, **{name: values[name].decode() for name in self._names if values[name] is not None}}

    def more(self, record: Record) -> bytes | None:
        """Return the fields that have defaults and are not at them, as JSON; None where there are none."""
        plain = as_plain(record, whole=False) if self._has_more else {}
        more = {name: value for name, value in plain.items() if name not in self.columns}
        return to_json(more) if more else None

    def read(self, row: Sequence[Any], more: Any = None) -> Record:
        """Return the record of a row; raises `CodecError` where a value is not what its annotation says."""
        values = {name: read(value) for (name, read), value in zip(self._readers, row, strict=True)}
        if more is None:
            return self._record(**values)
        found = from_json(more)
        return build(self._record, {**found, **values} if type(found) is dict else found)


class RecordRows(Table, Generic[Record]):
    """The rows of one table that holds records of one class; `called` names one in messages.

    With `is_sealed`, each row has the digest of its question and a seal over all its fields, and what was not sealed on
    this machine is passed over.
    """

    def __init__(
        self,
        database: Database,
        seal: Seal,
        table: str,
        record: type[Record],
        called: str,
        *,
        names: Iterable[str] = ("tool",),
        is_sealed: bool = True,
    ) -> None:
        super().__init__(database, seal)
        self._table = table
        self.kept = KeptQuestions(database, table)
        self._called = called
        self._is_sealed = is_sealed
        self._columns = Columns(record, names)
        selected = (*self._columns.columns, "more", *(("seal",) if is_sealed else ()))
        self.selected = ", ".join(f"{table}.{name}" for name in selected)
        """What to select for `record_of`."""

    def select(self, rest: str = "", parameters: Sequence[Any] = ()) -> tuple[Record, ...]:
        """Return the records that a SELECT with this WHERE clause finds, oldest first; raises `CacheError`."""
        rows = self._database.rows(f"SELECT {self.selected} FROM {self._table} {rest} ORDER BY id", parameters)  # noqa: S608
        return tuple(record for row in rows if (record := self.record_of(row)) is not None)

    def find_by_question(self, questions: Iterable[str], statement: str) -> dict[str, Record]:
        """Return by question the first record that a SELECT of `digest` and `selected` finds for each.

        `{}` in the statement becomes the digests that are looked for.
        """
        wanted = {digest(question): question for question in self.kept.among(list(questions))}
        keys = list(wanted)
        found: dict[str, Record] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            for key, *row in self._database.rows(statement.format(",".join("?" * len(some))), some):
                question = wanted[key]
                if question not in found and (record := self.record_of(row, skip_newer=True)) is not None:
                    found[question] = record
        return found

    def keep(self, records: Iterable[Record], condition: str = "") -> None:
        """Keep records, all in one transaction, each where the condition holds."""
        some = list(records)
        with self.kept.adding([record.question for record in some] if self._is_sealed else []):  # type: ignore[attr-defined]
            self._put(self.insertion(condition), [self.row_of(record) for record in some])

    def insertion(self, condition: str = "") -> str:
        """Return the statement that keeps a row of `row_of`, in place of one with the same key."""
        names = (*self._columns.columns, "more", *(("digest", "seal") if self._is_sealed else ()))
        values = ", ".join(f":{name}" for name in names)
        return f"INSERT OR REPLACE INTO {self._table} ({', '.join(names)}) SELECT {values} {condition}"

    def row_of(self, record: Record) -> dict[str, Any]:
        """Return a record as it is written, by column."""
        values = self._columns.values(record)
        row = self._columns.written(values)
        row["more"] = more = self._columns.more(record)
        if self._is_sealed:
            row["digest"] = digest(record.question)  # type: ignore[attr-defined]  # every sealed record has one
            row["seal"] = self._seal.sign(self._table, *_sealed(values.values(), more))
        return row

    def record_of(self, row: Sequence[Any], *, skip_newer: bool = False) -> Record | None:
        """Return the record of a row; None where its seal does not match, or where `skip_newer` passes over it.

        Raises `CacheError` for a damaged row, and for one of a newer version that is not to be skipped.
        """
        if self._is_sealed:
            *values, more, seal = row
            if not self._seal.matches(seal, self._table, *_sealed(values, more)):
                return None
        else:
            *values, more = row
        try:
            return self._columns.read(values, more)
        except CodecError as error:
            if skip_newer and isinstance(error, UnknownToThisVersion):
                return None
            raise self._damaged(self._called, error) from error


def digest(question: str) -> bytes:
    """Return 16 bytes to find a question by: an index over texts of a megabyte would hold them all twice."""
    return hashlib.blake2b(to_bytes(question), digest_size=16).digest()


def plain_name(name: str) -> str:
    """Return a name as SQLite can take it; one that no tool can have stays one that no tool can have."""
    return name.encode("ascii", "replace").decode("ascii")


def _sealed(values: Iterable[Any], more: Any) -> Iterable[Any]:
    # Without `more` where nothing is in it, so that seals from before it came still match.
    return values if more is None else (*values, more)


def _stored(value: Any) -> Any:
    return to_bytes(value) if isinstance(value, str) else int(value) if isinstance(value, bool) else value
