"""What was seen at a state, as a vector of numbers of a fixed width, for controllers that need one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.workflows.decisions import Decision

    Vector = np.ndarray[tuple[int], np.dtype[np.float32]]
    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_MOST = 1e300
_MOST_TEXTS = 20
"""Texts of a slot that have a place of their own: the most frequent of those that were seen at least twice."""


class Encoding:
    """A place in the vector for each state and slot that the decisions hold; whatever else is seen later has none.

    A number has three places: that it is there, its rank among those of its slot (-1 to 1), and its size (the logarithm
    of 1 + its amount, with its sign), by which numbers of two slots can be compared. A text has one for each value.
    """

    def __init__(self, decisions: Sequence[Decision]) -> None:
        values: dict[str, list[Any]] = defaultdict(list)
        for decision in decisions:
            for name, value in decision.seen.items():
                values[name].append(value)
        self._states = {name: place for place, name in enumerate(sorted({each.after for each in decisions}))}
        numbers = {name: sorted(each for each in given if is_number(each)) for name, given in sorted(values.items())}
        self._numbers = {name: np.array(found, float) for name, found in numbers.items() if found}
        self._texts = [(name, text) for name, given in sorted(values.items()) for text in _frequent(given)]
        self.width = len(self._states) + 3 * len(self._numbers) + len(self._texts)

    def vector(self, after: str, seen: Mapping[str, Any]) -> Vector:
        """Return a state and what was seen there, of shape (width,)."""
        state = [0.0] * len(self._states)
        if after in self._states:
            state[self._states[after]] = 1.0
        numbers = [each for name, known in self._numbers.items() for each in _of_number(seen.get(name), known)]
        texts = [float(seen.get(name) == text) for name, text in self._texts]
        return np.array([*state, *numbers, *texts], np.float32)

    def matrix(self, decisions: Sequence[Decision]) -> Matrix:
        """Return a row for each decision, of shape (decisions, width)."""
        rows = [self.vector(each.after, each.seen) for each in decisions]
        return np.stack(rows) if rows else np.zeros((0, self.width), np.float32)


def is_number(value: object) -> bool:
    """Tell whether a value is a number that can be compared: finite, truth values included."""
    return isinstance(value, int | float) and abs(value) < _MOST


def _of_number(value: Any, known: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    if not is_number(value):
        return (0.0, 0.0, 0.0)
    below, to = np.searchsorted(known, value, "left"), np.searchsorted(known, value, "right")
    return (1.0, float(below + to) / len(known) - 1, math.copysign(math.log1p(abs(value)), value) / 4)


def _frequent(values: Sequence[Any]) -> list[str]:
    counts = Counter(each for each in values if isinstance(each, str))
    return sorted(text for text, count in counts.most_common(_MOST_TEXTS) if count > 1)
