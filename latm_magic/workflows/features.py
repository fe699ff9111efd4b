"""Comparisons that may decide a branch: each column of a table of truth values is one guard on one decision a row.

Constants, one-of for text, value against value of like kind, counts, and "this value, else that one". It does NOT
choose among them: `branches.py` does.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from latm_magic.workflows.machine import MISSING, Guard, is_number, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from latm_magic.workflows.decisions import Value

_MOST_TEXTS = 12
"""Texts of a slot that are told apart; one with more is no category."""
_MOST_THRESHOLDS = 120
_MOST_SLOTS = 60
_MOST_PAIRS = 400
_MOST_ELSES = 20
_ELSE_BITS = 1.0
"""For "this value, else that one", since an argument or an answer of the flow says so too."""
_DOUBT_BITS = 10.0
"""For a slot that varies for no reason: one in a thousand of them decides a branch."""
_FEW = 6
"""Different numbers of a slot that look like levels rather than amounts."""
_BITS_A_DIGIT = math.log2(10)


class Table:
    """Every comparison that tells rows apart, with how much it takes to say it."""

    def __init__(
        self,
        after: str,
        rows: Sequence[Mapping[str, Value]],
        labels: np.ndarray,
        elses: Sequence[tuple[str, ...]] = (),
        doubtful: Collection[str] = (),
    ) -> None:
        """Make all guards for decisions that were made at one state; `labels` are whole numbers, one a row.

        `elses` are slots that stand for one value, the first that was seen: "this value, else that one"; `doubtful` are
        slots that vary for no reason (`varying.py`).
        """
        self.after = after
        self._doubtful = doubtful
        self._elses = elses[:_MOST_ELSES]
        self.rows = rows
        self._labels = labels
        found: dict[bytes, list[tuple[float, Guard]]] = {}
        columns: dict[bytes, np.ndarray] = {}
        for cost, guard, column in self._all():
            if column.any() and not column.all():
                key = column.tobytes()
                columns.setdefault(key, column)
                found.setdefault(key, []).append((cost, guard))
        self._same = [sorted(each, key=lambda pair: (pair[0], str(pair[1]))) for each in found.values()]
        self.matrix = np.array(list(columns.values()), dtype=bool).T.reshape(len(rows), len(columns))
        """One row a decision, one column for each way to tell the rows apart."""
        self.costs = np.array([each[0][0] for each in self._same])
        """Bits of the simplest guard of each column."""

    def guards(self, column: int) -> list[tuple[float, Guard]]:
        """Return the guards that tell all rows apart in this way, the simplest first, each with its bits."""
        return self._same[column]

    def _all(self) -> Iterator[tuple[float, Guard, np.ndarray]]:
        slots = _names(self.rows)
        values = {slot: [row.get(slot, MISSING) for row in self.rows] for slot in slots}
        numbers = {slot: each for slot, each in values.items() if _are_numbers(each)}
        base = math.log2(len(slots) + 1)
        for slot in slots:
            yield from self._single(slot, values[slot], base + self._distance(slot) + self._doubt(slot))
        for slots_in_turn, first_seen in self._in_turn(numbers):
            yield from self._thresholds(slots_in_turn, first_seen, base + _ELSE_BITS + self._doubt(*slots_in_turn))
        yield from self._pairs(values, numbers, base)

    def _distance(self, slot: str) -> float:
        """Return the bits for a slot's place: what the last call gave is the likeliest reason of what comes next."""
        return 0.0 if slot.startswith((f"{self.after}.", "count.")) or slot == self.after else 0.5

    def _doubt(self, *slots: str) -> float:
        return _DOUBT_BITS * any(slot in self._doubtful for slot in slots)

    def _is_there_with(self, count: str, missing: list[bool]) -> bool:
        """Return whether a slot is there just where its tool was called, which the count says already."""
        return any(count in row for row in self.rows) and [count not in row for row in self.rows] == missing

    def _single(self, slot: str, values: list[Any], base: float) -> Iterator[tuple[float, Guard, np.ndarray]]:
        missing = [value is MISSING for value in values]
        count = f"count.{slot.partition('.')[0]}"
        if any(missing) and (slot == count or not self._is_there_with(count, missing)):
            yield base, Guard(self.after, (slot,), "is there"), ~np.array(missing)
        if any(type(value) is bool for value in values):
            yield base, Guard(self.after, (slot,), "is true"), np.array([value is True for value in values])
        if _are_numbers(values):
            yield from self._thresholds((slot,), values, base)
        texts = {value for value in values if isinstance(value, str)}
        if 0 < len(texts) <= _MOST_TEXTS:
            known = tuple(sorted(texts))
            for text in known:
                guard = Guard(self.after, (slot,), "==", constant=text, between=known)
                yield base + math.log2(len(texts)), guard, np.array([value == text for value in values])

    def _thresholds(
        self, slots: tuple[str, ...], values: list[Any], base: float
    ) -> Iterator[tuple[float, Guard, np.ndarray]]:
        array = np.array([value if is_number(value) else -np.inf for value in values], dtype=float)
        levels = np.unique(array[np.isfinite(array)])
        if len(levels) < 2:  # noqa: PLR2004
            return
        whole = all(type(value) is int or value == int(value) for value in values if is_number(value))
        for place in _boundaries(array, levels, self._labels):
            low, high = _plain(levels[place], whole=whole), _plain(levels[place + 1], whole=whole)
            threshold, digits = roundest(low, high)
            bits = math.log2(len(levels)) if len(levels) <= _FEW else 2.0 + digits * _BITS_A_DIGIT
            guard = Guard(self.after, slots, ">", constant=threshold, between=(low, high))
            yield base + bits, guard, array > threshold

    def _pairs(
        self, values: Mapping[str, list[Any]], numbers: Mapping[str, list[Any]], base: float
    ) -> Iterator[tuple[float, Guard, np.ndarray]]:
        own = [slot for slot in numbers if not _is_count(slot)]
        variables: list[tuple[tuple[str, ...], list[Any]]] = [((slot,), numbers[slot]) for slot in own]
        variables += self._in_turn(numbers)
        for (left, lefts), (right, rights) in list(combinations(variables, 2))[:_MOST_PAIRS]:
            if set(left) & set(right):
                continue
            bits = base * 2 + 1.0 + _ELSE_BITS * ((len(left) > 1) + (len(right) > 1)) + self._doubt(*left, *right)
            yield from self._compared(left, lefts, right, rights, bits)
            yield from self._compared(right, rights, left, lefts, bits)
        texts = [slot for slot in values if any(isinstance(value, str) for value in values[slot])]
        for one, two in list(combinations(texts, 2))[:_MOST_PAIRS]:
            guard = Guard(self.after, (one,), "==", right=(two,))
            yield base * 2 + self._doubt(one, two), guard, np.array([guard.holds(row) for row in self.rows])

    def _in_turn(self, numbers: Mapping[str, list[Any]]) -> list[tuple[tuple[str, ...], list[Any]]]:
        """Return the numbers of slots that stand for one value, where more than the first of them are needed."""
        needed = [each for each in self._elses if all(slot in numbers for slot in each) and MISSING in numbers[each[0]]]
        return [(slots, [read(slots, row) for row in self.rows]) for slots in needed]

    def _compared(
        self, left: tuple[str, ...], lefts: list[Any], right: tuple[str, ...], rights: list[Any], bits: float
    ) -> Iterator[tuple[float, Guard, np.ndarray]]:
        pairs = zip(lefts, rights, strict=True)
        gaps = np.array([a - b if is_number(a) and is_number(b) else -np.inf for a, b in pairs], dtype=float)
        column = gaps > 0
        below = gaps[np.isfinite(gaps) & ~column]
        if column.any() and len(below):
            between = (float(below.max()), float(gaps[column].min()))
            yield bits, Guard(self.after, left, ">", right=right, between=between), column


