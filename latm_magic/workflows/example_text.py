"""Examples of a flow as they stand in a cell: inputs as they are written in a call, and the answer."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.example_rows import read_texts
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMED = re.compile(r"\s*[^\W\d]\w*\s*=(?!=)")
"""How inputs begin."""


def sorted_out(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return pairs of text as "examples", inputs with answers, and "questions", text with answers, or None.

    What begins as inputs do (`amount=`) is taken for them, and raises `TaskError` where it is not written so.
    """
    some = list(pairs)
    inputs = [pair for pair in some if _NAMED.match(pair[0])]
    questions = [pair for pair in some if not _NAMED.match(pair[0])]
    return {"examples": examples_of(inputs), "questions": read_texts(questions) if questions else None}


def examples_of(pairs: Iterable[tuple[str, str]]) -> list[tuple[dict[str, Any], Any]]:
    """Return pairs of text as inputs by name and answers; an answer that is no Python literal is text.

    Raises `TaskError` for inputs that are not written as `amount=5, unit="kg"`.
    """
    return [(_inputs(inputs), _answer(answer)) for inputs, answer in pairs]


def _inputs(text: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"inputs({text.strip()})", mode="eval").body
        if isinstance(call, ast.Call) and not call.args and isinstance(call.func, ast.Name):
            return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords if _has_name(each)}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        pass
    raise TaskError(f'{quoted(text, 80)} does not say the inputs: write amount=5, unit="kg", with plain values.')


def _has_name(keyword: ast.keyword) -> bool:
    if keyword.arg is None:
        raise ValueError("** has no name")
    return True


def _answer(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return text
