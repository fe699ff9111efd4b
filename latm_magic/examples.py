"""Reading examples as people hold them: plain Python, tables, files.

Text comes through unchanged. How rows become samples is in `example_rows.py`, what files hold in `example_files.py`;
the text of a cell is left to `cell_text.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from latm_magic.errors import TaskError
from latm_magic.example_files import locate, read_file, unpacked
from latm_magic.example_rows import COLUMNS, Examples, read_rows
from latm_magic.task import AnswerKind, to_value
from latm_magic.text import bare


def read_examples(examples: Any, base: Path | None = None, *, na: str | None = None) -> Examples:
    """Return the samples that examples hold, and the kind of their answers.

    Accepted: `Examples`, pairs, mappings with question and answer (or input and target), `Instance`s, a table with such
    columns (of any library, or as lists by name), an array of two columns, or a path to a file (relative to `base`; see
    `example_files`). In place of an answer, None, NaN, NA and the word `na` say that there is none, `REFUSE` that the
    question is to be refused. Raises `TaskError`.
    """
    if na is not None and not isinstance(na, str):
        raise TaskError(f"na is a {type(na).__name__}: give the word that stands for no answer, as text.")
    if isinstance(examples, Examples):
        return examples
    if isinstance(examples, (str, Path)):
        return read_file(locate(Path(examples), base), na)
    if isinstance(examples, Mapping) and {*examples} == {"kind", "examples"}:
        return _of_kind(examples["examples"], examples["kind"])
    return read_rows(_rows_of(examples), na)


def _rows_of(examples: Any) -> Iterable[Any]:
    if isinstance(examples, Mapping):
        return unpacked(examples)
    if hasattr(examples, "to_pylist") and hasattr(examples, "column_names"):  # pyarrow
        return examples.to_pylist()  # type: ignore[no-any-return]
    if hasattr(examples, "columns"):
        return _table_rows(examples)
    if hasattr(examples, "to_list") or getattr(examples, "ndim", 2) != 2:  # noqa: PLR2004
        raise TaskError(
            f"A {type(examples).__name__} is one column: give both, as a DataFrame, or by zip(questions, answers)."
        )
    if hasattr(examples, "tolist"):
        return examples.tolist()  # type: ignore[no-any-return]
    if not isinstance(examples, Iterable):
        kind = type(examples).__name__
        raise TaskError(f"Examples cannot be read from a {kind}: give pairs, dicts, a DataFrame or a file's path.")
    return examples


def _table_rows(table: Any) -> Iterable[Any]:
    names = [bare(str(column)).casefold() for column in table.columns]
    for question, answer in COLUMNS:
        if names.count(question) > 1 or names.count(answer) > 1:
            raise TaskError(f"The table has several columns named {question!r} or {answer!r}: keep one of each.")
        if question in names and answer in names:
            columns = [table[list(table.columns)[names.index(name)]] for name in (question, answer)]
            return zip(*(c.tolist() if hasattr(c, "tolist") else c.to_list() for c in columns), strict=True)
    raise TaskError(
        f"The table has the columns {', '.join(map(repr, names)) or '(none)'}: it needs 'question' and 'answer'."
        f" Rename them: df.rename(columns={_new_names(list(table.columns))})."
    )


def _new_names(columns: list[Any]) -> str:
    """Return which columns to rename how, as Python: the first two where there are no more."""
    if len(columns) != 2:  # noqa: PLR2004
        return "{...}"
    return repr(dict(zip(columns, COLUMNS[0], strict=True)))


def _of_kind(rows: Any, kind: Any) -> Examples:
    """Return examples whose answers are texts of a kind that is named, as tool notebooks keep what no number shows."""
    samples, _ = read_examples(rows)
    if kind not in get_args(AnswerKind):
        raise TaskError(f"{kind!r} is not a kind of answer: name one of {', '.join(get_args(AnswerKind))}.")
    for number, sample in enumerate(samples, 1):
        if sample.expects != "answer":
            continue
        try:
            to_value(sample.answer or "", kind)
        except ValueError as fault:
            raise TaskError(f"The answer of example {number} is not of kind {kind}: {fault}.") from None
    return Examples(samples, kind)
