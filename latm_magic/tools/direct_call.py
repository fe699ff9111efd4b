"""The arguments of a call that you write yourself: bound as Python binds them, and held against their annotations.

A text that cannot be what the function takes is a question: people call a tool with one, and `Series.map` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.tools.arguments import fit_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.tool import ToolVersion

_BY_POSITION = {"positional_only", "var_positional"}


def bind(tool: ToolVersion, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any] | Sequence[Any]:
    """Return the arguments by name, or by position where the function wants that; raises TypeError like a call."""
    name, parameters = tool.name, tool.parameters
    try:
        bound = tool.call_signature.bind(*args, **kwargs)
        bound.arguments.update(fit_arguments(parameters, bound.arguments))
    except (TypeError, ValueError) as fault:
        raise TypeError(
            f"{name}() {fault}; it is {tool.signature}, and {name}.solve(question) takes a question"
        ) from None
    if not _BY_POSITION & {parameter.kind for parameter in parameters}:
        rest = next((parameter.name for parameter in parameters if parameter.kind == "var_keyword"), "")
        extra = bound.arguments.pop(rest, {})
        return {**bound.arguments, **extra}
    if bound.kwargs:
        raise TypeError(
            f"{name}() takes its arguments by position alone here, because some of them can only"
            f" be given so: leave out {', '.join(bound.kwargs)}"
        )
    return bound.args


def is_question(tool: ToolVersion, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Return whether a call has one text alone, and the function cannot be called with it."""
    if kwargs or len(args) != 1 or not isinstance(args[0], str):
        return False
    try:
        bind(tool, args, kwargs)
    except TypeError:
        return True
    return False
