"""Replies that a run paid for, kept beside its file: what was asked before it was interrupted is not asked again.

Replies are kept by cell, in the order in which they came, so that a request that is meant to be asked several times is.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import BudgetExceeded, ReplyError
from latm_magic.evaluation.lines import cut_half_line
from latm_magic.models import recording_file
from latm_magic.models.keys import redact_keys
from latm_magic.models.model import Reply, digest
from latm_magic.models.recording_file import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from latm_magic.models.model import Model, Request


class KeptModel:
    """A model around `inner` that answers from the file at `path` what that holds, and adds to it what it asks.

    A reply that was played from a recording costs nothing and is not kept. `count` is told the tokens of each reply
    that is taken from the file, since the inner model's ledger does not see it.
    """

    def __init__(self, inner: Model, path: Path, count: Callable[[Model, Reply | ReplyError], None]) -> None:
        self._inner = inner
        self._path = path
        self._count = count
        self._asking = threading.Lock()
        self._kept: defaultdict[str, deque[Exchange]] = defaultdict(deque)
        self.over_budget: BudgetExceeded | None = None
        """Set where the budget did not allow a call."""
        if path.exists():
            cut_half_line(path)
            for exchange in recording_file.read(path):
                self._kept[exchange.digest].append(exchange)

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def base_url(self) -> str:
        """The inner model's endpoint, "" where it has none."""
        return str(getattr(self._inner, "base_url", ""))

    @property
    def supports_functions(self) -> bool | None:
        """Whether the inner model takes functions; None = not tried yet."""
        return getattr(self._inner, "supports_functions", None)

    def complete(self, request: Request) -> Reply:
        """Answer from the file, else through the inner model; raises what that raises."""
        with self._asking:
            waiting = self._kept.get(digest(request))
            kept = waiting.popleft() if waiting else None
        return self._ask(request) if kept is None else self._replay(kept, request)

    def _replay(self, kept: Exchange, request: Request) -> Reply:
        if not kept.flaw:
            reply = replace(kept.reply, recorded="")
            self._count(self._inner, reply)
            return reply
        error = ReplyError(
            f"The reply of {self.name} is {kept.flaw}: it cannot be used.",
            kind=kept.flaw,
            reply=kept.reply.text,
            usage=kept.reply.usage,
            role=request.role,
            model=self.name,
        )
        self._count(self._inner, error)
        raise error

    def _ask(self, request: Request) -> Reply:
        try:
            # The inner model has a ledger of its own: bills that are open here get the call once, from the ledger here.
            reply = Context().run(self._inner.complete, request)
        except BudgetExceeded as fault:
            self.over_budget = fault
            raise
        except ReplyError as fault:
            if not getattr(fault, "recorded", False):
                self._keep(request, Reply(fault.reply, usage=fault.usage, finish_reason=""), fault.kind)
            raise
        if not reply.recorded:
            self._keep(request, reply)
        return reply

    def _keep(self, request: Request, reply: Reply, flaw: str = "") -> None:
        redact: Callable[[str], str] = getattr(self._inner, "redact_keys", redact_keys)
        clean = replace(
            reply,
            text=redact(reply.text),
            thinking=redact(reply.thinking),
            calls=tuple(replace(call, arguments=redact(call.arguments)) for call in reply.calls),
        )
        date = datetime.now(tz=UTC).date().isoformat()
        with self._asking:
            recording_file.append(self._path, Exchange(digest(request), request.role, self.name, date, clean, flaw))
