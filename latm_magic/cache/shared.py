"""Which shared tools were verified on this machine: kept in the cache, sealed, under a digest.

The digest is over the offer and the ground that it was verified on, so a changed file is verified again.
"""

from __future__ import annotations

from latm_magic.cache.codec import CodecError, encode
from latm_magic.cache.table import Table
from latm_magic.cache.tools import read_tool
from latm_magic.tool import ToolVersion, fingerprint_of

_MOST_KEPT = 2_000
"""Verified offers that the cache remembers; the oldest make room."""


class SharedTable(Table):
    """The part of a cache that remembers which shared tools were verified here."""

    def find(self, digest: bytes) -> ToolVersion | None:
        """Return the tool that an offer was verified as; None where that was never kept on this machine."""
        for body, seal in self._database.rows("SELECT body, seal FROM shared WHERE digest = ?", (digest,)):
            if self._seal.matches(seal, "shared", digest, body):
                try:
                    tool = read_tool(body)
                except CodecError:  # sealed here, but by a version that wrote another record: verify it again
                    return None
                return tool if fingerprint_of(tool) == tool.fingerprint else None
        return None

    def keep(self, digest: bytes, tool: ToolVersion) -> None:
        """Remember that an offer was verified, and as which tool."""
        body = encode(tool)
        with self._database.change() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO shared (digest, body, seal) VALUES (?, ?, ?)",
                (digest, body, self._seal.sign("shared", digest, body)),
            )
            connection.execute("DELETE FROM shared WHERE id <= (SELECT MAX(id) FROM shared) - ?", (_MOST_KEPT,))
