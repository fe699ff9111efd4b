"""A model around a model that asks once more, with all the tokens that you allow, where a short limit cut a reply off.

Choosing a tool or filling a call takes few tokens, and a low limit keeps a budget's reservations small; a model that
thinks first spends it before it writes anything. Metering and recording are inside, so both requests are on record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latm_magic.errors import BudgetExceeded, CacheError, ModelError, NotRecorded, ReplyError
from latm_magic.models.keys import redact_keys
from latm_magic.models.model import Usage

if TYPE_CHECKING:
    from latm_magic.models.model import Model, Reply, Request


class UncutModel:
    """A model around `inner` with `most_tokens`, the most completion tokens of any reply (None: no limit).

    A request's own limit is what it is asked with first. Once a reply was all thinking at that, and came at the second
    request, later ones are asked with `most_tokens` at once.
    """

    def __init__(self, inner: Model, most_tokens: int | None) -> None:
        self._inner = inner
        self._most_tokens = most_tokens
        self._thinks_long = False

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def base_url(self) -> str:
        """The inner model's endpoint, "" where it has none."""
        return str(getattr(self._inner, "base_url", ""))

    def redact_keys(self, text: str) -> str:
        """Return `text` without the inner model's key, and without anything that looks like one."""
        return str(getattr(self._inner, "redact_keys", redact_keys)(text))

    @property
    def supports_functions(self) -> bool | None:
        """Whether the inner model takes functions; None = not tried yet."""
        return getattr(self._inner, "supports_functions", None)

    def complete(self, request: Request) -> Reply:
        """Answer through the inner model; a reply, or an error, of a second request counts what both cost."""
        most = self._most_tokens
        request = replace(request, max_tokens=most if self._thinks_long else _smaller(request.max_tokens, most))
        try:
            return self._inner.complete(request)
        except ReplyError as fault:
            if fault.kind != "cut off" or request.max_tokens == most or fault.limit not in (None, request.max_tokens):
                raise
            return self._again(replace(request, max_tokens=most), fault)

    def _again(self, request: Request, first: ReplyError) -> Reply:
        try:
            reply = self._inner.complete(request)
        except (BudgetExceeded, CacheError, NotRecorded):  # nothing was asked
            raise first from None
        except ModelError as fault:
            fault.usage, fault.cost_usd = _both(first, fault)
            raise fault from None
        self._thinks_long = self._thinks_long or not first.reply.strip()
        usage, cost_usd = _both(first, reply)
        return replace(reply, usage=usage, cost_usd=cost_usd)


def _smaller(one: int | None, other: int | None) -> int | None:
    """Return the smaller of two limits, of which None is none."""
    return other if one is None else one if other is None else min(one, other)


def _both(first: ModelError, second: Reply | ModelError) -> tuple[Usage | None, float | None]:
    """Return the tokens and the US dollars of two requests; an unknown cost stays unknown."""
    counted = [usage for usage in (first.usage, second.usage) if usage is not None]
    usage = Usage(
        sum(each.prompt_tokens for each in counted),
        sum(each.completion_tokens for each in counted),
        sum(each.cached_tokens for each in counted),
    )
    known = first.cost_usd is not None and second.cost_usd is not None
    return usage if counted else None, (first.cost_usd or 0.0) + (second.cost_usd or 0.0) if known else None
