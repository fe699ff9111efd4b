"""A model behind any OpenAI-compatible endpoint: the `Model` that asks for real.

One `complete` is one deadline over all attempts, whichever parameters have to be dropped on the way. What a model
refuses is remembered here, for this model at this endpoint. Recording, metering and budgets are left to the wrappers.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from latm_magic.errors import ModelError
from latm_magic.models.attempts import Attempts
from latm_magic.models.chat import fault_inside, read_reply, request_body
from latm_magic.models.deadline import Deadline, DeadlinePassed, run_until
from latm_magic.models.dialect import Dialect, after_refusal
from latm_magic.models.endpoint import Endpoint
from latm_magic.models.faults import Fault, RequestInfo, kind_of, model_error, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.models.attempts import OnWait
    from latm_magic.models.listening import OnText
    from latm_magic.models.model import Reply, Request
    from latm_magic.models.offers import Listed

_LISTING_DEADLINE_S = 10.0


def _wait_silently(_seconds: float, _reason: str) -> None:
    pass


class OpenAIModel:
    """A chat model by name. Any number of threads may ask it; an interrupted call leaves it usable.

    `deadline_s` seconds are the limit for one call, retries and all. `on_wait(seconds, reason)` is told, on the calling
    thread, when a rate limit is waited out (never longer than 20 s); `on_text(end, characters)` the same way, a few
    times a second, what a streamed reply says so far. An interrupted call is abandoned, not cancelled:
    the endpoint may finish and charge it, unless `stream` is set. `extra` are further fields of every request's body.
    """

    def __init__(
        self,
        name: str,
        *,
        api_key: str | None,
        base_url: str | None = None,
        deadline_s: float,
        max_retries: int,
        extra: Mapping[str, Any] | None = None,
        stream: bool = False,
        on_wait: OnWait = _wait_silently,
        on_text: OnText | None = None,
    ) -> None:
        """Check the settings; raises `ModelError` of kind "settings" or "key". Nothing is opened yet."""
        if not name or not deadline_s > 0 or max_retries < 0:
            raise ModelError(
                "A model needs a name, a deadline_s above 0 and a max_retries of 0 or more. Check maker_model.",
                kind="settings",
            )
        self._name = name
        self._endpoint = Endpoint(base_url, api_key, max_retries)
        self._deadline_s = deadline_s
        self._max_retries = max_retries
        self._extra = dict(extra or {})
        self._stream = stream
        self._on_wait = on_wait
        self._on_text = on_text
        self._learning = threading.Lock()
        self._dialect = Dialect() if base_url else Dialect(token_limits=("max_completion_tokens", "max_tokens"))
        self._has_called = False
        self.has_streamed = False
        """Whether a reply came as a stream."""

    def __repr__(self) -> str:
        return f"OpenAIModel({self._name!r}, base_url={self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The model's name as it was asked for."""
        return self._name

    @property
    def base_url(self) -> str:
        """The endpoint's address, without password and query."""
        return self._endpoint.shown

    @property
    def supports_functions(self) -> bool | None:
        """Whether the model takes functions; None = not tried yet."""
        return False if not self._dialect.functions else (self._has_called or None)

    def redact_keys(self, text: str) -> str:
        """Return `text` without this model's key, and without anything that looks like one."""
        return self._endpoint.key.redact(text)

    def complete(self, request: Request) -> Reply:
        """Answer `request`; raises `ModelError`, or `ReplyError` for a reply that cannot be used."""
        deadline = Deadline(self._deadline_s)
        attempts = Attempts(deadline, self._max_retries, self._on_wait, lambda fault: self._is_refusal(fault, request))
        try:
            reply = self._ask(request, attempts)
        except ModelError as error:
            error.broken_off = attempts.broken_off
            raise
        return replace(reply, broken_off=attempts.broken_off)

    def _ask(self, request: Request, attempts: Attempts) -> Reply:
        info = RequestInfo(
            self._name, self.base_url, self._deadline_s, self._endpoint.key, request.role, request.max_tokens
        )
        started = time.monotonic()
        try:
            document = run_until(attempts.deadline, lambda tell: self._converse(request, attempts, tell))
        except DeadlinePassed:
            document = Fault(None, "")
        if isinstance(document, Fault):
            raise self._error(document, info, attempts)
        parsed = read_reply(document, seconds=time.monotonic() - started, redact=info.key.redact_own)
        if parsed.flaw == "unreadable" or (not parsed.flaw and parsed.reply.usage is None):
            # What can be read, and what it cost, is worth more than to read along.
            dialect = self._dialect
            self._learn(dialect, replace(dialect, stream=False))
        if parsed.flaw:
            raise unusable(parsed, info, self._dialect.token_limit(request))
        self._has_called = self._has_called or bool(parsed.reply.calls)
        self.has_streamed = self.has_streamed or attempts.is_streamed
        return parsed.reply

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._endpoint.close()

    def _converse(self, request: Request, attempts: Attempts, tell: Callable[[Callable[[], None]], None]) -> object:
        """Ask until the model takes the parameters; return the decoded response or the fault that is left."""
        attempts.tell, attempts.on_text = tell, self._on_text
        while True:
            dialect = self._dialect
            body = {**request_body(request, self._name, dialect, stream=self._stream), **self._extra}
            document = fault_inside(self._endpoint.chat(body, attempts))
            learned = after_refusal(dialect, document, body) if isinstance(document, Fault) else None
            if learned is None:
                return document
            self._learn(dialect, learned)

    def _learn(self, dialect: Dialect, learned: Dialect) -> None:
        with self._learning:
            if self._dialect is dialect:  # otherwise another thread learned first: ask again in what it learned
                self._dialect = learned

    def _is_refusal(self, fault: Fault, request: Request) -> bool:
        dialect = self._dialect
        return (
            after_refusal(dialect, fault, request_body(request, self._name, dialect, stream=self._stream)) is not None
        )

    def _error(self, fault: Fault, info: RequestInfo, attempts: Attempts) -> ModelError:
        if attempts.deadline.is_over and fault.status is None:
            attempts.broken_off = max(attempts.broken_off, min(attempts.count, 1))
            is_late = attempts.deadline.has_passed
            return model_error(attempts.last_fault or Fault(None, ""), info, kind="timeout" if is_late else "closed")
        if kind_of(fault) not in ("model", "settings"):
            return model_error(fault, info)
        offered = _offered(self._endpoint, min(_LISTING_DEADLINE_S, self._deadline_s))
        if isinstance(offered, Fault):
            return model_error(fault, info)
        names = tuple(each.name for each in offered)
        is_missing = bool(names) and self._name not in names
        return model_error(fault, info, kind="model" if is_missing else "", offered=names)


def list_models(api_key: str | None, base_url: str | None = None, *, deadline_s: float = 20.0) -> tuple[Listed, ...]:
    """Return the models that an endpoint offers, by name; raises `ModelError`."""
    endpoint = Endpoint(base_url, api_key, max_retries=1)
    try:
        offered = _offered(endpoint, deadline_s)
    finally:
        endpoint.close()
    if isinstance(offered, Fault):
        info = RequestInfo("its models", endpoint.shown, deadline_s, endpoint.key)
        raise model_error(offered, info, kind="timeout" if offered.status is None and not offered.text else "")
    return offered


def _offered(endpoint: Endpoint, deadline_s: float) -> tuple[Listed, ...] | Fault:
    attempts = Attempts(Deadline(deadline_s), 1, _wait_silently)
    try:
        return run_until(attempts.deadline, lambda _tell: endpoint.models(attempts))
    except DeadlinePassed:
        return Fault(None, "")
