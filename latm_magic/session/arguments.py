"""What each argument of the Python face may be, checked in one place: a name means the same in every method.

Only the type is looked at, and of paths whether they can be one. Whether a tool or a file is there, and whether a
number is in its range, is said where it is used.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from latm_magic.answer import Answers
from latm_magic.errors import TaskError
from latm_magic.models.model import Role
from latm_magic.text import one_line, quoted
from latm_magic.tool import ToolVersion
from latm_magic.tools.function import Tool
from latm_magic.traces import Step, Trace

_MAX_NAME = 200
_NO_SCHEMA = (str, bytes, int, float, list, tuple)
_MAX_SHOWN = 10**20
_Check = Callable[[Any], bool]
_Class = TypeVar("_Class")


def _is(*kinds: type) -> _Check:
    return lambda value: isinstance(value, kinds)


def _is_whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool) and not hasattr(value, "__len__")


def _is_flag(value: Any) -> bool:
    return isinstance(value, (bool, int)) or type(value).__module__ == "numpy"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_NAME


def _are(check: _Check) -> _Check:
    return lambda value: isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)) and _all(check, value)


def _all(check: _Check, values: Iterable[Any]) -> bool:
    """Return whether all values pass; an iterator, which can be read once, is left to who reads it."""
    return iter(values) is values or all(map(check, values))


def _is_path(value: Any) -> bool:
    if not isinstance(value, (str, Path)):
        return False
    try:
        os.lstat(Path(value).expanduser())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return True
    except (OSError, ValueError, RuntimeError):  # too long, NUL, half a character, a home that is not there
        return False
    return True


def _one_or_more(check: _Check) -> _Check:
    several = _are(check)
    return lambda value: check(value) or (not isinstance(value, str) and several(value))


def _are_tools(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(_is_name(each) or callable(each) for each in value)


def _are_inputs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_name, value))


_FLAGS = ("replace", "direct", "show_held_out", "dry_run", "force", "ask", "retry", "keep_draft", "is_random", "mine")
_KINDS: Mapping[str, tuple[_Check, str]] = {
    "name": (_is_name, "the name of a tool, as text"),
    "old_name": (_is_name, "the name of a tool, as text"),
    "new_name": (_is_name, "a name for it, as text"),
    "names": (_one_or_more(_is_name), "the names of tools, as text"),
    "description": (_is(str), "text"),
    "tool": (_is_name, "the name of a tool, as text"),
    "version": (_is_whole, "a whole number"),
    "number": (_is_whole, "a whole number from 1"),
    "old": (_is_whole, "a whole number"),
    "new": (_is_whole, "a whole number"),
    "group": (lambda value: _is_whole(value) or _is_name(value), "the number of a group"),
    "block": (lambda value: _is_whole(value) and 0 < value <= sys.maxsize, "a whole number from 1"),
    "min_accuracy": (_is_number, "a number from 0 to 1"),
    "on_event": (callable, "a function that takes an event"),
    "path": (_is_path, "the path of a file"),
    "to": (_is_path, "the path or address of a folder"),
    "cluster": (lambda value: hasattr(value, "scheduler_info"), "a distributed.Client"),
    "project": (_is_path, "the path of a folder"),
    "rename": (lambda value: isinstance(value, Mapping) and all(map(_is_name, value)), "a mapping from name to name"),
    "clash": (_is_name, "'keep', 'replace' or 'rename'"),
    "examples": (
        lambda value: not isinstance(value, (str, Path)) or _is_path(value),
        "pairs, dicts, a DataFrame or the path of a file",
    ),
    "arguments": (_is(Mapping, Sequence), "a mapping, or a list by position"),
    "inputs": (_are_inputs, "a mapping from name to value"),
    "prompt": (_is(str), "text"),
    "tools": (_are_tools, "a list of names, tools and functions of yours"),
    "schema": (lambda value: not isinstance(value, _NO_SCHEMA), "a pydantic model, a type or a JSON Schema"),
    "rounds": (lambda value: _is_whole(value) and 0 < value <= sys.maxsize, "a whole number from 1"),
    "budget_usd": (_is_number, "US dollars from 0"),
    "seconds": (_is_number, "seconds above 0"),
    "record": (_is_name, "a name for it, as text"),
    "model": (lambda value: _is_name(value) or hasattr(value, "complete"), "a model or its name"),
    "after": (_are(_is(Step)), "steps of a trace"),
    "trace": (_is(Trace), "a trace, as session.traces(name)[0]"),
    "left": (_is(Trace), "a trace, as session.traces(name)[0]"),
    "right": (_is(Trace), "a trace, as session.traces(name)[0]"),
    "from_step": (_is_whole, "a whole number from 1"),
    "traces": (_are(_is(Trace)), "traces, as Traces.read gives them"),
    "trace_id": (_is_name, "the id of a trace, as text"),
    "role": (lambda value: value in get_args(Role), f"one of {', '.join(get_args(Role))}"),
    "profile": (_is_name, "the name of a profile, as text"),
    "api_key": (_is(str), "text"),
    "maker": (lambda value: hasattr(value, "complete"), "a model, which has name and complete"),
    "user": (lambda value: hasattr(value, "complete"), "a model, which has name and complete"),
    "dispatcher": (lambda value: hasattr(value, "complete"), "a model, which has name and complete"),
    "na": (_is(str), "the word that stands for a missing answer"),
    "coverage_rounds": (lambda value: _is_whole(value) and 0 <= value <= sys.maxsize, "a whole number from 0"),
    "rows": (lambda value: _is_whole(value) and 0 < value <= sys.maxsize, "a whole number from 1"),
    "target": (_is_number, "a number from 0 to 1"),
    "labels": (
        lambda value: isinstance(value, Mapping) and _are(_is(str))(value.keys()),
        "a mapping from question to right answer",
    ),
    **dict.fromkeys(_FLAGS, (_is_flag, "True or False")),
}
_OTHERWISE: Mapping[tuple[str, str], tuple[_Check, str]] = {
    ("add", "source"): (_is(str), "the module's source, as text"),
    ("load", "source"): (_one_or_more(_is_path), "the path of a file or folder, or several"),
    ("solve", "tool"): (lambda value: _is_name(value) or isinstance(value, (Tool, ToolVersion)), "a tool or its name"),
    ("asolve", "tool"): (lambda value: _is_name(value) or isinstance(value, (Tool, ToolVersion)), "a tool or its name"),
    ("rollback", "version"): (lambda value: _is_whole(value) or _is_name(value), "a whole number"),
    ("save_setting", "name"): (_is_name, "the name of a setting, as text"),
    ("verdict", "answers"): (_is(Answers), "the answers of solve"),
    ("make_flow", "name"): (_is_name, "the name of a flow, as text"),
    ("make_flow", "traces"): (
        lambda value: _is_name(value) or _are(_is(Trace))(value),
        "the name that traces are kept under, or traces",
    ),
    ("make_flow", "examples"): (_are(_is(tuple, list)), "pairs of inputs, by name, and answer"),
    ("make_flow", "unsure"): (_is_name, "'ask' or 'refuse'"),
    ("make_flow", "reads"): (_is(str), "the name of a tool whose parser reads the inputs, as text"),
    ("flow", "name"): (_is_name, "the name of a flow, as text"),
    ("drop_flow", "name"): (_is_name, "the name of a flow, as text"),
    ("call", "tool"): (_is(ToolVersion), "a tool's record"),
}


def check_arguments(kind: type[_Class]) -> type[_Class]:
    """Have every public method of a class check its arguments; they then raise `TaskError` in one line."""
    for name, method in vars(kind).copy().items():
        if inspect.isfunction(method) and (name == "__init__" or not name.startswith("_")):
            setattr(kind, name, _checked(method))
    return kind


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that checks its arguments first; one that does not fit its signature is left to Python."""
    signature = inspect.signature(method)
    checks = {
        name: (check, wanted, parameter.default is None or "None" in str(parameter.annotation) or check(None))
        for name, parameter in signature.parameters.items()
        for check, wanted in [_OTHERWISE.get((method.__name__, name)) or _KINDS.get(name) or (None, "")]
        if check
    }
    where = "Session" if method.__name__ == "__init__" else method.__name__

    positional = [name for name, each in signature.parameters.items() if each.kind is not each.KEYWORD_ONLY]

    def faults(given: Mapping[str, Any]) -> Iterator[str]:
        for name in checks.keys() & given.keys():
            check, wanted, may_be_none = checks[name]
            value = given[name]
            if not (may_be_none if value is None else check(value)):
                yield f"{where}: {name} is {_shown(value)}: give {wanted}."

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        # Binding takes as long as a small tool: it is for what does not pass, which may not fit the signature either.
        for fault in faults({**dict(zip(positional, args, strict=False)), **kwargs}):
            if _fits(signature, args, kwargs):
                raise TaskError(fault)
        return method(*args, **kwargs)

    return checked if checks else method


def _fits(signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _shown(value: Any) -> str:
    """Return a value for a message: short text as it is, of the rest the kind."""
    if value is None or isinstance(value, (bool, int, float)):
        return one_line(repr(value), 40) if not isinstance(value, int) or abs(value) < _MAX_SHOWN else "a huge number"
    if isinstance(value, (str, Path)):
        return quoted(str(value)) if len(str(value)) <= _MAX_NAME else f"text of {len(str(value)):,} characters"
    return f"a {type(value).__name__}"
