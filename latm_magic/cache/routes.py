"""What the router learned, and from what: questions that are known to belong to a tool, and the saved router.

Both are sealed, and only what was kept on this machine is given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latm_magic.cache.records import ConfirmedRoute
from latm_magic.cache.table import OF_KNOWN_TOOL, RecordRows, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal


class RouteTable(Table):
    """The part of a cache that keeps what the router needs."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._confirmed = RecordRows(database, seal, "decision", ConfirmedRoute, "A confirmed route")

    def confirmed(self) -> tuple[ConfirmedRoute, ...]:
        """Return the questions that are known to belong to a tool, each with its last route, oldest first."""
        return self._confirmed.select()

    def keep(self, routes: Iterable[ConfirmedRoute]) -> None:
        """Keep confirmed routes, all in one transaction; those of tools that the cache does not hold are left out."""
        self._confirmed.keep(routes, OF_KNOWN_TOOL)

    def router_state(self) -> bytes | None:
        """Return what the router saved on this machine; None where it saved nothing."""
        for content, seal in self._database.rows("SELECT content, seal FROM router"):
            if self._seal.matches(seal, "router", content):
                return cast("bytes", content)
        return None

    def keep_router_state(self, content: bytes) -> None:
        """Keep what the router learned, in place of what it saved before."""
        self._put(
            "INSERT OR REPLACE INTO router (id, content, seal) VALUES (1, ?, ?)",
            [(content, self._seal.sign("router", content))],
        )
