"""A flow's calls of tools: those of the project in the sandbox, functions of yours here; each gives a step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from latm_magic.tools.function import Tool
from latm_magic.tools.tracing import is_pure, name_of, now, plain_output, raised
from latm_magic.traces import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from latm_magic.tool import ToolVersion
    from latm_magic.tools.function import ToolHost


class Caller:
    """Calls tools by name: functions of yours that it was given, then the tools of the project."""

    def __init__(self, host: ToolHost, find: Callable[[str], ToolVersion | None]) -> None:
        """Take what runs tools, and what finds them by name."""
        self._host = host
        self._find = find
        self._functions: dict[str, Callable[..., Any]] = {}

    def take(self, tools: Iterable[Any]) -> None:
        """Take functions of yours, each by its name; tools of the project are found without."""
        self._functions |= {name_of(each): each for each in tools if not isinstance(each, (Tool, str))}

    def given(self, name: str) -> str | Callable[..., Any]:
        """Return a function of yours, or the name of a tool of the project."""
        return self._functions.get(name, name)

    def fingerprint(self, name: str) -> str | None:
        """Return the fingerprint of a tool as it is now: "" for a function of yours, None for what is not there."""
        if name in self._functions:
            return ""
        tool = self._find(name)
        return None if tool is None else tool.fingerprint

    def acts(self, name: str) -> bool:
        """Return whether a call may change something outside."""
        return name in self._functions and not is_pure(self._functions[name])

    def __call__(self, name: str, arguments: Mapping[str, Any]) -> Step:
        """Call a tool; what it raises is in the step."""
        began, started = now(), time.perf_counter()
        tool = None if name in self._functions else self._find(name)
        output, error = None, ""
        try:
            if tool is not None:
                output = self._run(tool, arguments)
            else:
                output, error = plain_output(self._functions[name](**arguments))
        except Exception as fault:  # noqa: BLE001  whatever a tool raises is something that the flow has seen
            error = raised(fault)
        ms = round((time.perf_counter() - started) * 1000, 3)
        fingerprint = tool.fingerprint if tool is not None else ""
        return Step(name, dict(arguments), output, error, fingerprint, self.acts(name), ms, began)

    def _run(self, tool: ToolVersion, arguments: Mapping[str, Any]) -> Any:
        """Return what a tool of the project gives; a question that its parser reads stands under "question"."""
        callable_tool, names = Tool(tool, self._host), {parameter.name for parameter in tool.parameters}
        if tool.has_parser and list(arguments) == ["question"] and "question" not in names:
            return callable_tool(arguments["question"])
        return callable_tool(**arguments)
