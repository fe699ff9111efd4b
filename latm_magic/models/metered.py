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
from latm_magic.models.model import Reply, Usage, most_completion_tokens, most_prompt_tokens
from latm_magic.models.spending import Further
from latm_magic.text import one_line, quoted

if TYPE_CHECKING:
    from latm_magic.events import OnEvent
    from latm_magic.models.ledger import Ledger
    from latm_magic.models.model import Model, Request

_MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a call came to, as far as the ledger is concerned."""

    usage: Usage | None
    known_usd: float | None
    """US dollars of the reply itself; None = unknown."""
    unknown: int
    """Replies of unknown cost, those that broke off among them: each counts with its estimate."""
    seconds: float
    recorded: bool
    ok: bool

    @property
    def cost_usd(self) -> float | None:
        """US dollars of the call; None = unknown."""
        return None if self.unknown else self.known_usd


class MeteredModel:
    """A model around `inner` that keeps the ledger and the budget.

    `budget_usd` is for the session, so for all models on one ledger. A call is refused when its upper estimate (UTF-8
    bytes of the request / 3 as prompt tokens, plus `max_tokens`, at list price) would pass what is left; the estimates
    of calls that run at the same time are reserved, and one more before a reply that broke off is asked for again.
    Without a limit a reply counts as `UNLIMITED_TOKENS`; there, and where an endpoint takes none, it can pass that.
    A call that was given up at its deadline, interrupted, or failed in a way that nobody foresaw may be charged all the
    same, as may every reply that broke off: their cost is unknown, and the budget counts the estimate of each.
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
        """Answer through the inner model, with `Reply.cost_usd` set; raises `BudgetExceeded` and what it raises.

        Raises `CacheError`, and asks nothing, where what earlier calls cost cannot be written down.
        """
        self._ledger.check()
        most_usd = self._reserve(request)
        with Further(self._ledger.spending, most_usd, self._budget_usd):
            return self._complete(request, most_usd)

    def _complete(self, request: Request, most_usd: float) -> Reply:
        started = time.monotonic()
        try:
            reply = self._checked(self._inner.complete(request), request)
        except (NotRecorded, BudgetExceeded):
            self._ledger.spending.settle(most_usd, 0.0)
            raise
        except ModelError as error:
            outcome = self._failed(error, started)
            error.cost_usd = outcome.cost_usd
            self._book(request, most_usd, outcome)
            raise
        except LatmError:  # nothing was asked
            self._ledger.spending.settle(most_usd, 0.0)
            raise
        except Exception as error:  # noqa: BLE001 - a model of yours may raise anything
            self._book(request, most_usd, _unknown(started))
            raise self._raised(error, request) from None  # a client's own error may hold the key
        except BaseException:
            self._book(request, most_usd, _unknown(started))
            raise
        outcome = self._outcome(reply, started, ok=True)
        self._book(request, most_usd, outcome)
        return replace(reply, cost_usd=outcome.cost_usd)

    def _checked(self, reply: object, request: Request) -> Reply:
        """Return a reply that is one: models of yours may give anything.

        Raises `TypeError`, and `ReplyError` where the model was stopped while it was thinking aloud.
        """
        if not isinstance(reply, Reply) or not isinstance(reply.text, str) or not isinstance(reply.calls, tuple):
            raise TypeError(f"complete() gave a {type(reply).__name__} that is no models.model.Reply")
        if not reply.is_unfinished:
            return reply
        raise ReplyError(
            f"The reply of {self.name} was cut off while it was thinking, after {len(reply.written)} characters. "
            "Raise max_tokens, or name another model.",
            kind="cut off",
            reply=reply.written,
            usage=reply.usage,
            recorded=bool(reply.recorded),
            broken_off=reply.broken_off,
            role=request.role,
            model=self.name,
        )

    def _raised(self, error: Exception, request: Request) -> ModelError:
        """Return the error for what a model of yours raised, or gave in place of a reply."""
        said = one_line(self.redact_keys(f"{type(error).__name__}: {error}"[:_MOST_CHARACTERS]))
        message = f"The {request.role} model {quoted(str(self.name))} raised {said}. Ask it by itself to see why."
        return ModelError(message, kind="raised", role=request.role, model=self.name, cost_usd=None)

    def _reserve(self, request: Request) -> float:
        """Reserve and return the most that a call may cost in US dollars; 0 without a budget or where it is free."""
        if self._is_free or self._budget_usd is None:
            return 0.0
        most_usd = self._ledger.prices.most_usd(
            self.name, Usage(most_prompt_tokens(request), most_completion_tokens(request)), self._base_url
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

    def _outcome(self, told: Reply | ReplyError, started: float, *, ok: bool) -> _Outcome:
        """Return what a reply came to; replies that broke off before it make its cost unknown."""
        usage = told.usage if isinstance(told.usage, Usage) and told.usage.is_plausible else None
        is_free = self._is_free or bool(getattr(told, "recorded", ""))
        own_usd = 0.0 if is_free else self._cost_usd(usage)
        return _Outcome(
            usage,
            own_usd,
            0 if is_free else told.broken_off + (own_usd is None),
            time.monotonic() - started,
            recorded=is_free,
            ok=ok,
        )

    def _failed(self, error: ModelError, started: float) -> _Outcome:
        if isinstance(error, ReplyError):
            return self._outcome(error, started, ok=False)
        unknown = max(error.broken_off, int(error.kind == "timeout"))
        return _Outcome(None, 0.0, unknown, time.monotonic() - started, recorded=False, ok=False)

    def _book(self, request: Request, most_usd: float, outcome: _Outcome) -> None:
        self._ledger.spending.settle(most_usd, (outcome.known_usd or 0.0) + most_usd * outcome.unknown)
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
                run=request.run,
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


def _unknown(started: float) -> _Outcome:
    return _Outcome(None, None, 1, time.monotonic() - started, recorded=False, ok=False)
