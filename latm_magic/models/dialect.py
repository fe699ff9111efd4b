"""Which parameters of a chat request a model takes: learned from its refusals, kept by whoever holds the record.

Endpoints that call themselves OpenAI-compatible differ in a handful of parameters, and say so in prose only. This file
sends nothing: `openai.py` asks, hands over the refusal, and asks again in the dialect that comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from latm_magic.models.faults import names_token_limit
from latm_magic.models.model import UNLIMITED_TOKENS, most_prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.models.faults import Fault
    from latm_magic.models.model import Request

_LEAST_LIMIT = 16
"""Completion tokens: a number below it in a refusal is no limit that anything could be written in."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What may stand in a request to one model of one endpoint. Everything is taken until it is refused."""

    token_limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    """Names of the parameter that limits completion tokens, the one in use first; () = none is taken."""
    temperature: bool = True
    functions: bool = True
    must_call: bool = True
    """`tool_choice: required` is taken."""
    no_call: bool = True
    """`tool_choice: none` is taken."""
    schema: bool = True
    """`response_format: json_schema` is taken."""
    stream: bool = True
    stream_usage: bool = True
    """`stream_options: include_usage` is taken."""
    system_role: bool = True
    most_tokens: int | None = None
    """The largest limit of completion tokens that is taken; None = any."""
    must_limit: bool = False
    """A request without a limit is refused."""
    context: int | None = None
    """Tokens of request and reply together; None = as many as you like."""

    def token_limit(self, request: Request) -> int | None:
        """Return how many completion tokens to ask for at most; None: leave it to the endpoint."""
        if not self.token_limits or (request.max_tokens is None and not self.must_limit):
            return None
        wanted = UNLIMITED_TOKENS if request.max_tokens is None else request.max_tokens
        most = wanted if self.most_tokens is None else min(wanted, self.most_tokens)
        if self.context is None:
            return most
        room = self.context - most_prompt_tokens(request)
        return min(most, room) if room >= _LEAST_LIMIT else None


@dataclass(frozen=True, slots=True)
class _Rule:
    """A parameter, how refusals name it, and what to do without it."""

    is_sent: Callable[[Mapping[str, Any]], bool]
    named: tuple[re.Pattern[str], ...]
    """All of them are found in such a refusal."""
    change: Callable[[Dialect], Dialect]

    def fits(self, body: Mapping[str, Any], text: str) -> bool:
        """Return whether `text` refuses this parameter, and it was sent."""
        return self.is_sent(body) and all(pattern.search(text) for pattern in self.named)


def after_refusal(dialect: Dialect, fault: Fault, body: Mapping[str, Any]) -> Dialect | None:
    """Return the dialect to try after `fault` refused the request `body`; None when it names no parameter of ours."""
    text = f"{fault.param} {fault.code} {fault.text}"
    if fault.status not in (*_PLAIN_REFUSALS, *_ALONE):
        return None
    if _OUR_OWN_FAULT.search(text) and not _SCHEMA.fits(
        body, text
    ):  # without a schema the reply is checked all the same
        return None
    is_plain = fault.status in _PLAIN_REFUSALS
    if is_plain and (smaller := _after_size(dialect, text, body)):
        return smaller
    if is_plain and (limited := _after_demand(dialect, text, body)):
        return limited
    for rule in _RULES if is_plain else _ALONE.get(fault.status, ()):
        if rule.fits(body, text):
            return rule.change(dialect)
    return None


def _after_size(dialect: Dialect, text: str, body: Mapping[str, Any]) -> Dialect | None:
    """Return the dialect to try where a refusal finds the token limit too large: the number that it names, or none.

    Which name the limit was sent by does not count: most say `max_tokens`, some name nothing but the number.
    """
    sent = next((body[name] for name in dialect.token_limits if name in body), None)
    numbers = [int(number.replace(",", "")) for number in _NUMBER.findall(text)]
    if sent is None or not _TOO_LARGE.search(text) or _UNKNOWN.search(text):
        return None
    if sent not in numbers and not names_token_limit(text):
        return None
    if window := _WINDOW.search(text):
        context = int(window[1].replace(",", ""))
        asked = next((number for number in numbers if number + sent in numbers), 0)
        if sent not in numbers or asked >= context:
            return None  # what is asked does not fit alone, whatever the reply may take
        if dialect.context is None:
            return replace(dialect, context=context)
    else:
        taken = max((number for number in numbers if _LEAST_LIMIT <= number < sent), default=None)
        if taken is not None:
            return replace(dialect, most_tokens=taken)
    return replace(dialect, token_limits=())


