"""What the loop's model can call: tools of the project in the sandbox, and functions of yours in this process.

A call that goes wrong is a step with an error, whatever went wrong. Which functions the model sees is left to
`finding.py`.
"""

from __future__ import annotations

import inspect
import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from latm_magic.cache.trace_values import NotPlain, plain
from latm_magic.errors import SandboxError, TaskError, did_you_mean
from latm_magic.models.model import FunctionSpec
from latm_magic.signature import Parameter
from latm_magic.text import one_line, quoted
from latm_magic.tool import ToolVersion
from latm_magic.tools.arguments import arguments_schema, read_arguments
from latm_magic.tools.data_marks import plain_data
from latm_magic.tools.function import Tool
from latm_magic.tools.prompts import function_spec
from latm_magic.tools.tracing import is_pure, name_of, now, plain_output, raised, step_of
from latm_magic.traces import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.tools.runner import ToolRunner

_MOST_NAME = 64
"""Characters that endpoints take."""
_MOST_DESCRIPTION = 1000


class Function(Protocol):
    """Something that a model can call."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def said(self) -> str:
        """What it does, in words."""

    @property
    def spec(self) -> FunctionSpec:
        """Name, description and parameters, as the model is told them; made when it is asked for."""

    @property
    def acts(self) -> bool:
        """Whether it may change something outside."""

    def run(self, arguments: str) -> Step:
        """Call it with a JSON object as the model wrote it; what goes wrong is the step's error."""


@dataclass(frozen=True)
class ProjectTool:
    """A tool of the project; it runs in the sandbox, and is pure."""

    tool: ToolVersion
    runner: ToolRunner

    acts = False

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def said(self) -> str:
        """What the tool was made for."""
        return plain_data(f"{self.tool.doc}\n{self.tool.description}".strip())

    @property
    def spec(self) -> FunctionSpec:
        """The tool as a function."""
        return function_spec(self.tool)

    def run(self, arguments: str) -> Step:
        """Run the tool's function; raises `SandboxError` where a wall is missing."""
        tool, at = self.tool, now()
        try:
            given = read_arguments(tool.parameters, arguments)
        except ValueError as fault:
            return _unfit(tool.name, arguments, f"{fault}; it is {tool.signature}", tool.fingerprint, at)
        by_position = any(parameter.kind == "positional_only" for parameter in tool.parameters)
        run = self.runner.call(tool, list(given.values()) if by_position else given)
        if run.was_lost:
            raise SandboxError(f"The sandbox lost {tool.name!r} as it ran. Ask again.")
        return replace(step_of(tool, given, run, at), output=run.value)


@dataclass(frozen=True)
class OwnFunction:
    """A function of yours; it runs in this process, on the calling thread."""

    function: Callable[..., Any]
    spec: FunctionSpec
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.spec.name

    @property
    def said(self) -> str:
        """What it does, in words."""
        return self.spec.description

    @property
    def acts(self) -> bool:
        """Whether it was not marked as pure."""
        return not is_pure(self.function)

    @classmethod
    def of(cls, function: Callable[..., Any]) -> OwnFunction:
        """Return a callable with its schema, from its signature; raises `TaskError` where it cannot be offered."""
        name = name_of(function)
        if not (name.isidentifier() and name.isascii() and len(name) <= _MOST_NAME):
            raise TaskError(f"{quoted(name)} is no name that a model can call: give the function a plain one with def.")
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            raise TaskError(f"{name} has no signature to be read: wrap it in a function of yours.") from None
        parameters = tuple(map(_parameter, signature.parameters.values()))
        if any(each.kind == "positional_only" for each in parameters):
            raise TaskError(f"{name} takes arguments by position alone, and a model gives them by name: wrap it.")
        said = inspect.getdoc(function) or name.replace("_", " ")
        spec = FunctionSpec(name, plain_data(said[:_MOST_DESCRIPTION]), arguments_schema(parameters))
        return cls(function, spec, parameters)

    def run(self, arguments: str) -> Step:
        """Call the function; whatever it raises is the step's error, an interrupt aside."""
        name, at = self.name, now()
        try:
            given = read_arguments(self.parameters, arguments)
            kept = plain(given)
        except (ValueError, NotPlain) as fault:
            return _unfit(name, arguments, str(fault), "", at)
        output, started = None, time.perf_counter()
        try:
            output, error = plain_output(self.function(**given))
        except Exception as fault:  # noqa: BLE001 - a function of yours may raise anything
            error = raised(fault)
        ms = round((time.perf_counter() - started) * 1000, 3)
        return Step(name, kept, output, error, acts=self.acts, ms=ms, at=at)


