"""A streamed chat completion put together: from the chunks of its server-sent events to one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DONE = "[DONE]"
"""What a complete stream ends with."""


def gather(chunks: Iterable[object]) -> dict[str, Any]:
    """Return the document that a reply would have been at once, put together from the chunks of its stream.

    An error among the chunks takes the place of what came before it; "broke_off" then says whether anything did.
    """
    gathering = _Gathering()
    for chunk in chunks:
        gathering.is_done = chunk == DONE
        if isinstance(chunk, dict):
            gathering.add(chunk)
        if gathering.is_done or "error" in gathering.document:
            break
    return gathering.whole()


class _Gathering:
    """What the chunks said so far. Texts are kept in pieces: adding to a long one over and over takes for ever."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self.is_done = False
        self._texts: dict[str, list[str]] = {"content": [], "refusal": []}
        self._calls: list[_Call] = []
        self._by_id: dict[tuple[str, str], _Call] = {}
        self._last: dict[str, _Call] = {}
        self._finish_reason: object = None
        self._has_choice = False

    def add(self, chunk: Mapping[str, Any]) -> None:
        self.document.update({key: chunk[key] for key in ("model", "usage", "error") if chunk.get(key)})
        choice = first_choice(chunk)
        if choice is None:
            return
        self._has_choice = True
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self._add_delta(delta)

    def whole(self) -> dict[str, Any]:
        if "error" in self.document:
            return {"error": self.document["error"], "broke_off": bool(self._calls or self._texts["content"])}
        # A stream that just ends was cut off on its way: every complete one says that it is done, or why it stopped.
        finish_reason = self._finish_reason or ("stop" if self.is_done else "length")
        message: dict[str, Any] = {name: "".join(pieces) for name, pieces in self._texts.items()}
        message["tool_calls"] = [call.whole() for call in self._calls]
        choice = {"message": message, "finish_reason": finish_reason}
        return {**self.document, "choices": [choice] if self._has_choice else []}

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        for name, pieces in self._texts.items():
            if text := raw_text(delta.get(name)):
                pieces.append(text)
        if isinstance(delta.get("function_call"), dict):
            self._add_call({"index": 0, "function": delta["function_call"]})
        for piece in dicts(delta.get("tool_calls")):
            self._add_call(piece)

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        call = self._open_call(piece)
        function = piece.get("function")
        if isinstance(function, dict):
            call.name = raw_text(function.get("name")) or call.name
            if bits := arguments_text(function.get("arguments")):
                call.arguments.append(bits)

    def _open_call(self, piece: Mapping[str, Any]) -> _Call:
        """Return the call that a piece belongs to: the last of its index (or of all), unless the piece begins one."""
        identity, index = raw_text(piece.get("id")), piece.get("index")
        key = "" if index is None else str(index)
        call = self._by_id.get((identity, key)) if identity else self._last.get(key)
        if call is None and identity and (last := self._last.get(key)) is not None and not last.id:
            call = last
        if call is None or call.is_whole_before(piece):
            call = _Call()
            self._calls.append(call)
        call.id = call.id or identity
        self._last[key] = self._last[""] = self._by_id[identity, key] = call
        return call


class _Call:
    """A call whose name comes whole and once, and its arguments in bits."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []

    def is_whole_before(self, piece: Mapping[str, Any]) -> bool:
        """Return whether `piece` names a function and begins its arguments, while those of this call have ended."""
        function = piece.get("function")
        begins = isinstance(function, dict) and function.get("name") and arguments_text(function.get("arguments"))
        ended = self.arguments[-1] if self.arguments else ""
        return isinstance(begins, str) and begins.lstrip().startswith("{") and ended.rstrip().endswith("}")

    def whole(self) -> dict[str, Any]:
        return {"id": self.id, "function": {"name": self.name, "arguments": "".join(self.arguments)}}


def first_choice(document: object) -> Mapping[str, Any] | None:
    """Return the first choice of a document or chunk, None where there is none."""
    choices = document.get("choices") if isinstance(document, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, dict) else None


def dicts(listed: object) -> list[dict[str, Any]]:
    """Return the objects in what should be a list of them."""
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def raw_text(content: object) -> str:
    """Return the text of a content field: a string, a list of parts (those of thinking aside), or nothing."""
    if isinstance(content, list):
        parts = (part.get("text") for part in dicts(content) if part.get("type") not in ("thinking", "reasoning"))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def arguments_text(arguments: object) -> str:
    """Return a call's arguments as JSON text; some endpoints send the object itself."""
    return raw_text(arguments) if isinstance(arguments, str) or arguments is None else json.dumps(arguments)
