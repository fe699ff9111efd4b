"""Whole records by kind and name, with all their versions: room for what later features keep, without a new format.

What a kind holds is decided by whoever keeps it. Documents are sealed, and only what was kept on this machine is
returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from latm_magic.cache.codec import CodecError, decode, from_bytes, to_bytes
from latm_magic.cache.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

Record = TypeVar("Record")


class DocumentTable(Table):
    """The part of a cache that keeps records of any kind, as JSON."""

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names of all documents of a kind, sorted."""
        return tuple(sorted({from_bytes(name) for name, _, _ in self._sealed("kind = ?", kind)}))

    def state(self, kind: str) -> tuple[int, int]:
        """Return what is the same only while no document of a kind was kept or removed: cheaper than reading them."""
        rows = self._database.rows("SELECT COUNT(*), MAX(id) FROM document WHERE kind = ?", (kind,))
        count, newest = rows[0] if rows else (0, None)  # no row where there is no cache yet
        return count, newest or 0

    def find(self, kind: str, name: str, record: type[Record], version: int | None = None) -> Record | None:
        """Return the newest version of a document, or the one of that number; None where there is none."""
        rows = self._sealed("kind = ? AND name = ?", kind, to_bytes(name))
        found = [content for _, number, content in rows if version in {None, number}]
        return self._read(kind, name, record, found[-1]) if found else None

    def versions(self, kind: str, name: str, record: type[Record]) -> tuple[Record, ...]:
        """Return all versions of a document, oldest first."""
        found = self._sealed("kind = ? AND name = ?", kind, to_bytes(name))
        return tuple(self._read(kind, name, record, content) for _, _, content in found)

    def keep(self, kind: str, name: str, record: Any, created: str = "") -> int:
        """Keep a record as the next version of its name, and return that number.

        `created` is an ISO date and time, UTC. Raises `CacheError` for a record that cannot be written.
        """
        return self.keep_all(kind, name, [(record, created)])

    def keep_all(self, kind: str, name: str, records: Sequence[tuple[Any, str]]) -> int:
        """Keep records, each with its `created`, as the next versions of a name; return the last number.

        All in one transaction. Raises `CacheError` for one that cannot be written.
        """
        key = to_bytes(name)
        contents = [(self._encoded(f"The {kind} {name!r}", record), to_bytes(created)) for record, created in records]
        with self._database.change() as connection:
            ((highest,),) = connection.execute(
                "SELECT MAX(version) FROM document WHERE kind = ? AND name = ?", (kind, key)
            )
            rows = [(key, number, *content) for number, content in enumerate(contents, start=(highest or 0) + 1)]
            connection.executemany(
                "INSERT INTO document (kind, name, version, content, created, seal) VALUES (?, ?, ?, ?, ?, ?)",
                [(kind, *values, self._seal.sign("document", kind.encode(), *values)) for values in rows],
            )
        return (highest or 0) + len(rows)

    def drop(self, kind: str, name: str) -> None:
        """Remove a document with all its versions, if there is one."""
        self._take_away("DELETE FROM document WHERE kind = ? AND name = ?", [(kind, to_bytes(name))])

    def drop_version(self, kind: str, name: str, place: int) -> None:
        """Remove one version of a document by its place among `versions`, from 0, if there is one."""
        found = self._sealed("kind = ? AND name = ?", kind, to_bytes(name))
        rows = [(kind, name, version) for name, version, _ in found[place : place + 1]]
        self._take_away("DELETE FROM document WHERE kind = ? AND name = ? AND version = ?", rows)

    def _sealed(self, where: str, *parameters: Any) -> list[tuple[bytes, int, bytes]]:
        """Return name, version and content of the documents that were sealed on this machine, oldest first."""
        rows = self._database.rows(
            f"SELECT kind, name, version, content, created, seal FROM document WHERE {where} ORDER BY id",  # noqa: S608
            parameters,
        )
        return [tuple(values[1:4]) for *values, seal in rows if self._seal.matches(seal, "document", *values)]

    def _read(self, kind: str, name: str, record: type[Record], content: bytes) -> Record:
        try:
            return decode(record, content)
        except CodecError as error:
            raise self._damaged(f"The {kind} {name!r}", error) from error
