"""How replies of the user model are read: one call, a "no", or nothing.

Two calls for one question have no single meaning, and neither has a call beside a "no": the model is asked again, and
nothing is guessed. What has one meaning is read in whatever form it stands.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.tools.arguments import read_arguments
from latm_magic.tools.json_text import read_json, spans
from latm_magic.tools.prompts import CANNOT
from latm_magic.tools.refusals import declines, declines_beside_a_call

if TYPE_CHECKING:
    from latm_magic.models.model import FunctionCall, Reply
    from latm_magic.tool import Proposal

_HOLDERS = ("arguments", "parameters", "args", "kwargs", "input")
"""Keys below which models put the arguments."""
_WRAPPERS = ("function", "function_call", "tool_call", "tool_calls")
_BESIDE = frozenset({"name", "function", "tool", "type", "id", "call_id", "index", "recipient", "recipient_name"})
"""What may stand beside the arguments in a call."""
_MOST_WRAPPED = 4
_MAX_CALL_CHARACTERS = 100_000
"""Of a call in Python, which is parsed."""
_MOST_PARTS = 50
"""Objects and calls in a text, from which no single call is looked for."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A call as it stands in a reply."""

    text: str
    arguments: dict[str, Any] | None = None
    fault: str = ""
    """Why there are no arguments."""


def read_call(reply: Reply, tool: Proposal, question: str = "") -> dict[str, Any] | None:
    """Return the arguments of the one call in a reply, converted and checked; None where the model declines.

    Reads native calls, JSON objects and Python calls. Raises `ValueError` saying what is wrong.
    """
    outside, written = _in_text(reply.text, tool)
    said = [_native(call, tool) for call in reply.calls]
    said += [each for each in written if each.arguments is not None] if said else written
    if not said:
        if not outside.strip() or declines(outside):
            return None
        raise ValueError("the reply holds neither a call nor a JSON object")
    if declines_beside_a_call(outside):
        raise ValueError(f"the reply holds a call and says {CANNOT} as well: give one of them")
    arguments = _the_one(said, tool)
    return None if CANNOT in _texts(arguments) and CANNOT not in question else arguments


def _the_one(said: list[_Said], tool: Proposal) -> dict[str, Any]:
    """Return the arguments of calls that all say the same; a broken call counts where it says something else."""
    fitting = {_content(each.arguments): each for each in said if each.arguments is not None}
    if len(fitting) > 1:
        raise ValueError(f"there are {len(fitting)} different calls, but one question has one")
    if not fitting:
        raise ValueError(said[0].fault)
    (whole,) = fitting.values()
    known = {*_words(whole.text), tool.name, tool.function, *(parameter.name for parameter in tool.parameters)}
    for each in said:
        if each.arguments is None and not _words(each.text) <= known:
            raise ValueError(f"there is a second call, which cannot be made ({each.fault}): give one alone")
    return whole.arguments or {}