def roundest(low: float, high: float) -> tuple[float, int]:
    """Return the number with the fewest digits from `low` on and below `high`, and its digits; `x > it` splits them.

    Of several the one nearest the middle. 0 has no digit.
    """
    if low < 0 < high or low == 0:
        return 0, 0
    middle = (low + high) / 2
    top = math.floor(math.log10(max(abs(low), abs(high)))) if max(abs(low), abs(high)) else 0
    for digits in range(1, 17):
        step = 10.0 ** (top - digits + 1)
        for near in (round(middle / step), math.floor(middle / step)):
            rounded = round(near * step, max(0, digits - top + 1))
            if low <= rounded < high:
                return (int(rounded) if rounded == int(rounded) else rounded), digits
    return low, 17


def _boundaries(array: np.ndarray, levels: np.ndarray, labels: np.ndarray) -> list[int]:
    """Return the gaps between levels where a threshold may be the best one: where choices differ."""
    there = np.isfinite(array)
    places = np.searchsorted(levels, array[there])
    low, high = np.full(len(levels), labels.max() + 1), np.full(len(levels), -1)
    np.minimum.at(low, places, labels[there])
    np.maximum.at(high, places, labels[there])
    alike = (low[:-1] == high[:-1]) & (low[1:] == high[1:]) & (low[:-1] == low[1:])
    found = np.flatnonzero(~alike)
    if len(found) > _MOST_THRESHOLDS:
        found = found[np.unique(np.linspace(0, len(found) - 1, _MOST_THRESHOLDS).astype(int))]
    return [int(place) for place in found]


def _plain(number: float, *, whole: bool) -> float:
    return int(number) if whole else float(number)


def _names(rows: Sequence[Mapping[str, Value]]) -> list[str]:
    """Return the slots that differ between rows, in the order seen; the first of many."""
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
    differing = [slot for slot in found if _differs(slot, rows)]
    return differing[:_MOST_SLOTS]


def _differs(slot: str, rows: Sequence[Mapping[str, Value]]) -> bool:
    first = rows[0].get(slot, MISSING)
    kinds = (str, int, float, bool)
    return any(
        (value := row.get(slot, MISSING)) is not first
        and (value is MISSING or first is MISSING or (isinstance(value, kinds) and value != first))
        for row in rows
    )


def _are_numbers(values: list[Any]) -> bool:
    there = [value for value in values if value is not MISSING]
    return bool(there) and all(is_number(value) for value in there)


def _is_count(slot: str) -> bool:
    return slot.startswith("count.")
