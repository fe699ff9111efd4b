"""Questions as people hold them: a string, a list, a column of any table library, an iterator; and one made of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from latm_magic.errors import TaskError

MAX_QUESTION_CHARACTERS = 1_000_000
_AS_LIST = ("to_pylist", "tolist", "to_list")
"""What gives a column as a list of Python values: pyarrow's method, that of numpy and pandas, that of polars."""


def read_column(questions: Any) -> tuple[Iterable[Any], Any]:
    """Return the instances in order, and the index of the Series that they came from (None without one).

    Raises `TaskError` for what is not a column.
    """
    is_column = any(hasattr(questions, name) for name in _AS_LIST)
    index = getattr(questions, "index", None) if is_column else None
    return list(read_stream(questions)), None if callable(index) else index


def is_partitioned(questions: Any) -> bool:
    """Return whether a column lies in partitions, as one of Dask does."""
    return all(hasattr(type(questions), name) for name in ("map_partitions", "npartitions", "divisions"))


def read_stream(questions: Any) -> Iterable[Any]:
    """Return the instances of a column, or of an iterator that goes on; raises `TaskError` for what is neither."""
    if isinstance(questions, str):
        return [questions]
    if is_partitioned(questions):
        raise TaskError(
            "A Dask column was given, and this takes one in memory: give for example column.head(1000, -1)."
        )
    if hasattr(type(questions), "columns"):  # looking at those of a LazyFrame itself would compute them
        raise TaskError("A whole table was given: name the column with the questions, for example df['question'].")
    listed = next((getattr(questions, name) for name in _AS_LIST if hasattr(questions, name)), None)
    if listed is not None:
        instances = listed()  # an array without dimensions is one instance
        return instances if isinstance(instances, list) else [instances]
    if isinstance(questions, (Mapping, bytes, bytearray)) or not isinstance(questions, Iterable):
        raise TaskError(
            f"Questions cannot be read from a {type(questions).__name__}: give a string, a list or a Series."
        )
    return questions


def as_questions(instances: list[Any]) -> tuple[list[str], dict[int, str]]:
    """Return the texts of instances, and by position why one cannot be solved; the same list where all are texts."""
    if _are_questions(instances):
        return instances, {}
    texts, faults = [], {}
    for position, instance in enumerate(instances):
        text, fault = as_question(instance)
        texts.append(text)
        if fault:
            faults[position] = fault
    return texts, faults


def _are_questions(instances: list[Any]) -> bool:
    """Return whether all instances are texts that can be solved as they are: at a glance, for long columns."""
    if set(map(type, instances)) != {str}:
        return False
    sizes = list(map(len, instances))
    return min(sizes) > 0 and max(sizes) <= MAX_QUESTION_CHARACTERS and not any(map(str.isspace, instances))


def as_question(instance: Any) -> tuple[str, str]:
    """Return an instance's text and why it cannot be solved ("" when it can)."""
    if type(instance) is str and 0 < len(instance) <= MAX_QUESTION_CHARACTERS and not instance.isspace():
        return instance, ""
    if issubclass(type(instance), str):
        text = str.__str__(instance)
        if not text.strip():
            return text, "the question is empty"
        if len(text) > MAX_QUESTION_CHARACTERS:
            size = f"{len(text):,} characters (at most {MAX_QUESTION_CHARACTERS:,})"
            return text, f"the question has {size}"
        return text, ""
    if hasattr(instance, "as_py"):  # an element of a pyarrow array
        return as_question(instance.as_py())
    kind = "missing" if is_missing(instance) else f"a {type(instance).__name__}, not text"
    return f"<{kind}: {type(instance).__name__}>", f"the question is {kind}"


def is_missing(instance: Any) -> bool:
    """Return whether a column has nothing there: None, NaN, NaT, or pandas' NA, which is not even false."""
    try:
        return instance is None or bool(instance != instance)  # noqa: PLR0124
    except (TypeError, ValueError):  # NA; an array, which is something
        return not hasattr(type(instance), "__len__")
    except Exception:  # noqa: BLE001  whatever an object of yours raises when it is compared: it is something
        return False
