"""Answers as a table whose columns have the same types in every partition, whatever is in them; by pandas and pyarrow.

A value that such a column cannot hold (a whole number of more than 64 bits, half a character) fails its row alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.answer import DTYPES, WAYS, Answers
from latm_magic.task import to_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.task import AnswerKind
    from latm_magic.tool import ToolVersion

_TEXT = "string[pyarrow]"
_INT64 = range(-(2**63), 2**63)


def kind_of(tools: Iterable[ToolVersion], *, direct: bool) -> AnswerKind:
    """Return the kind of a column that these tools' answers go into: text where it may hold several kinds."""
    kinds: set[AnswerKind] = {tool.kind for tool in tools}
    return kinds.pop() if len(kinds) == 1 and not direct else "text"


def empty_frame(kind: AnswerKind) -> Any:
    """Return the table without rows, which tells Dask the names and types of its columns."""
    return frame_of(Answers.of([]), kind)


def frame_of(answers: Answers, kind: AnswerKind, index: Any = None) -> Any:
    """Return answers as a pandas DataFrame, a row an instance: answer, way, tool, version, untested, cost, reason."""
    import pandas as pd

    ways, reasons = list(answers.ways), list(answers.reasons)
    values = _values(answers, kind, ways, reasons)
    rows = range(len(answers))
    columns = {
        "answer": pd.array(values, dtype=_TEXT if kind == "text" else DTYPES[kind]),
        "way": pd.array(ways, dtype=_TEXT),
        "tool": pd.array(answers.tools, dtype=_TEXT),
        "version": pd.array(answers.versions, dtype="Int64"),
        "untested": pd.array([row in answers.untested for row in rows], dtype=bool),
        "tokens": pd.array([answers.tokens.get(row, 0) for row in rows], dtype="int64"),
        "cost_usd": pd.array([_cost(answers.costs.get(row, 0.0)) for row in rows], dtype="float64"),
        "reason": pd.array([_whole(reason) for reason in reasons], dtype=_TEXT),
    }
    return pd.DataFrame(columns, index=index)


def _values(answers: Answers, kind: AnswerKind, ways: list[Any], reasons: list[str]) -> Sequence[Any]:
    """Return what goes into the column "answer"; fails, in `ways` and `reasons`, the rows that it cannot hold."""
    values: list[Any] = [*(answers.texts if kind == "text" else answers.to_list())]
    for row, value in enumerate(values):
        if value is None or (kind == "text" and value.isascii()):
            continue
        try:
            values[row] = _held(value, kind)
        except ValueError as fault:
            values[row] = None
            if WAYS[ways[row]].is_answer:
                ways[row], reasons[row] = "failed", f"the answer does not fit into a column of {kind}: {fault}"
    return values


def _held(value: Any, kind: AnswerKind) -> Any:
    """Return a value as a column of a kind holds it; raises `ValueError`, which UnicodeEncodeError is."""
    if kind == "text":
        value.encode()
        return value
    if isinstance(value, str):
        value = to_value(value, kind)
    if kind == "int" and value not in _INT64:
        raise ValueError("it is a whole number of more than 64 bits")
    return value


def _whole(text: str) -> str:
    """Return a text with "?" in place of half a character."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _cost(cost: float | None) -> float:
    return float("nan") if cost is None else cost