def _after_demand(dialect: Dialect, text: str, body: Mapping[str, Any]) -> Dialect | None:
    """Return the dialect to try where a refusal misses a token limit: one is sent, by the name that is asked for."""
    demanded = next((name for name in dialect.token_limits if re.search(rf"\b{name}\b", text)), None)
    if demanded is None or dialect.must_limit or any(name in body for name in dialect.token_limits):
        return None
    if not _MISSING.search(text):
        return None
    others = tuple(name for name in dialect.token_limits if name != demanded)
    return replace(dialect, token_limits=(demanded, *others), must_limit=True)


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


def _forbids_call(body: Mapping[str, Any]) -> bool:
    return body.get("tool_choice") == "none"


def _has_system_message(body: Mapping[str, Any]) -> bool:
    return any(message.get("role") == "system" for message in body.get("messages", ()))


_PLAIN_REFUSALS = frozenset({400, 422})

_OUR_OWN_FAULT = _named(
    r"invalid[_ ]function|invalid schema|could not finish the message|try again with (a )?higher max"
)

_TOO_LARGE = _named(
    r"too (large|high|big|many|long)|exceed|at most|up to|maximum|range|between|must be|must have|[<>≤≥]"
    r"|\b(less|lower|smaller|fewer|greater|more|larger|higher) than\b"
)
_UNKNOWN = _named(
    r"unsupported|not support|unrecogni|unknown|unexpected|extra |not permitted|not allowed|not available"
)
_MISSING = _named(
    r"required|missing|must be (set|given|provided|specified)|\bneeds?\b|\blacks?\b|not (set|given|provided)"
)
_A_NUMBER = r"(?<![\w.-])(\d{1,3}(?:,\d{3})+(?!\d)|\d{1,9})(?![\w-])"
"""Not one that stands in the name of a model, a date or a version."""
_NUMBER = re.compile(_A_NUMBER)
_WINDOW = _named(
    rf"(?:\bcontext[ _-]?(?:length|window|size)?\b\D{{0,40}}|\binputs?\b.{{0,40}}\+.{{0,40}}<=? ?){_A_NUMBER}"
)
"""Of a limit for request and reply together."""

_UNWANTED = _named(
    r"support|requires|enable|unrecogni|unexpected|unknown|extra|not permitted|not allowed|not available"
)
_FAILED = _named(r"\bcan ?not\b|\bcan't\b|\bunable\b|\bdoes(n't| not)\b|\bfailed to call\b|tool_use_failed")
_OF_FUNCTIONS = _named(r"\btools?\b|\bfunctions?\b|tool_choice|tool_use|function.?call")
_TEMPLATE = _named(r"\bjinja\b|\b(prompt|chat) template\b")
_OF_SYSTEM_ROLE = _named(
    r"\bsystem\b.*\b(role|message|prompt|instruction)|\brole\b.*\bsystem\b|only user and assistant roles"
    r"|roles must alternate"
)


def _without_functions(dialect: Dialect) -> Dialect:
    return replace(dialect, functions=False)


_STREAM = _Rule(  # before functions: llama-cpp-python takes both, but not together
    _sends("stream"),
    (_named(r"\bstream(ing|ed|s)?\b"), _named(f"{_UNWANTED.pattern}|disabled|must be|invalid|{_FAILED.pattern}")),
    lambda dialect: replace(dialect, stream=False),
)
_SCHEMA = _Rule(
    _sends("response_format"),
    (_named(r"response_?format|json_?schema|structured.?output|\bjson mode\b|\bgrammar\b"),),
    lambda dialect: replace(dialect, schema=False),
)
_FUNCTIONS = _Rule(_sends("tools"), (_OF_FUNCTIONS, _UNWANTED), _without_functions)

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
    _Rule(_forbids_call, (_named(r"tool_choice"),), lambda dialect: replace(dialect, no_call=False)),
    _SCHEMA,
    _STREAM,
    _FUNCTIONS,
    _Rule(_sends("tools"), (_OF_FUNCTIONS, _FAILED), _without_functions),
    _Rule(_has_system_message, (_OF_SYSTEM_ROLE,), lambda dialect: replace(dialect, system_role=False)),
    _Rule(_sends("tools"), (_TEMPLATE,), _without_functions),  # it breaks off at functions, and does not say so
)

_ALONE = dict.fromkeys((404, 500, 501), (_SCHEMA, _STREAM, _FUNCTIONS)) | dict.fromkeys((403, 405, 406), (_STREAM,))
"""Other refusals, and what they may be about: OpenRouter says 404 where no provider takes tools, llama.cpp 500
where it was started without them, a gateway 403 where it lets no stream through."""
