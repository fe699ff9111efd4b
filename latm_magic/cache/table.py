"""What the parts of a cache share: its file, its seal, and how texts become keys."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import to_bytes
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal

__all__ = ["Shelf", "digest", "plain_name"]


_MOVE_AWAY = "move the file away, or set cache_dir to another folder"


class Shelf:
    """One part of a cache."""

    def __init__(self, database: Database, seal: Seal) -> None:
        """Share the file and the seal with the other parts."""
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

    def _damaged(self, what: str, why: object, advice: str = _MOVE_AWAY) -> CacheError:
        return CacheError(f"{what} in {self._database.path} is damaged ({why}): {advice}.", path=self._database.path)


def digest(question: str) -> bytes:
    """Give 16 bytes to find a question by: an index over texts of a megabyte would hold them all twice."""
    return hashlib.blake2b(to_bytes(question), digest_size=16).digest()


def plain_name(name: str) -> str:
    """Give a name as SQLite can take it; one that no tool can have stays one that no tool can have."""
    return name.encode("ascii", "replace").decode("ascii")