def functions_of(
    chosen: Sequence[Any] | None, tools: Sequence[ToolVersion], runner: ToolRunner
) -> dict[str, ProjectTool | OwnFunction]:
    """Return by name what the model can call: the tools, or those chosen by name, as `Tool` or as your functions.

    Raises `TaskError`, which names what cannot be offered.
    """
    known = {tool.name: tool for tool in tools}
    if chosen is None:
        return {tool.name: ProjectTool(tool, runner) for tool in tools if not tool.by_snippet}
    found: dict[str, ProjectTool | OwnFunction] = {}
    for each in chosen:
        function = _function(each, known, runner)
        if function.name in found:
            raise TaskError(f"Two tools are named {quoted(function.name)}: leave one out, or rename it.")
        found[function.name] = function
    return found


def _function(given: Any, known: Mapping[str, ToolVersion], runner: ToolRunner) -> ProjectTool | OwnFunction:
    tool = given.record if isinstance(given, Tool) else given
    if isinstance(tool, str):
        if tool not in known:
            raise TaskError(
                f"No tool is named {quoted(tool)}.{did_you_mean(tool, known)} `session.tools()` lists them."
            )
        tool = known[tool]
    if isinstance(tool, ToolVersion):
        if tool.by_snippet:
            raise TaskError(f"{tool.name} takes functions as arguments, which no model can give: leave it out.")
        return ProjectTool(tool, runner)
    if not callable(tool):
        raise TaskError(f"A tool is a {type(tool).__name__}: give names of tools, tools, or functions of yours.")
    return OwnFunction.of(tool)


def said_of(functions: Mapping[str, ProjectTool | OwnFunction]) -> str:
    """Say which of them are yours and what that means, in one line; "" where none is."""
    acting = [name for name, each in functions.items() if isinstance(each, OwnFunction) and each.acts]
    marked = [name for name, each in functions.items() if isinstance(each, OwnFunction) and not each.acts]
    parts = []
    if acting:
        parts.append(f"{', '.join(acting)} (may act; latm_magic.pure marks what changes nothing)")
    if marked:
        parts.append(f"{', '.join(marked)} (marked as pure)")
    return f"Run in this process, outside of the sandbox, whenever the model says so: {'; '.join(parts)}" * bool(parts)


def not_there(name: str, arguments: str, known: Sequence[str]) -> Step:
    """Return the step of a call of a function that does not exist."""
    shown = ", ".join(list(known)[:20])
    close = did_you_mean(name, known)
    return Step(
        name[:_MOST_NAME],
        _object(arguments),
        error=f"there is no function {quoted(name)}.{close} There are: {shown}",
        at=now(),
    )


def _unfit(name: str, arguments: str, fault: str, fingerprint: str, at: str) -> Step:
    error = one_line(f"the arguments do not fit: {fault}", 400)
    return Step(name, _object(arguments), None, error, fingerprint, at=at)


def _object(arguments: str) -> dict[str, Any]:
    """Return arguments that were not run as far as they can be read."""
    try:
        found = plain(json.loads(arguments or "{}"))
    except (ValueError, RecursionError, NotPlain):
        return {}
    return found if isinstance(found, dict) else {}


def _parameter(parameter: inspect.Parameter) -> Parameter:
    annotation = parameter.annotation
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    has_default = parameter.default is not inspect.Parameter.empty
    return Parameter(
        parameter.name,
        parameter.kind.name.lower(),  # type: ignore[arg-type]  # the same words
        "" if annotation is inspect.Parameter.empty else text,
        one_line(repr(parameter.default)) if has_default else "",
    )
