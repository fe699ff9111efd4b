"""Columns of values on their way into tables: what numpy, Arrow and pandas can hold of them, and parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_EXACT = 2**53
"""Up to here a float holds every whole number."""
_INT64 = range(-(2**63), 2**63)
"""The whole numbers that an Arrow column holds."""


def cut(column: Any, place: slice, positions: range) -> Any:
    """Return of a column those at `positions`, which `place` cuts; a dict is one by position, with gaps."""
    if column is None or isinstance(column, str):
        return column
    if not isinstance(column, dict):
        return column[place]
    if len(column) > len(positions):
        return {new: column[old] for new, old in enumerate(positions) if old in column}
    found = {positions.index(old): value for old, value in column.items() if old in positions}
    return found if positions.step > 0 else dict(sorted(found.items()))


def picked(column: Any, positions: Sequence[int]) -> Any:
    """Return of a column those at `positions`, in that order; a dict is one by position, with gaps."""
    if column is None or isinstance(column, str) or not len(column):
        return column
    if isinstance(column, dict):
        return {new: column[old] for new, old in enumerate(positions) if old in column}
    return column.take(positions) if hasattr(column, "take") else [column[position] for position in positions]


def chosen(mask: Any, count: int, index: Any = None) -> list[int]:
    """Return the positions that a boolean mask of `count` values chooses, or a list of positions.

    A Series goes by its index where the answers have one, as in pandas. Raises `TaskError` for what does not fit.
    """
    if index is not None and hasattr(mask, "reindex"):
        mask = _by_index(mask, index)
    listed = next((getattr(mask, name) for name in ("tolist", "to_list", "to_pylist") if hasattr(mask, name)), None)
    if listed is None and not isinstance(mask, (list, tuple, range)):
        raise TaskError(f"A {type(mask).__name__} chooses no answers: give a position, a slice or a boolean mask.")
    values = list(mask if listed is None else listed())
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        if not all(-count <= value < count for value in values):
            raise TaskError(f"There are {count:,} answers: give positions from 0 to {count - 1:,}.")
        return [value % count for value in values]
    if values and len(values) != count:
        raise TaskError(f"The mask has {len(values):,} values, and there are {count:,} answers: give one for each.")
    if any(isinstance(value, (str, float)) for value in values):
        raise TaskError("A mask holds True and False alone: compare something, as in answers[df['n'] > 3].")
    return [position for position, value in enumerate(values) if value is True]


def _by_index(mask: Any, index: Any) -> Any:
    import pandas as pd

    index = pd.Index(index)
    if mask.index.equals(index):
        return mask
    if not mask.index.is_unique or not index.is_unique or not index.isin(mask.index).all():
        raise TaskError("The mask has another index than the questions had: give one with the same rows.")
    return mask.reindex(index)


def filled(known: Mapping[int, Any], count: int, fallback: Any) -> list[Any]:
    """Return a column with gaps as a list, the gaps filled."""
    column = [fallback] * count
    for position, value in known.items():
        column[position] = value
    return column


def as_array(values: Sequence[Any]) -> Any:
    """Return values as a numpy array: numbers as numbers (NaN where there is none), the rest as objects.

    Whole numbers that a float cannot hold stay objects beside a missing one.
    """
    import numpy as np

    kinds = set(map(type, values))
    is_exact = int not in kinds or all(type(value) is not int or abs(value) <= _MOST_EXACT for value in values)
    if is_exact and kinds and kinds <= {int, float, type(None)} and type(None) in kinds and len(kinds) > 1:
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    if kinds in ({int}, {float}, {bool}) or (is_exact and kinds == {int, float}):
        return np.array(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def as_arrow_stream(values: Sequence[Any], requested_schema: Any = None) -> Any:
    """Return values of one kind as an Arrow stream; without pyarrow polars makes it."""
    try:
        import pyarrow as pa
    except ImportError:
        import polars as pl

        return pl.Series(values).__arrow_c_stream__(requested_schema)
    array = pa.array(values)
    column = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return column.__arrow_c_stream__(requested_schema)


def are_alike(values: Sequence[Any]) -> bool:
    """Return whether values are of one kind, which an Arrow column has."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {int, float}:
        return all(type(value) is float or value is None or abs(value) <= _MOST_EXACT for value in values)
    if kinds == {int}:
        return all(value is None or value in _INT64 for value in values)
    return len(kinds) <= 1


def as_pandas(values: Sequence[Any], dtype: str) -> Any:
    """Return values as a pandas array of `dtype`, NA where there is none; as objects where it is too small."""
    import pandas as pd

    try:
        return pd.array(values, dtype=dtype)
    except (OverflowError, TypeError, ValueError):  # a whole number of more than 64 bits, half a character
        return pd.array([pd.NA if value is None else value for value in values], dtype=object)
