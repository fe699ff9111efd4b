"""Columns of questions as people hold them: a string, a list, a Series of any table library, an iterator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from latm_magic.errors import TaskError


def read_column(questions: Any) -> tuple[Iterable[Any], Any]:
    """Return the instances in order, and the index of the Series that they came from (None without one).

    Raises `TaskError` for what is no column.
    """
    if isinstance(questions, str):
        return [questions], None
    if hasattr(questions, "columns"):
        raise TaskError("A whole table was given: name the column with the questions, for example df['question'].")
    if hasattr(questions, "tolist"):
        index, instances = getattr(questions, "index", None), questions.tolist()
        # An array without dimensions is one instance.
        return instances if isinstance(instances, list) else [instances], None if callable(index) else index
    if hasattr(questions, "to_list"):
        return questions.to_list(), None
    if isinstance(questions, (Mapping, bytes)) or not isinstance(questions, Iterable):
        raise TaskError(
            f"Questions cannot be read from a {type(questions).__name__}: give a string, a list or a Series."
        )
    return list(questions), None
