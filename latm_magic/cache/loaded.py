"""The tools of a cache as a session holds them in memory: read once, and again only when some kernel changed one.

Saves reading and checking a thousand tools for every question. The cache stays the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm_magic.cache.cache import Cache
    from latm_magic.tool import ToolVersion


class LoadedTools:
    """Current tool versions and whether they are trusted, as of the cache's last change."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._revision: tuple[int, ...] | None = None
        self._state: tuple[tuple[Any, ...], ...] = ()
        self._tools: tuple[ToolVersion, ...] = ()
        self._trusted: dict[tuple[str, int], tuple[ToolVersion, bool]] = {}

    def tools(self) -> tuple[ToolVersion, ...]:
        """Return the current version of every tool, by name."""
        revision = self._cache.revision()
        if revision != self._revision:
            state = self._cache.tools.state()
            if state != self._state:
                self._tools, self._state = self._cache.tools.current(), state
                self._trusted.clear()
            self._revision = revision
        return self._tools

    def is_trusted(self, tool: ToolVersion) -> bool:
        """Return whether a tool was put into the cache on this machine; asked of the cache once for each record."""
        key = (tool.name, tool.version)
        known = self._trusted.get(key)
        if known is None or known[0] is not tool:
            known = self._trusted[key] = tool, self._cache.tools.is_trusted(tool)
        return known[1]

    def forget(self) -> None:
        """Read everything anew: a tool was dropped, verified again or admitted."""
        self._revision, self._state, self._tools = None, (), ()
        self._trusted.clear()
