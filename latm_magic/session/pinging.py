"""A try-out of the endpoint and of each role's model, with a few tiny calls: what works, what does not, what to do.

Expected failure is a value here: whatever an endpoint does, each check has a row.
"""

from __future__ import annotations

import json
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.errors import LatmError, ReplyError
from latm_magic.events import ModelAsked
from latm_magic.models.model import FunctionSpec, Message, Reply, Request
from latm_magic.session.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latm_magic.events import Event
    from latm_magic.models.model import Model, Role
    from latm_magic.session.roles import Roles

State = Literal["works", "fails", "not tried"]

_DEADLINE_S = 30.0
_MOST_TOKENS = 1024
"""Completion tokens of one call: models that think first need some hundreds for one word."""
_CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_FUNCTION = FunctionSpec("note_city", "Note the name of a city.", _CITY)
_FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": _CITY}}
_WORD = "Reply with the one word yes."
_CAPITAL = "What is the capital of France?"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried."""

    name: str
    """endpoint, model, plain reply, function calling, streaming or structured output."""
    state: State
    note: str = ""
    """What happened, and what to do about it, in one line; "" where it works."""


@dataclass(frozen=True, slots=True)
class RolePing:
    """What was tried of one model."""

    roles: tuple[str, ...]
    """The roles that it has: maker, user, dispatcher."""
    model: str
    """Its name; "" where none is named."""
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Pings:
    """What was tried, by model, and what that cost; all of it is in the ledger."""

    source: str
    """Where replies come from, as in `Status`."""
    rows: tuple[RolePing, ...]
    calls: int
    tokens: int
    cost_usd: float | None
    """US dollars; None = some price is unknown."""

    def __iter__(self) -> Iterator[RolePing]:
        return iter(self.rows)


def ping(roles: Roles) -> Pings:
    """Try the endpoint and each model that a role uses, once; an endpoint that fails is a row."""
    heard: list[ModelAsked] = []

    def hear(event: Event) -> None:
        if isinstance(event, ModelAsked):
            heard.append(event)

    models: dict[tuple[str, int], list[Role]] = {}  # two models of yours may have one name
    for role in ROLES:
        models.setdefault((roles.name_of(role), id(roles.yours(role))), []).append(role)
    listed = _Listed(roles)
    rows = tuple(
        RolePing(tuple(used), name, (*listed.checks(used[0], name), *_Trial(roles, used[0], hear).checks()))
        for (name, _), used in models.items()
    )
    costs = [event.cost_usd for event in heard]
    known = sum(cost for cost in costs if cost is not None)
    tokens = sum(event.prompt_tokens + event.completion_tokens for event in heard)
    return Pings(roles.source, rows, len(heard), tokens, None if None in costs else known)


class _Listed:
    """What the endpoint's list says: whether it can be reached, and whether it has a model."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._names: set[str] = set()
        self._fault = ""
        try:
            self._names = {each.name for each in roles.listed()}
        except LatmError as fault:
            self._fault = str(fault)

    def checks(self, role: Role, name: str) -> tuple[Check, ...]:
        """Return the rows of a model; none for a model of yours, which no endpoint has."""
        if self._roles.yours(role) is not None:
            return ()
        if self._fault:
            return (Check("endpoint", "fails", self._fault), Check("model", "not tried"))
        setting = f"{role}_model"
        note = f"The endpoint does not list {name!r}: name one that %latm models shows as {setting}."
        if not name:
            note = f"None is named: %latm config --save {setting}=... with one that %latm models shows."
        is_known = name in self._names
        return (Check("endpoint", "works"), Check("model", "works" if is_known else "fails", "" if is_known else note))


class _Trial:
    """The calls to one model; after one that no reply came to, the rest is not tried."""

    def __init__(self, roles: Roles, role: Role, hear: Callable[[Event], None]) -> None:
        self._roles, self._role, self._hear = roles, role, hear
        self._is_over = False

    def checks(self) -> tuple[Check, ...]:
        """Return what came of each call."""
        return (
            self._check("plain reply", _WORD, _plain_fault),
            self._check("function calling", _CAPITAL, _calling_fault, functions=(_FUNCTION,)),
            self._check("streaming", _WORD, _streaming_fault, stream=True),
            self._check("structured output", _CAPITAL, _structure_fault, extra={"response_format": _FORMAT}),
        )

    def _check(
        self,
        name: str,
        question: str,
        fault_of: Callable[[Reply, Model], str],
        *,
        functions: tuple[FunctionSpec, ...] = (),
        **options: Any,
    ) -> Check:
        is_yours = self._roles.yours(self._role) is not None
        if self._is_over or (is_yours and options):  # a model of yours has no such options
            return Check(name, "not tried", "" if self._is_over else "It is a model of yours.")
        request = Request(
            self._role,
            (Message("user", question),),
            functions=functions,
            must_call=bool(functions),
            max_tokens=_MOST_TOKENS,
        )
        from latm_magic.models.openai import OpenAIModel

        try:
            usual = {"deadline_s": _DEADLINE_S, "max_retries": 0, "stream": False}
            metered, inner = self._roles.trial(self._role, self._hear, **{**usual, **options})
            with closing(inner) if isinstance(inner, OpenAIModel) else nullcontext():
                note = fault_of(metered.complete(request), inner)
        except LatmError as fault:
            self._is_over = name == "plain reply" and not isinstance(fault, ReplyError)
            note = str(fault)
        return Check(name, "fails" if note else "works", note)


def _plain_fault(reply: Reply, _model: Model) -> str:
    return "" if reply.text.strip() else "It gave no text: name another model for this role."


def _calling_fault(reply: Reply, model: Model) -> str:
    if any(call.name == _FUNCTION.name and _has_city(call.arguments) for call in reply.calls):
        return ""
    if reply.calls:
        return "It called a function that was not offered, or with other arguments: name another user model."
    refused = getattr(model, "supports_functions", None) is False
    why = "The endpoint takes no functions for it" if refused else "It answered in text, without the call"
    return f"{why}: calls are then read from its text, which works less well; another user model may do better."


def _streaming_fault(_reply: Reply, model: Model) -> str:
    return "" if getattr(model, "has_streamed", False) else "Replies come at once: nothing is shown while it writes."


def _structure_fault(reply: Reply, _model: Model) -> str:
    return (
        "" if _has_city(reply.text) else "It did not keep to the schema (json_schema): its replies are checked anyway."
    )


def _has_city(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == {"city"} and isinstance(value["city"], str)
