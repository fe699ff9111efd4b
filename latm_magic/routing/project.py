"""The project's router: built from the questions of the cached tools, taught by confirmed routes, saved with the cache.

Which tool a question is for is left to a `Router`; this only keeps it in step with the tools that are there now.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from latm_magic.errors import CacheError
from latm_magic.routing.beginnings import Beginnings
from latm_magic.routing.lexical.router import LexicalRouter
from latm_magic.routing.router import NotReadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.cache.records import ConfirmedRoute
    from latm_magic.routing.router import Decision, Router
    from latm_magic.tool import ToolVersion

_WORTH_SAVING = 50
"""New tools that take so long to add that the router is saved at once, and not only when the session ends."""


class ProjectRouter:
    """The router of one project, loaded when first asked. Any number of threads may ask.

    `make_router` returns a router that knows nothing yet.
    """

    def __init__(self, cache: Cache, make_router: Callable[[], Router] = LexicalRouter) -> None:
        self._cache = cache
        self._make_router = make_router
        self._router: Router | None = None
        self._fingerprints: dict[str, str] = {}
        self._seen: Sequence[ToolVersion] | None = None
        self._beginnings: Beginnings | None = None
        self._changed = False
        self._lock = threading.RLock()

    def decide(self, tools: Sequence[ToolVersion], questions: Iterable[str]) -> list[Decision]:
        """Return for each question which of `tools`, all that are cached now, it is likely for."""
        with self._lock:
            return self._current(tools).decide_many(questions)

    def related(self, tools: Sequence[ToolVersion], question: str) -> list[str]:
        """Return the names of the tools whose questions have something in common with one, the likeliest first."""
        with self._lock:
            return self._current(tools).related(question)

    def beginnings(self, tools: Sequence[ToolVersion]) -> Beginnings:
        """Return what tells, without the router, which questions only one of the tools could be for."""
        with self._lock:
            self._current(tools)
            if self._beginnings is None:
                self._beginnings = Beginnings(tools)
            return self._beginnings

    def learn(self, confirmed: Sequence[ConfirmedRoute]) -> None:
        """Learn routes that a parser, a checked call or you confirmed; they are kept in the cache too."""
        if not confirmed:
            return
        try:
            self._cache.routes.keep(confirmed)
        except CacheError:
            pass  # a cache that cannot be written: what was learned lasts as long as the session
        with self._lock:
            if self._router is not None:
                self._learn(self._router, confirmed)

    def save(self) -> None:
        """Keep what was learned, so that the next session need not learn it again."""
        with self._lock:
            if self._router is None or not self._changed:
                return
            header = json.dumps(self._fingerprints, sort_keys=True).encode()
            try:
                self._cache.routes.keep_router_state(header + b"\n" + self._router.save())
            except CacheError:
                return  # a cache that cannot be written: the router is made anew next time, only slower
            self._changed = False

    def state(self, tools: Sequence[ToolVersion]) -> bytes | None:
        """Return what the router knows, for one in another process; None where that cannot be kept."""
        with self._lock:
            self._current(tools)
            self.save()
            try:
                return self._cache.routes.router_state()
            except CacheError:
                return None

    def _current(self, tools: Sequence[ToolVersion]) -> Router:
        """Return the router, in step with the tools."""
        if self._router is None:
            self._router = self._load()
        if tools is not self._seen:
            self._update(self._router, tools)
            self._beginnings = None
            self._seen = tools
        return self._router

    def _load(self) -> Router:
        router = self._make_router()
        content = self._cache.routes.router_state()
        if content is not None:
            header, _, body = content.partition(b"\n")
            try:
                router.load(body)
                self._fingerprints = dict(json.loads(header))
            except (NotReadable, ValueError):
                router, self._fingerprints = self._make_router(), {}
        self._learn(router, self._cache.routes.confirmed())
        return router

    def _learn(self, router: Router, confirmed: Iterable[ConfirmedRoute]) -> None:
        for route in confirmed:
            if route.tool in router:
                self._changed |= router.learn(route.tool, route.question)

    def _update(self, router: Router, tools: Sequence[ToolVersion]) -> None:
        """Drop the tools that are gone, and add those that are new or have another version."""
        current = {tool.name for tool in tools}
        gone = [name for name in self._fingerprints if name not in current]
        new = [tool for tool in tools if self._fingerprints.get(tool.name) != tool.fingerprint]
        for name in gone:
            router.drop(name)
            del self._fingerprints[name]
        if new:
            confirmed: dict[str, list[str]] = {}
            for route in self._cache.routes.confirmed():
                confirmed.setdefault(route.tool, []).append(route.question)
            for tool in new:
                own = [s.question for s in (*tool.earlier, *tool.samples) if s.expects != "refusal"]
                router.add(tool.name, [*own, *confirmed.get(tool.name, ())])
                self._fingerprints[tool.name] = tool.fingerprint
        self._changed |= bool(gone or new)
        if len(new) >= _WORTH_SAVING:
            self.save()
