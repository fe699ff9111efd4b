"""What the tables of a cache share: its file, its seal, and how texts become keys."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import to_bytes
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal

__all__ = ["WHERE_TOOL", "Table", "digest", "plain_name"]


WHERE_TOOL = "WHERE EXISTS (SELECT 1 FROM tool WHERE name = ?1)"
_MOVE_AWAY = "move the file away, or set cache_dir to another folder"


class Table:
    """One part of a cache: a table, or a few that belong together."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def _put(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once a row, all in one transaction."""
        if rows:
            with self._database.change() as connection:
                connection.executemany(statement, rows)

    def _take_away(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do the same where there is a cache; nothing needs to be taken from one that is not there."""
        if self._database.exists:
            self._put(statement, rows)

    def _sealed(self, table: str, columns: str, tool: str | None = None) -> list[tuple[Any, ...]]:
        where, parameters = ("", ()) if tool is None else ("WHERE tool = ?", (plain_name(tool),))
        rows = self._database.rows(f"SELECT {columns}, seal FROM {table} {where} ORDER BY id", parameters)  # noqa: S608
        return [tuple(values) for *values, seal in rows if self._seal.matches(seal, table, *values)]

    def _put_sealed(self, table: str, columns: str, records: list[tuple[Any, ...]]) -> None:
        """Keep rows that begin with a tool and hold a question; one to the same question is replaced."""
        place = columns.split(", ").index("question")
        rows = []
        for tool, *rest in records:
            values = [to_bytes(value) if isinstance(value, str) else value for value in (plain_name(tool), *rest)]
            seal = self._seal.sign(table, *values)
            rows.append((plain_name(tool), *values[1:], digest((tool, *rest)[place]), seal))
        marks = ", ".join(f"?{number}" for number in range(1, columns.count(",") + 4))
        self._put(
            f"INSERT OR REPLACE INTO {table} ({columns}, digest, seal) SELECT {marks} {WHERE_TOOL}",
            rows,
        )

    def _damaged(self, what: str, why: object, advice: str = _MOVE_AWAY) -> CacheError:
        return CacheError(f"{what} in {self._database.path} is damaged ({why}): {advice}.", path=self._database.path)


def digest(question: str) -> bytes:
    """Give 16 bytes to find a question by: an index over texts of a megabyte would hold them all twice."""
    return hashlib.blake2b(to_bytes(question), digest_size=16).digest()


def plain_name(name: str) -> str:
    """Give a name as SQLite can take it; one that no tool can have stays one that no tool can have."""
    return name.encode("ascii", "replace").decode("ascii")
