"""The chat-completion wire format: a `Request` to a body, a decoded reply (or its streamed chunks) to a `Reply`.

Pure functions on plain values. Replies are read from the decoded JSON and not from the SDK's classes, because
endpoints leave out, misname and mistype fields, and what is missing has to be told apart.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.models.faults import read_fault
from latm_magic.models.model import FunctionCall, Message, ParsedReply, Reply, Usage
from latm_magic.models.stream import arguments_text, dicts, first_choice, raw_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from latm_magic.models.dialect import Dialect
    from latm_magic.models.model import Request


_NO_STATUS = 500
_STATUSES = {
    "rate_limit": 429,
    "resource_exhausted": 429,
    "overloaded": 529,
    "unavailable": 503,
    "server_error": 500,
    "internal": 500,
    "invalid_request": 400,
    "authentication": 401,
    "permission": 403,
}
"""Words of an error that names no status, and the status that they stand for."""


def request_body(request: Request, model: str, dialect: Dialect, *, stream: bool) -> dict[str, Any]:
    """Return the body of the HTTP request that asks `model`, with what `dialect` takes and nothing else."""
    messages = request.messages if dialect.system_role else _without_system(request.messages)
    body: dict[str, Any] = {"model": model, "messages": [_message(message) for message in messages]}
    if dialect.temperature:
        body["temperature"] = request.temperature
    if limit := dialect.token_limit(request):
        body[dialect.token_limits[0]] = limit
    if request.functions and dialect.functions and (request.may_call or dialect.no_call):
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": function.name,
                    "description": function.description,
                    "parameters": dict(function.parameters),
                },
            }
            for function in request.functions
        ]
        body["tool_choice"] = _tool_choice(request, dialect)
    if request.schema is not None and dialect.schema:
        form = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    if stream and dialect.stream:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def _tool_choice(request: Request, dialect: Dialect) -> str:
    if not request.may_call:
        return "none"
    return "required" if request.must_call and dialect.must_call else "auto"


def read_reply(
    document: object, *, seconds: float = 0.0, redact: Callable[[str], str] = lambda text: text
) -> ParsedReply:
    """Return the reply that a decoded response holds, and what is wrong with it; `seconds` is how long it took.

    `redact` is applied to the text once it is put together from its parts.
    """
    try:
        return _read(document, seconds, redact)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:  # no reply may bring a batch down
        return ParsedReply(Reply(text=f"(it breaks its reader: {type(error).__name__})", seconds=seconds), "unreadable")


def _read(document: object, seconds: float, redact: Callable[[str], str]) -> ParsedReply:
    choice = first_choice(document)
    if not isinstance(document, dict) or choice is None:
        return ParsedReply(Reply(text=_shown(document), seconds=seconds), "unreadable")
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    refusal = _text(message.get("refusal"))
    reply = Reply(
        text=redact(_text(message.get("content")) or refusal),
        calls=_calls(message),
        finish_reason=_text(choice.get("finish_reason")),
        model=_text(document.get("model")),
        usage=_usage(document.get("usage")),
        seconds=seconds,
    )
    return ParsedReply.of(reply, is_refusal=bool(refusal))


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.content}
    if not message.calls:
        return {"role": message.role, "content": message.content}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in message.calls
    ]
    return {"role": message.role, "content": message.content or None, "tool_calls": calls}


def _without_system(messages: Iterable[Message]) -> list[Message]:
    """Put what the system messages say in front of the first message of yours, for models without that role."""
    rules = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if rules:
        first = next((index for index, message in enumerate(others) if message.role == "user"), None)
        if first is None:
            others.insert(0, Message("user", rules))
        else:
            others[first] = replace(others[first], content=f"{rules}\n\n{others[first].content}")
    return others


def _text(content: object) -> str:
    """Return the text of a content field with its surrogates paired: a lone one could be neither stored nor sent."""
    return raw_text(content).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _calls(message: Mapping[str, Any]) -> tuple[FunctionCall, ...]:
    found = [(call.get("function"), call.get("id")) for call in dicts(message.get("tool_calls"))]
    if not found and message.get("function_call"):
        found = [(message["function_call"], "")]
    return tuple(
        FunctionCall(_text(function.get("name")), _text(arguments_text(function.get("arguments"))), _text(identity))
        for function, identity in found
        if isinstance(function, dict) and function.get("name")
    )


def _usage(usage: object) -> Usage | None:
    """Return the tokens as the endpoint counted them; None where one of the counts is none that can be."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if prompt is None and completion is None:
        return None
    counted = Usage(_count(prompt), _count(completion))
    if not counted.is_plausible:
        return None
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return replace(counted, cached_tokens=max(0, min(cached, counted.prompt_tokens)))


def _count(value: object) -> int:
    """Return a count of tokens, 0 where none is given, and less than 0 for what is no count."""
    if value is None:
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return int(value)
    return -1


def fault_inside(document: object) -> object:
    """Return a decoded response, or the fault that some endpoints wrap into one of status 200."""
    if _error_inside(document) is None:
        return document
    return read_fault(status_inside(document) or _NO_STATUS, document, {})


def status_inside(document: object) -> int | None:
    """Return the HTTP status that an error inside a response of status 200 names; None = no error, or no status."""
    error = _error_inside(document)
    if not isinstance(error, dict):
        return None
    for named in (error.get("code"), error.get("status")):
        if re.fullmatch("[45][0-9]{2}", str(named)):
            return int(str(named))
    words = f"{error.get('code')} {error.get('type')} {error.get('status')}"[:200].lower()
    return next((status for sign, status in _STATUSES.items() if sign in words), None)


def broke_off(document: object) -> bool:
    """Return whether a stream had begun to answer when its error came."""
    return isinstance(document, dict) and bool(document.get("broke_off"))


def _error_inside(document: object) -> object:
    choice = first_choice(document)
    if choice is not None:
        return choice.get("error") if choice.get("finish_reason") == "error" else None
    return document.get("error") or None if isinstance(document, dict) else None


def _shown(document: object) -> str:
    return _text(document if isinstance(document, str) else json.dumps(document))[:2000]