def _content(arguments: dict[str, Any]) -> str:
    return repr(sorted(arguments.items()))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _texts(value: Any) -> list[str]:
    """Return the texts of which arguments consist, those inside lists included."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _native(call: FunctionCall, tool: Proposal) -> _Said:
    if not _is_ours(call.name, tool):
        return _Said(f"{call.name} {call.arguments}", fault=_no_function(call.name, tool))
    try:
        data = read_json(call.arguments or "{}")
    except ValueError as fault:
        return _Said(call.arguments, fault=f"the arguments are not a JSON object: {fault}")
    return _checked(call.arguments, data, tool)


def _in_text(text: str, tool: Proposal) -> tuple[str, list[_Said]]:
    """Return a text without the calls in it, and the calls."""
    names = "|".join(map(re.escape, {tool.function, tool.name}))
    outside, said = "", list[_Said]()
    for number, (before, part) in enumerate(spans(_unquoted(text), re.compile(rf"\{{|\b(?:{names})\("))):
        if number > _MOST_PARTS:
            raise ValueError(f"the reply holds more than {_MOST_PARTS} objects: give the call alone")
        found = None
        if part:
            found = _object_in(part, tool) if part.startswith("{") else _from_python(part, tool)
        outside += before + ("" if found else part)
        said += [found] if found else []
    return outside, said


def _unquoted(text: str) -> str:
    """Return a text that stands in a JSON string of its own without that."""
    if text.lstrip().startswith('"'):
        try:
            return str(read_json(text))
        except ValueError:
            return text
    return text


def _object_in(text: str, tool: Proposal) -> _Said | None:
    """Return the call that a JSON object in a text is; None for an object that names no argument."""
    try:
        data = read_json(text)
    except ValueError as fault:
        return _Said(text, fault=f"the arguments are not a JSON object: {fault}")
    known = {parameter.name for parameter in tool.parameters}
    is_call = not known or known & set(data) or _inner(data, tool) is not None
    return _checked(text, data, tool) if is_call else None


def _checked(text: str, data: Any, tool: Proposal) -> _Said:
    try:
        return _Said(text, read_arguments(tool.parameters, _unwrapped(data, tool)))
    except ValueError as fault:
        return _Said(text, fault=str(fault))


def _unwrapped(data: Any, tool: Proposal) -> Any:
    """Return the arguments themselves, which may stand in a call, in a text, or both."""
    for _ in range(_MOST_WRAPPED):
        if isinstance(data, str):
            data = read_json(data)
        inner = _inner(data, tool)
        if inner is None:
            return data
        data = inner
    return data


def _inner(data: Any, tool: Proposal) -> Any:
    """Return what a call holds as its arguments, or as the call itself; None where `data` is no such thing."""
    if not isinstance(data, dict):
        return None
    names = {parameter.name for parameter in tool.parameters}
    for key in (tool.name, tool.function, *_HOLDERS, *_WRAPPERS):
        inside = data.get(key)
        if isinstance(inside, list) and len(inside) == 1:
            (inside,) = inside
        is_call = isinstance(inside, dict) or (key in _HOLDERS and isinstance(inside, str))
        if is_call and key not in names and set(data) - {key} <= _BESIDE:
            name = next((data[each] for each in ("name", "function", "tool") if isinstance(data.get(each), str)), "")
            if name and not _is_ours(name, tool):
                raise ValueError(_no_function(name, tool))
            return inside
    return None


def _is_ours(name: str, tool: Proposal) -> bool:
    """Return whether a call means the tool, whatever its namespace ("functions."), channel or number."""
    plain = re.sub(r":\d+$", "", name.partition("<|")[0].strip().removesuffix("()"))
    return re.split(r"[./:]", plain)[-1] in {tool.name, tool.function}


def _no_function(name: str, tool: Proposal) -> str:
    return f"there is no function {name[:60]!r} here, only {tool.name!r}"


def _from_python(text: str, tool: Proposal) -> _Said:
    try:
        return _checked(text, _keywords(text), tool)
    except ValueError as fault:
        return _Said(text, fault=str(fault))
    except (SyntaxError, TypeError, RecursionError, MemoryError):
        return _Said(text, fault="the call cannot be read: give the arguments as a JSON object")


def _keywords(text: str) -> Any:
    call = ast.parse(text[:_MAX_CALL_CHARACTERS], mode="eval").body
    if not isinstance(call, ast.Call) or call.args:
        raise ValueError("give every argument by its name")
    return json.loads(json.dumps({keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call.keywords}))


def read_snippet(reply: Reply) -> str | None:
    """Return the one snippet in a reply, or None when the model declines; raises `ValueError`."""
    text = reply.text.strip()
    blocks = re.findall(r"^```[^\n]*\n(.*?)(?:^```|\Z)", text, re.DOTALL | re.MULTILINE)
    answering = list(dict.fromkeys(block for block in blocks if re.search(r"^[ \t]*ans\b", block, re.MULTILINE)))
    if len(answering) > 1:
        raise ValueError(f"there are {len(answering)} different snippets, but one question has one")
    outside = re.sub(r"^```[^\n]*\n.*?(?:^```|\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    if blocks and not answering and CANNOT in text:
        return None
    if blocks:
        if declines_beside_a_call(outside):
            raise ValueError(f"the reply holds a snippet and says {CANNOT} as well: give one of them")
        return str((answering or blocks)[-1])
    if re.search(r"^\w+ *=", text, re.MULTILINE) and not declines_beside_a_call(text):
        return text
    if not text or declines(text):
        return None
    raise ValueError("the reply holds no fenced python block")
