"""Reading examples from plain Python, tables and files: samples, and the kind of their answers.

Text comes through unchanged. Which samples contradict each other is left to `task.py`, the text of a cell to
`cell_text.py`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from latm_magic.errors import TaskError
from latm_magic.task import AnswerKind, Instance, to_value
from latm_magic.text import quoted

MAX_FILE_BYTES = 64 * 1024 * 1024
_COLUMNS = (("question", "answer"), ("input", "target"))


class Examples(NamedTuple):
    """Samples that were read, with the kind of their answers."""

    samples: tuple[Instance, ...]
    kind: AnswerKind = "text"


def read_examples(examples: Any, base: Path | None = None) -> Examples:
    """Return the samples that examples hold, and the kind of their answers.

    Accepted: `Examples`, pairs, mappings with question and answer (or input and target), `Instance`s, a DataFrame with
    such columns, or a path to a .csv, .jsonl or .json file (relative to `base`). Raises `TaskError`.
    """
    if isinstance(examples, Examples):
        return examples
    if isinstance(examples, (str, Path)):
        return _read_file(_locate(Path(examples), base))
    if hasattr(examples, "columns") and hasattr(examples, "iloc"):
        return _from_rows(_table_rows(examples))
    if isinstance(examples, Mapping) and {*examples} == {"kind", "examples"}:
        return _of_kind(examples["examples"], examples["kind"])
    if isinstance(examples, Mapping):
        examples = _unpack_mapping(examples)
    if not isinstance(examples, Iterable):
        kind = type(examples).__name__
        raise TaskError(f"Examples cannot be read from a {kind}: give pairs, dicts, a DataFrame or a file's path.")
    return _from_rows(examples)


def _of_kind(rows: Any, kind: Any) -> Examples:
    """Return examples whose answers are texts of a kind that is named, as tool notebooks keep what no number shows."""
    samples, _ = read_examples(rows)
    if kind not in get_args(AnswerKind):
        raise TaskError(f"{kind!r} is not a kind of answer: name one of {', '.join(get_args(AnswerKind))}.")
    for number, sample in enumerate(samples, 1):
        try:
            to_value(sample.answer or "", kind)
        except ValueError as fault:
            raise TaskError(f"The answer of example {number} is not of kind {kind}: {fault}.") from None
    return Examples(samples, kind)


def _unpack_mapping(examples: Mapping[Any, Any]) -> Iterable[Any]:
    if "examples" in examples:
        inner = examples["examples"]
        return inner if isinstance(inner, Iterable) else [inner]
    return examples.items()


def _table_rows(table: Any) -> Iterable[Any]:
    names = [str(column) for column in table.columns]
    for question, answer in _COLUMNS:
        if names.count(question) > 1 or names.count(answer) > 1:
            raise TaskError(f"The table has several columns named {question!r} or {answer!r}: keep one of each.")
        if question in names and answer in names:
            return zip(table[question].tolist(), table[answer].tolist(), strict=True)
    raise TaskError(
        f"The table has the columns {', '.join(map(repr, names)) or '(none)'}: it needs 'question' and 'answer'."
        " Rename them, for example df.rename(columns={...})."
    )


def _from_rows(rows: Iterable[Any]) -> Examples:
    pairs = [_pair(row, number) for number, row in enumerate(rows, 1)]
    kind = _kind_of([answer for _, answer in pairs])
    return Examples(tuple(Instance(q, _text(a, kind, number)) for number, (q, a) in enumerate(pairs, 1)), kind)


def _pair(row: Any, number: int) -> tuple[str, Any]:
    question, answer = _raw_pair(row, number)
    answer = answer.item() if hasattr(answer, "item") and hasattr(answer, "dtype") else answer
    if not isinstance(question, str):
        raise TaskError(f"The question of example {number} is a {type(question).__name__}, not text: give a str.")
    if answer is None or (isinstance(answer, float) and math.isnan(answer)):
        raise TaskError(f"Example {number} has no answer: {quoted(question)}. Give one or leave the example out.")
    if not isinstance(answer, (str, int, float)):
        raise TaskError(
            f"The answer of example {number} is a {type(answer).__name__}: give text, an int, a float or a bool."
        )
    return question, answer


def _raw_pair(row: Any, number: int) -> tuple[Any, Any]:
    if isinstance(row, Instance):
        return row.question, row.answer
    if isinstance(row, Mapping):
        for question, answer in _COLUMNS:
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
    return "float" if kinds and kinds <= {int, float} else "text"


def _text(answer: Any, kind: AnswerKind, number: int) -> str:
    try:
        return repr(float(answer)) if kind == "float" else str(answer)
    except (OverflowError, ValueError):
        what = "float" if kind == "float" else "decimal number"
        raise TaskError(f"The answer of example {number} is too large to be written as a {what}: give text.") from None


def infer_kind(texts: list[str]) -> AnswerKind:
    """Return the kind of answers that came as text alone (cells, .csv), as a table reader would: all alike or text."""
    if texts and all(text in {"True", "False"} for text in texts):
        return "bool"
    if texts and all(re.fullmatch(r"-?(0|[1-9]\d{0,17})", text) for text in texts):
        return "int"
    if texts and all(re.fullmatch(r"-?(0|[1-9]\d{0,14})\.\d{1,12}", text) for text in texts):
        return "float"
    return "text"


def _locate(path: Path, base: Path | None) -> Path:
    path = path.expanduser()
    found = path if path.is_absolute() or base is None or path.exists() else base / path
    if not found.exists():
        raise TaskError(f"No file {str(path)!r}: check the path, or give the examples as pairs or a DataFrame.")
    if not found.is_file():
        raise TaskError(f"{str(path)!r} is not a file: name a .csv, .jsonl or .json file.")
    return found


def _read_file(path: Path) -> Examples:
    readers = {".csv": _read_csv, ".jsonl": _read_jsonl, ".json": _read_json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise TaskError(f"{path.name!r} is not a .csv, .jsonl or .json file: convert it, or pass a DataFrame.")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise TaskError(
            f"{path.name!r} has {size / 1e6:,.0f} MB (at most {MAX_FILE_BYTES / 1e6:.0f}): some dozens of examples are"
            " enough to make a tool; pass a part of it, and solve the rest with %latm_solve."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise TaskError(f"{path.name!r} is not UTF-8 (byte {fault.start}): save it as UTF-8.") from None
    except OSError as fault:
        raise TaskError(f"{path.name!r} cannot be read: {fault.strerror}.") from None
    if not text.strip():
        raise TaskError(f"{path.name!r} is empty: it should hold questions and answers.")
    return reader(text, path.name)


def _read_csv(text: str, name: str) -> Examples:
    csv.field_size_limit(MAX_FILE_BYTES)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as fault:
        raise TaskError(f"{name!r} is not a proper CSV file: {fault}.") from None
    samples, _ = _from_rows(rows)
    return Examples(samples, infer_kind([sample.answer or "" for sample in samples]))


def _read_jsonl(text: str, name: str) -> Examples:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            rows.append(_parse_json(line, f"Line {number} of {name!r}"))
    return _from_rows(rows)


def _read_json(text: str, name: str) -> Examples:
    data = _parse_json(text, repr(name))
    if isinstance(data, Mapping):
        data = _unpack_mapping(data)
    if not isinstance(data, Iterable) or isinstance(data, str):
        raise TaskError(f"{name!r} does not hold a list of examples: use [{{'question': …, 'answer': …}}, …].")
    return _from_rows(data)


def _parse_json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise TaskError(f"{where} is not JSON ({fault}): check where the file comes from.") from None
