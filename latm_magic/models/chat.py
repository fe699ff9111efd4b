"""The chat-completion wire format: a `Request` to a body, a decoded reply (or its streamed chunks) to a `Reply`.

Pure functions on plain values. Replies are read from the decoded JSON and not from the SDK's classes, because
endpoints leave out, misname and mistype fields, and what is missing has to be told apart.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.models.model import FunctionCall, Message, ParsedReply, Reply, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latm_magic.models.dialect import Dialect
    from latm_magic.models.model import Request


def request_body(request: Request, model: str, dialect: Dialect, *, stream: bool) -> dict[str, Any]:
    """Return the body of the HTTP request that asks `model`, with what `dialect` takes and nothing else."""
    messages = request.messages if dialect.system_role else _without_system(request.messages)
    body: dict[str, Any] = {"model": model, "messages": [_message(message) for message in messages]}
    if dialect.temperature:
        body["temperature"] = request.temperature
    if limit := dialect.token_limit(request):
        body[dialect.token_limits[0]] = limit
    if request.functions and dialect.functions:
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
        body["tool_choice"] = "required" if request.must_call and dialect.must_call else "auto"
    if stream and dialect.stream:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def read_reply(document: object, *, seconds: float = 0.0) -> ParsedReply:
    """Return the reply that a decoded response holds, and what is wrong with it; `seconds` is how long it took."""
    choice = _first_choice(document)
    if not isinstance(document, dict) or choice is None:
        return ParsedReply(Reply(text=_shown(document), seconds=seconds), "unreadable")
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    refusal = _text(message.get("refusal"))
    reply = Reply(
        text=_text(message.get("content")) or refusal,
        calls=_calls(message),
        finish_reason=_text(choice.get("finish_reason")),
        model=_text(document.get("model")),
        usage=_usage(document.get("usage")),
        seconds=seconds,
    )
    return ParsedReply.of(reply, is_refusal=bool(refusal))


def gather(chunks: Iterable[object]) -> dict[str, Any]:
    """Return the document that a reply would have been at once, put together from the chunks of its stream."""
    document: dict[str, Any] = {"choices": []}
    message: dict[str, Any] = {"content": "", "refusal": "", "tool_calls": {}}
    finish_reason = None
    for chunk in chunks:
        if not isinstance(chunk, dict):
            continue
        document.update({key: chunk[key] for key in ("model", "usage", "error") if chunk.get(key)})
        choice = _first_choice(chunk)
        if choice is None:
            continue
        _add_delta(message, choice.get("delta"))
        finish_reason = choice.get("finish_reason") or finish_reason
        document["choices"] = [{"message": message}]
    # A stream that just ends was cut off on its way: every complete one says why it stopped.
    for choice in document["choices"]:
        choice["finish_reason"] = finish_reason or "length"
        message["tool_calls"] = list(message["tool_calls"].values())
    return document


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


def _first_choice(document: object) -> Mapping[str, Any] | None:
    choices = document.get("choices") if isinstance(document, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, dict) else None


def _dicts(listed: object) -> list[dict[str, Any]]:
    """Return the objects in what should be a list of them."""
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _raw_text(content: object) -> str:
    """Return the text of a content field: a string, a list of parts, or nothing."""
    if isinstance(content, list):
        return "".join(_raw_text(part.get("text")) for part in _dicts(content))
    return content if isinstance(content, str) else ""


def _text(content: object) -> str:
    """Return the text of a content field with its surrogates paired: a lone one could be neither stored nor sent."""
    return _raw_text(content).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _calls(message: Mapping[str, Any]) -> tuple[FunctionCall, ...]:
    found = [(call.get("function"), call.get("id")) for call in _dicts(message.get("tool_calls"))]
    if not found and message.get("function_call"):
        found = [(message["function_call"], "")]
    return tuple(
        FunctionCall(_text(function.get("name")), _text(_arguments(function.get("arguments"))), _text(identity))
        for function, identity in found
        if isinstance(function, dict) and function.get("name")
    )


def _arguments(arguments: object) -> str:
    """Return a call's arguments as JSON text; some endpoints send the object itself."""
    return _raw_text(arguments) if isinstance(arguments, str) or arguments is None else json.dumps(arguments)


def _usage(usage: object) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if prompt is None and completion is None:
        return None
    return Usage(_count(prompt), _count(completion), min(_count(cached), _count(prompt)))


def _count(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) and math.isfinite(value) else 0


def _shown(document: object) -> str:
    return _text(document if isinstance(document, str) else json.dumps(document))[:2000]


def _add_delta(message: dict[str, Any], delta: object) -> None:
    if not isinstance(delta, dict):
        return
    message["content"] += _raw_text(delta.get("content"))
    message["refusal"] += _raw_text(delta.get("refusal"))
    if isinstance(delta.get("function_call"), dict):
        delta = {"tool_calls": [{"index": 0, "function": delta["function_call"]}]}
    for position, piece in enumerate(_dicts(delta.get("tool_calls"))):
        _add_call_piece(message["tool_calls"], piece, position)


def _add_call_piece(calls: dict[str, dict[str, Any]], piece: Mapping[str, Any], position: int) -> None:
    """Add one streamed piece of a call: the name comes whole and once, the arguments in bits."""
    call = calls.setdefault(str(piece.get("index", position)), {"id": "", "function": {"name": "", "arguments": ""}})
    function = piece.get("function")
    call["id"] = piece.get("id") or call["id"]
    if isinstance(function, dict):
        call["function"]["name"] = function.get("name") or call["function"]["name"]
        call["function"]["arguments"] += _arguments(function.get("arguments"))
