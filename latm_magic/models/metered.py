"""A model around a model that puts every call into the ledger, and refuses one that could pass the budget.

It wraps the model directly, under recording and under all reading of replies, so that a reply that cannot be used is
counted too. Prices and sums are left to `prices.py` and `ledger.py`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import BudgetExceeded, LatmError, ModelError, NotRecorded, ReplyError
from latm_magic.events import ModelAsked, ignore
from latm_magic.models.keys import redact_keys
from latm_magic.models.ledger import Entry
from latm_magic.models.model import Reply, Usage, most_prompt_tokens
from latm_magic.text import one_line, quoted

if TYPE_CHECKING:
    from latm_magic.events import OnEvent
    from latm_magic.models.ledger import Ledger
    from latm_magic.models.model import Model, Request


_MOST_TOKENS = 10**9
"""Tokens of one call: what says more was not counted."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a call came to, as far as the ledger is concerned."""

    usage: Usage | None
    cost_usd: float | None
    seconds: float
    recorded: bool
    ok: bool


class MeteredModel:
    """A model around `inner` that keeps the ledger and the budget.

    `budget_usd` is for the session, so for all models on one ledger. A call is refused when its upper estimate (UTF-8
    bytes of the request / 3 as prompt tokens, plus `max_tokens`, at list price) would pass what is left; the estimates
    of calls that run at the same time are reserved. Where an endpoint takes no token limit, a reply can pass its
    estimate.
    A call that was given up at its deadline, or interrupted, may be charged all the same: its cost is unknown, and the
    budget counts the estimate.
    """

    def __init__(
        self, inner: Model, ledger: Ledger, *, budget_usd: float | None = None, on_event: OnEvent = ignore
    ) -> None:
        self._inner = inner
        self._ledger = ledger
        self._budget_usd = budget_usd
        self._on_event = on_event
        self._is_free = bool(getattr(inner, "is_free", False))
        self._base_url = str(getattr(inner, "base_url", ""))

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def base_url(self) -> str:
        """The inner model's endpoint, "" where it has none."""
        return self._base_url

    @property
    def supports_functions(self) -> bool | None:
        """Whether the inner model takes functions; None = not tried yet."""
        return getattr(self._inner, "supports_functions", None)

    def redact_keys(self, text: str) -> str:
        """Return `text` without the inner model's key, and without anything that looks like one."""
        return str(getattr(self._inner, "redact_keys", redact_keys)(text))

    def complete(self, request: Request) -> Reply:
        """Answer through the inner model, with `Reply.cost_usd` set; raises `BudgetExceeded` and what it raises."""
        most_usd = self._reserve(request)
        started = time.monotonic()
        try:
            reply = _checked(self._inner.complete(request))
        except ReplyError as error:
            outcome = self._outcome(error.usage, started, ok=False)
            error.cost_usd = outcome.cost_usd
            self._book(request, most_usd, outcome)
            raise
        except (NotRecorded, BudgetExceeded):
            self._ledger.spending.settle(most_usd, 0.0)
            raise
        except ModelError as error:
            outcome = _failed(started, may_be_charged=error.kind == "timeout")
            error.cost_usd = outcome.cost_usd
            self._book(request, most_usd, outcome)
            raise
        except KeyboardInterrupt:
            self._book(request, most_usd, _failed(started, may_be_charged=True))
            raise
        except LatmError:
            self._ledger.spending.settle(most_usd, 0.0)
            raise
        except Exception as error:  # noqa: BLE001  a model of yours may raise anything
            outcome = _failed(started, may_be_charged=True)
            self._book(request, most_usd, outcome)
            raise self._raised(error, request, outcome) from None  # a client's own error may hold the key
        except BaseException:
            self._ledger.spending.settle(most_usd, 0.0)
            raise
        outcome = self._outcome(reply.usage, started, ok=True, recorded=bool(reply.recorded))
        self._book(request, most_usd, outcome)
        return replace(reply, cost_usd=outcome.cost_usd)

    def _raised(self, error: Exception, request: Request, outcome: _Outcome) -> ModelError:
        """Return the error for what a model of yours raised, or gave in place of a reply."""
        said = one_line(self.redact_keys(f"{type(error).__name__}: {error}"))
        message = f"The {request.role} model {quoted(str(self.name))} raised {said}. Ask it by itself to see why."
        data = {"kind": "raised", "role": request.role, "model": self.name, "cost_usd": outcome.cost_usd}
        return ModelError(message, **data)

    def _reserve(self, request: Request) -> float:
        """Reserve and return the most that a call may cost in US dollars; 0 without a budget or where it is free."""
        if self._is_free or self._budget_usd is None:
            return 0.0
        most_usd = self._ledger.prices.most_usd(
            self.name, Usage(most_prompt_tokens(request), request.max_tokens), self._base_url
        )
        about = {"role": request.role, "model": self.name}
        if most_usd is None:
            raise BudgetExceeded(
                f"The price of {self.name!r} is unknown while budget_usd is set. Give it in `prices` "
                '({"input": ..., "output": ...}, dollars a million tokens), or unset budget_usd.',
                **about,
            )
        if not self._ledger.spending.reserve(most_usd, self._budget_usd):
            spending = self._ledger.spending
            raise BudgetExceeded(
                f"Asking {self.name!r} could cost up to {most_usd:.4f} USD; of your budget of {self._budget_usd:.4f}, "
                f"{spending.spent_usd:.4f} are spent and {spending.reserved_usd:.4f} set aside for running calls. "
                "Raise budget_usd, or name a cheaper model.",
                **about,
            )
        return most_usd

    def _cost_usd(self, usage: Usage | None) -> float | None:
        return None if usage is None else self._ledger.prices.cost_usd(self.name, usage, self._base_url)

    def _outcome(self, usage: Usage | None, started: float, *, ok: bool, recorded: bool = False) -> _Outcome:
        is_free = self._is_free or recorded
        cost_usd = 0.0 if is_free else self._cost_usd(usage)
        return _Outcome(usage, cost_usd, time.monotonic() - started, recorded=is_free, ok=ok)

    def _book(self, request: Request, most_usd: float, outcome: _Outcome) -> None:
        self._ledger.spending.settle(most_usd, most_usd if outcome.cost_usd is None else outcome.cost_usd)
        usage = outcome.usage or Usage(0, 0)
        self._ledger.add(
            Entry(
                time=datetime.now(tz=UTC).isoformat(timespec="seconds"),
                role=request.role,
                tool=request.tool,
                model=self.name,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                cost_usd=outcome.cost_usd,
                seconds=outcome.seconds,
                recorded=outcome.recorded,
                ok=outcome.ok,
            )
        )
        self._on_event(
            ModelAsked(
                role=request.role,
                model=self.name,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cost_usd=outcome.cost_usd,
                seconds=outcome.seconds,
            )
        )


def _failed(started: float, *, may_be_charged: bool) -> _Outcome:
    cost_usd = None if may_be_charged else 0.0
    return _Outcome(None, cost_usd, time.monotonic() - started, recorded=False, ok=False)


def _checked(reply: object) -> Reply:
    """Return a reply that is one: models of yours may give anything. Raises `TypeError`."""
    if not isinstance(reply, Reply) or not isinstance(reply.text, str) or not isinstance(reply.calls, tuple):
        raise TypeError(f"complete() gave a {type(reply).__name__} that is no models.model.Reply")
    usage = reply.usage
    if usage is None or all(
        type(count) is int and 0 <= count < _MOST_TOKENS
        for count in (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
    ):
        return reply
    return replace(reply, usage=None)
