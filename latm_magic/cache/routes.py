"""What the router learned, and from what: questions that are known to belong to a tool, and the saved router.

Both are sealed, and only what was kept on this machine is given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latm_magic.cache.codec import from_bytes
from latm_magic.cache.records import ConfirmedRoute
from latm_magic.cache.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.records import DecidedBy

__all__ = ["RouteTable"]


class RouteTable(Table):
    """The part of a cache that keeps what the router needs."""

    def confirmed(self) -> tuple[ConfirmedRoute, ...]:
        """Return the questions that are known to belong to a tool, each with its last route, oldest first."""
        rows = self._sealed("decision", "tool, question, by")
        return tuple(
            ConfirmedRoute(from_bytes(question), from_bytes(tool), cast("DecidedBy", from_bytes(by)))
            for tool, question, by in rows
        )

    def keep(self, routes: Iterable[ConfirmedRoute]) -> None:
        """Keep confirmed routes, all in one transaction; those of tools that the cache does not hold are left out."""
        self._put_sealed("decision", "tool, question, by", [(r.tool, r.question, r.by) for r in routes])

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
