"""From pairs of question and answer to samples, with the kind that all answers have.

What holds the pairs (Python, tables, files, cells) is read elsewhere, and which samples contradict each other is left
to `task.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from latm_magic.errors import TaskError
from latm_magic.task import AnswerKind, Instance
from latm_magic.text import bare, quoted

COLUMNS = (("question", "answer"), ("input", "target"))
"""What the columns of a table, and the keys of a row, are called."""

_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")


class Examples(NamedTuple):
    """Samples that were read, with the kind of their answers."""

    samples: tuple[Instance, ...]
    kind: AnswerKind = "text"


def read_rows(rows: Iterable[Any]) -> Examples:
    """Return the samples in rows whose answers have types: pairs, mappings, `Instance`s. Raises `TaskError`."""
    pairs = [_pair(row, number) for number, row in enumerate(rows, 1)]
    kind = _kind_of([answer for _, answer in pairs])
    return Examples(tuple(Instance(q, _text(a, kind, number)) for number, (q, a) in enumerate(pairs, 1)), kind)


def read_texts(pairs: Iterable[tuple[str, str]]) -> Examples:
    """Return the samples in pairs of texts, as cells and .csv files have them; numbers are told by their looks."""
    pairs = list(pairs)
    kind = infer_kind([answer for _, answer in pairs])
    return Examples(tuple(Instance(q, answer if kind == "text" else bare(answer)) for q, answer in pairs), kind)


def infer_kind(texts: list[str]) -> AnswerKind:
    """Return the kind of answers that came as text alone, as a table reader would: all alike, or text.

    Whole numbers among decimals are decimals.
    """
    plain = [bare(text) for text in texts]
    if plain and all(text in {"True", "False"} for text in plain):
        return "bool"
    if plain and all(map(_WHOLE.fullmatch, plain)):
        return "int"
    return "float" if plain and all(map(_DECIMAL.fullmatch, plain)) else "text"


def _pair(row: Any, number: int) -> tuple[str, Any]:
    question, answer = _raw_pair(row, number)
    answer = answer.item() if hasattr(answer, "item") and hasattr(answer, "dtype") else answer
    if not isinstance(question, str):
        raise TaskError(f"The question of example {number} is a {type(question).__name__}, not text: give a str.")
    if is_missing(answer):
        raise TaskError(f"Example {number} has no answer: {quoted(question)}. Give one or leave the example out.")
    if not isinstance(answer, (str, int, float, Decimal)):
        raise TaskError(
            f"The answer of example {number} is a {type(answer).__name__}: give text, a number or a bool, for example"
            " by str(...)."
        )
    return question, answer


def is_missing(value: Any) -> bool:
    """Return whether a value says that there is none: None, NaN of any kind, pandas' NA and NaT."""
    if isinstance(value, Decimal):
        return value.is_nan()
    is_nan = isinstance(value, float) and value != value  # noqa: PLR0124
    return value is None or is_nan or type(value).__name__ in {"NAType", "NaTType"}


def _raw_pair(row: Any, number: int) -> tuple[Any, Any]:
    if isinstance(row, Instance):
        return row.question, row.answer
    if isinstance(row, Mapping):
        for question, answer in COLUMNS:
            if question in row:
                return row[question], row.get(answer)
        raise TaskError(f"Example {number} has the keys {sorted(map(str, row))}: it needs 'question' and 'answer'.")
    if isinstance(row, Sequence) and not isinstance(row, (str, bytes)):
        if len(row) == 2:  # noqa: PLR2004
            return row[0], row[1]
        raise TaskError(f"Example {number} has {len(row)} parts: give pairs of question and answer.")
    raise TaskError(f"Example {number} is a {type(row).__name__}: give a pair or a dict with question and answer.")


def _kind_of(answers: list[Any]) -> AnswerKind:
    kinds = {type(answer) for answer in answers}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    return "float" if kinds and kinds <= {int, float, Decimal} else "text"


def _text(answer: Any, kind: AnswerKind, number: int) -> str:
    try:
        is_number = kind == "float" and not isinstance(answer, Decimal)
        return repr(float(answer)) if is_number else str(answer)
    except (OverflowError, ValueError):
        what = "float" if kind == "float" else "decimal number"
        raise TaskError(f"The answer of example {number} is too large to be written as a {what}: give text.") from None
