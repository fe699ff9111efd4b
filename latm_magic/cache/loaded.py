"""The tools of a cache as a session holds them in memory: read once, and again only when some kernel changed one.

Saves reading and checking a thousand tools for every question. The cache stays the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm_magic.cache.cache import Cache
    from latm_magic.tool import ToolVersion

__all__ = ["LoadedTools"]


class LoadedTools:
    """Current tool versions and whether they are trusted, as of the cache's last change."""

    def __init__(self, cache: Cache) -> None:
        """Keep the cache; nothing is read yet."""
        self._cache = cache
        self._revision: tuple[int, ...] | None = None
        self._current: tuple[tuple[Any, ...], ...] = ()
        self._tools: tuple[ToolVersion, ...] = ()
        self._trusted: dict[tuple[str, int], tuple[ToolVersion, bool]] = {}

    def tools(self) -> tuple[ToolVersion, ...]:
        """Give the current version of every tool, by name."""
        revision = self._cache.revision()
        if revision != self._revision:
            current = self._cache.tools.state()
            if current != self._current:
                self._tools, self._current = self._cache.tools.current(), current
                self._trusted.clear()
            self._revision = revision
        return self._tools

    def is_trusted(self, tool: ToolVersion) -> bool:
        """Say whether a tool was put into the cache on this machine; asked of the cache once a record."""
        key = (tool.name, tool.version)
        known = self._trusted.get(key)
        if known is None or known[0] is not tool:
            known = self._trusted[key] = tool, self._cache.tools.is_trusted(tool)
        return known[1]

    def forget(self) -> None:
        """Read everything anew: a tool was dropped, verified again or admitted."""
        self._revision, self._current, self._tools = None, (), ()
        self._trusted.clear()
