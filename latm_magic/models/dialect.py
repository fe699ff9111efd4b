"""Which parameters of a chat request a model takes: learned from its refusals, kept by whoever holds the record.

Endpoints that call themselves OpenAI-compatible differ in a handful of parameters, and say so in prose only. This file
sends nothing: `openai.py` asks, hands over the refusal, and asks again in the dialect that comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.models.faults import Fault


@dataclass(frozen=True, slots=True)
class Dialect:
    """What may stand in a request to one model of one endpoint. Everything is taken until it is refused."""

    token_limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    """Names of the parameter that limits completion tokens, the one in use first; () = none is taken."""
    temperature: bool = True
    functions: bool = True
    must_call: bool = True
    """`tool_choice: required` is taken."""
    stream: bool = True
    stream_usage: bool = True
    """`stream_options: include_usage` is taken."""
    system_role: bool = True


@dataclass(frozen=True, slots=True)
class _Rule:
    """A parameter, how refusals name it, and what to do without it."""

    is_sent: Callable[[Mapping[str, Any]], bool]
    named: tuple[re.Pattern[str], ...]
    """All of them are found in such a refusal."""
    change: Callable[[Dialect], Dialect]


def after_refusal(dialect: Dialect, fault: Fault, body: Mapping[str, Any]) -> Dialect | None:
    """Return the dialect to try after `fault` refused the request `body`; None when it names no parameter of ours."""
    text = f"{fault.param} {fault.code} {fault.text}"
    if fault.status not in _REFUSALS or _OUR_OWN_FAULT.search(text):
        return None
    rules = _RULES if fault.status in _PLAIN_REFUSALS else (_STREAM, _FUNCTIONS)
    for rule in rules:
        if rule.is_sent(body) and all(pattern.search(text) for pattern in rule.named):
            return rule.change(dialect)
    return None


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _sends(parameter: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: parameter in body


def _limit_rule(name: str) -> _Rule:
    def change(dialect: Dialect) -> Dialect:
        return replace(dialect, token_limits=tuple(limit for limit in dialect.token_limits if limit != name))

    return _Rule(_sends(name), (_named(rf"\b{name}\b"),), change)


def _demands_call(body: Mapping[str, Any]) -> bool:
    return body.get("tool_choice") == "required"


def _has_system_message(body: Mapping[str, Any]) -> bool:
    return any(message.get("role") == "system" for message in body.get("messages", ()))


_PLAIN_REFUSALS = frozenset({400, 422})
_REFUSALS = _PLAIN_REFUSALS | {404, 500, 501}
"""OpenRouter says 404 where no provider of a model takes tools, llama.cpp 500 where it was started without them."""

_OUR_OWN_FAULT = _named(r"invalid[_ ]function|invalid schema")

_UNWANTED = _named(
    r"support|requires|enable|unrecogni|unexpected|unknown|extra|not permitted|not allowed|not available"
)

_STREAM = _Rule(  # before functions: llama-cpp-python takes both, but not together
    _sends("stream"), (_named(r"\bstream(ing)?\b"), _UNWANTED), lambda dialect: replace(dialect, stream=False)
)
_FUNCTIONS = _Rule(
    _sends("tools"),
    (_named(r"\btools?\b|\bfunctions?\b|tool_choice|function.?call"), _UNWANTED),
    lambda dialect: replace(dialect, functions=False),
)

_RULES = (
    _Rule(
        _sends("stream_options"),
        (_named(r"stream_options|include_usage"),),
        lambda dialect: replace(dialect, stream_usage=False),
    ),
    _limit_rule("max_tokens"),
    _limit_rule("max_completion_tokens"),
    _Rule(_sends("temperature"), (_named(r"\btemperature\b"),), lambda dialect: replace(dialect, temperature=False)),
    _Rule(_demands_call, (_named(r"tool_choice"),), lambda dialect: replace(dialect, must_call=False)),
    _STREAM,
    _FUNCTIONS,
    _Rule(
        _has_system_message,
        (_named(r"\bsystem\b.*\b(role|message|prompt|instruction)|\brole\b.*\bsystem\b"),),
        lambda dialect: replace(dialect, system_role=False),
    ),
)
