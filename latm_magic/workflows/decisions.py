"""What a trace teaches: at each state what was seen so far, and which tool was called next.

Every controller (the flow's guards, and what they are compared with) learns from these, and chooses by them. It does
NOT learn or choose: `branches.py` and those who implement `Controller` do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.traces import Trace

START = "START"
"""The state before the first call."""
FINISH = "FINISH"
"""The action that ends a run."""
Value = Any
"""Plain data: None, bool, int, float, text, or a list or dict of those."""

_GONE = object()
_DEEPEST = 8
_MOST_KEYS = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice of a run."""

    after: str
    """The state: the tool called last, or START."""
    seen: Mapping[str, Value]
    """What was known, as flat slots: "input.amount", "to_usd.usd" (a dict's keys, nested ones dotted), "to_usd" (an
    output that is a plain value), "count.edit" (calls of a tool so far)."""
    action: str
    """The tool called next, or FINISH."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a controller would do."""

    action: str
    risk: float
    """0 (sure) to 1 (unsure)."""


class Controller(Protocol):
    """Whatever learns from traces which tool comes next."""

    def fit(self, traces: Sequence[Trace]) -> Self:
        """Learn from traces; returns itself."""

    def next(self, after: str, seen: Mapping[str, Any]) -> Choice:
        """Return what to do at a state, given what was seen."""


def decisions_of(trace: Trace) -> list[Decision]:
    """Return the choices of a trace, in order; time and memory grow with its steps alone.

    The last one is FINISH, except where the last call failed and no answer came: such a run was broken off.
    """
    seen, after, found = Seen(trace.inputs), START, []
    for step in trace.steps:
        found.append(Decision(after, seen.so_far(), step.tool))
        seen.take(step.tool, step.output, failed=bool(step.error))
        after = step.tool
    is_cut = bool(trace.steps) and bool(trace.steps[-1].error) and trace.answer_by is None
    return found if is_cut else [*found, Decision(after, seen.so_far(), FINISH)]


class Seen:
    """What a run has seen, as it goes on: inputs, the newest output of each tool, and counts of calls."""

    def __init__(self, inputs: Mapping[str, Value]) -> None:
        self._history: dict[str, tuple[list[int], list[Value]]] = {}
        self._now = 0
        self._slots: dict[str, list[str]] = {}
        for name, value in flat("input", dict(inputs)):
            self._put(name, value)

    def take(self, tool: str, output: Value, *, failed: bool = False) -> None:
        """Take in what a call gave: its slots take the place of those of the tool's calls before.

        Of a call that failed there is the slot "<tool>.failed", which is True, and no other.
        """
        self._now += 1
        for name in self._slots.get(tool, ()):
            self._put(name, _GONE)
        slots = [(f"{tool}.failed", True)] if failed else flat(tool, output)
        self._slots[tool] = [name for name, _ in slots]
        for name, value in slots:
            self._put(name, value)
        count = f"count.{tool}"
        self._put(count, self._newest(count) + 1 if count in self._history else 1)

    def so_far(self) -> Mapping[str, Value]:
        """Return what is seen now; what is taken in later does not change it."""
        return _View(self._history, self._now)

    def _newest(self, name: str) -> Value:
        return self._history[name][1][-1]

    def _put(self, name: str, value: Value) -> None:
        times, values = self._history.setdefault(name, ([], []))
        if times and times[-1] == self._now:
            values[-1] = value
            return
        times.append(self._now)
        values.append(value)


class _View(Mapping[str, Value]):
    """The slots at one moment of a run; all moments of a run share what was seen."""

    __slots__ = ("_history", "_now")

    def __init__(self, history: Mapping[str, tuple[list[int], list[Value]]], now: int) -> None:
        self._history = history
        self._now = now

    def __getitem__(self, name: str) -> Value:
        times, values = self._history[name]
        place = bisect_right(times, self._now)
        if not place or values[place - 1] is _GONE:
            raise KeyError(name)
        return values[place - 1]

    def __iter__(self) -> Iterator[str]:
        return (name for name in list(self._history) if name in self)

    def __contains__(self, name: object) -> bool:
        times, values = self._history.get(name, ((), ()))  # type: ignore[call-overload]
        place = bisect_right(times, self._now)
        return bool(place) and values[place - 1] is not _GONE

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def flat(name: str, value: Value, depth: int = 0) -> list[tuple[str, Value]]:
    """Return a value as slots: a dict's keys one each, nested ones dotted; the first two hundred, eight deep."""
    if not isinstance(value, Mapping) or depth == _DEEPEST:
        return [(name, value)]
    found: list[tuple[str, Value]] = []
    for key, each in value.items():
        if len(found) >= _MOST_KEYS:
            break
        found += flat(f"{name}.{key}", each, depth + 1)
    return found[:_MOST_KEYS]
