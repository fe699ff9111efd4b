"""The project's router: built from what the cached tools own, taught by confirmed decisions, saved with the cache.

Which tool serves a question is `router.py`'s business; here is only that it knows the tools that are there now.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from latm_magic.cache.records import ConfirmedRoute
from latm_magic.errors import CacheError
from latm_magic.routing.lexical.file import NotReadable
from latm_magic.routing.lexical.router import Router

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.cache.records import DecidedBy
    from latm_magic.routing.lexical.router import Decision
    from latm_magic.tool import ToolVersion

__all__ = ["HEAD_CHARACTERS", "Routing"]

HEAD_CHARACTERS = 24
"""How much of a question's beginning tells its wording where no other tool has questions that begin so."""

_WORTH_SAVING = 50
"""Tools that take so long to take in that the router is saved at once, and not only when the session ends."""


class Routing:
    """The router of one project, loaded when first asked. Any number of threads may ask."""

    def __init__(self, cache: Cache) -> None:
        """Keep the cache; nothing is read yet."""
        self._cache = cache
        self._router: Router | None = None
        self._known: dict[str, str] = {}
        self._seen: Sequence[ToolVersion] | None = None
        self._heads: dict[str, str] = {}
        self._changed = False
        self._lock = threading.RLock()

    def decide(self, tools: Sequence[ToolVersion], questions: Iterable[str]) -> list[Decision]:
        """Say for each question which of `tools`, all that are cached now, it is likely for."""
        with self._lock:
            return self._for(tools).decide_many(questions)

    def heads(self, tools: Sequence[ToolVersion]) -> dict[str, str]:
        """Give the beginnings that several questions of one tool share, and no other tool's, with that tool's name.

        For large batches: whose parser tries first is then known in a microsecond, without the router.
        """
        with self._lock:
            self._for(tools)
            return self._heads

    def learn(self, confirmed: Sequence[ConfirmedRoute]) -> None:
        """Take in decisions that were borne out by a parser, a checked call or you; they are kept in the cache too."""
        if not confirmed:
            return
        try:
            self._cache.routes.keep(confirmed)
        except CacheError:
            pass  # a cache that cannot be written: what was learned lasts as long as the session
        with self._lock:
            for decision in confirmed:
                if self._router is not None and decision.tool in self._router:
                    self._changed |= self._router.learn(decision.tool, decision.question)

    def teaches(self, question: str, tool: str, by: DecidedBy) -> ConfirmedRoute:
        """Give the record of a confirmed decision."""
        return ConfirmedRoute(tool=tool, question=question, by=by)

    def save(self) -> None:
        """Keep what was learned, so that the next session need not learn it again."""
        with self._lock:
            if self._router is None or not self._changed:
                return
            head = json.dumps(self._known, sort_keys=True).encode()
            try:
                self._cache.routes.keep_router_state(head + b"\n" + self._router.save())
            except CacheError:
                return  # a cache that cannot be written: the router is made anew next time, only slower
            self._changed = False

    def _for(self, tools: Sequence[ToolVersion]) -> Router:
        router = self._router if self._router is not None else self._load()
        if tools is not self._seen:
            self._take_in(router, tools)
            self._heads = _heads(tools)
            self._seen = tools
        return router

    def _load(self) -> Router:
        content = self._cache.routes.router_state()
        router = Router()
        if content is not None:
            head, _, body = content.partition(b"\n")
            try:
                router, self._known = Router.load(body), dict(json.loads(head))
            except (NotReadable, ValueError):
                router, self._known = Router(), {}
        for decision in self._cache.routes.confirmed():
            if decision.tool in router:
                self._changed |= router.learn(decision.tool, decision.question)
        self._router = router
        return router

    def _take_in(self, router: Router, tools: Sequence[ToolVersion]) -> None:
        current = {tool.name: tool for tool in tools}
        gone = [name for name in self._known if name not in current]
        new = [tool for tool in tools if self._known.get(tool.name) != tool.fingerprint]
        for name in gone:
            router.drop(name)
            del self._known[name]
        if new:
            taught: dict[str, list[str]] = {}
            for decision in self._cache.routes.confirmed():
                taught.setdefault(decision.tool, []).append(decision.question)
            for tool in new:
                own = [sample.question for sample in (*tool.earlier, *tool.samples)]
                router.add(tool.name, [*own, *taught.get(tool.name, ())])
                self._known[tool.name] = tool.fingerprint
        self._changed |= bool(gone or new)
        if len(new) >= _WORTH_SAVING:
            self.save()


def _heads(tools: Sequence[ToolVersion]) -> dict[str, str]:
    counts: dict[str, dict[str, int]] = {}
    for tool in tools:
        for sample in (*tool.samples, *tool.earlier):
            owners = counts.setdefault(sample.question[:HEAD_CHARACTERS], {})
            owners[tool.name] = owners.get(tool.name, 0) + 1
    single = {head: owners.popitem() for head, owners in counts.items() if len(owners) == 1}
    return {head: name for head, (name, count) in single.items() if count > 1 and len(head) == HEAD_CHARACTERS}
