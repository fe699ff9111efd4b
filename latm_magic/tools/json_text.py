"""JSON as models write it: with comments, trailing commas, single quotes, Python's constants, and text around it.

What is read has one meaning or none: nothing is completed, and a key with two values is an error. One pass over a text,
so that a hostile reply costs no more than a long one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'?         # text; what is left open goes on to the end
    | //[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z)        # comments
    | [][(){},]
    | \b(?:True|False|None)\b
    """,
    re.DOTALL | re.VERBOSE,
)
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}
_OPENING, _CLOSING = frozenset("[({"), frozenset("])}")
_MOST_LEFT_OPEN = 5
"""Openings without an end after which a text is no longer searched."""
_DEEPEST = 500


def read_json(text: str) -> Any:
    """Return the value of a JSON text, or of one in the forms above; raises `ValueError`."""
    try:
        return _load(text)
    except (ValueError, RecursionError) as fault:
        said = str(fault) or "it is nested too deeply"
    try:
        return _load(_strict(text))
    except (ValueError, RecursionError):
        raise ValueError(said) from None


def _load(text: str) -> Any:
    return json.loads(text, strict=False, object_pairs_hook=_object)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and repr(found[key]) != repr(value):
            raise ValueError(f"{key[:60]!r} has two values")
        found[key] = value
    return found


def _strict(text: str) -> str:
    """Return a text as strict JSON: without comments and trailing commas, in double quotes."""
    parts: list[str] = []
    before, comma, position = "", -1, 0
    for match in _TOKEN.finditer(text):
        between, part = text[position : match.start()], match[0]
        parts.append(between)
        before = between.strip() or before
        position = match.end()
        if part[0] in "/#":
            continue
        if part in _CLOSING and before == "," and comma >= 0:
            parts[comma] = ""
        if part == ",":
            comma = len(parts) if before and before not in {*_OPENING, ","} else -1
        parts.append(_CONSTANTS.get(part) or (_double_quoted(part) if part[0] == "'" else part))
        before = part
    return "".join([*parts, text[position:]])


def _double_quoted(token: str) -> str:
    inner = re.sub(r"\\'|\"|\\.", lambda found: {"\\'": "'", '"': '\\"'}.get(found[0], found[0]), token[1:-1])
    return f'"{inner}"'


def spans(text: str, opening: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Return what begins with `opening` (which ends in a bracket) up to its closing bracket, with the text before each.

    What is left open is returned up to the next opening. The text behind the last one comes with "".
    """
    position, start, left_open = 0, opening.search(text), 0
    while start and left_open < _MOST_LEFT_OPEN:
        end = _end(text, start.end())
        left_open += not end
        follows = opening.search(text, end or start.end())
        end = end or (follows.start() if follows else len(text))
        yield text[position : start.start()], text[start.start() : end]
        position, start = end, follows
    yield text[position:], ""


def _end(text: str, start: int) -> int:
    """Return where the bracket that stands before `start` is closed; 0 where it is not."""
    depth = 1
    for match in _TOKEN.finditer(text, start):
        depth += (match[0] in _OPENING) - (match[0] in _CLOSING)
        if depth == 0:
            return match.end()
        if depth > _DEEPEST:
            break
    return 0
