"""Test what you build on latm_magic without a model: `ScriptedModel` answers as you wrote it down.

It replaces the model only: sandbox, verification and cache are the real ones in your tests too.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

from latm_magic.errors import LatmError
from latm_magic.models.model import FunctionCall, Reply, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from latm_magic.models.model import Request

__all__ = ["ScriptedModel"]

Line: TypeAlias = str | Reply | FunctionCall | tuple[FunctionCall, ...] | Exception
"""A text, a whole reply, a call or several, or an exception to raise."""


class ScriptedModel:
    """A model that plays a script, one line a request, and keeps what it was asked in `requests`.

        model = ScriptedModel(["first reply", FunctionCall("f", '{"x": 1}'), ModelError("gone", kind="timeout")])

    A line may also be a function from the request to a line. When the script has run out, `complete` raises a
    `LatmError` that says so; a function in place of the list answers every request. Usage is counted at four characters
    a token, so that ledgers are not empty. Any number of threads may ask.
    """

    def __init__(
        self,
        replies: Iterable[Line | Callable[[Request], Line]] | Callable[[Request], Line],
        name: str = "scripted",
    ) -> None:
        if isinstance(replies, str):
            raise TypeError("A script is a list of replies: put the lone text into a list.")
        self.requests: list[Request] = []
        self._name = name
        self._endless = replies if callable(replies) else None
        self._lines = [] if callable(replies) else list(replies)
        self._asking = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def left(self) -> int:
        """How many lines of the script have not been played yet."""
        return len(self._lines)

    def complete(self, request: Request) -> Reply:
        """Return the next line as a reply; raises what the script says, and `LatmError` when it has run out."""
        line: Line | Callable[[Request], Line]
        with self._asking:
            self.requests.append(request)
            if self._endless is None and not self._lines:
                raise LatmError(
                    f"The script of ScriptedModel {self._name!r} has run out: request {len(self.requests)} "
                    f"({request.role}) has no reply. Add one to its list."
                )
            line = self._endless if self._endless is not None else self._lines.pop(0)
        return self._reply(line(request) if callable(line) else line, request)

    def _reply(self, line: Line, request: Request) -> Reply:
        if isinstance(line, Exception):
            raise line
        if isinstance(line, Reply):
            return line
        if isinstance(line, str):
            return Reply(text=line, model=self._name, usage=_usage(request, line))
        calls = (line,) if isinstance(line, FunctionCall) else tuple(line)
        written = "".join(call.name + call.arguments for call in calls)
        usage = _usage(request, written)
        return Reply(text="", calls=calls, finish_reason="tool_calls", model=self._name, usage=usage)


def _usage(request: Request, written: str) -> Usage:
    asked = sum(len(message.content) for message in request.messages)
    return Usage(prompt_tokens=-(-asked // 4), completion_tokens=-(-len(written) // 4))
