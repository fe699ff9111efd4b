"""Two runs beside each other, step by step: where they did the same, and where they part."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.shown import Shown
from latm_magic.text import one_line

if TYPE_CHECKING:
    from latm_magic.traces import Step, Trace

Differs = Literal["", "arguments", "output", "tool", "left only", "right only"]
"""What is not the same in a row; "" = nothing is."""


@dataclass(frozen=True, slots=True)
class Row:
    """A step of each run, or of one alone."""

    number: int
    """From 1."""
    left: Step | None
    right: Step | None
    differs: Differs


@dataclass(frozen=True, slots=True)
class TraceComparison(Shown):
    """Two traces, their steps in rows."""

    left: Trace
    right: Trace
    rows: tuple[Row, ...]

    @property
    def is_same(self) -> bool:
        """Whether both took the same path to the same answer."""
        return not any(row.differs for row in self.rows) and self.left.answer == self.right.answer

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row a step; raises ImportError without it."""
        import pandas as pd

        rows = [
            {"number": row.number, "left": call_of(row.left), "right": call_of(row.right), "differs": row.differs}
            for row in self.rows
        ]
        return pd.DataFrame(rows, columns=["number", "left", "right", "differs"])


def compare_traces(left: Trace, right: Trace) -> TraceComparison:
    """Return the steps of two runs in rows: those of the same tools stand beside each other where they can."""
    matcher = SequenceMatcher(None, [s.tool for s in left.steps], [s.tool for s in right.steps], autojunk=False)
    pairs = [
        pair
        for _, first, last, start, end in matcher.get_opcodes()
        for pair in zip_longest(left.steps[first:last], right.steps[start:end])
    ]
    rows = (Row(number, one, other, _differs(one, other)) for number, (one, other) in enumerate(pairs, start=1))
    return TraceComparison(left, right, tuple(rows))


def call_of(step: Step | None) -> str:
    """Return a call and what came of it, in one line; "" for none."""
    if step is None:
        return ""
    given = ", ".join(f"{name}={value!r}" for name, value in step.arguments.items())
    came = one_line(step.error or repr(step.output), 120)
    return f"{one_line(f'{step.tool}({given})', 120)} \N{RIGHTWARDS ARROW} {came}"


def _differs(left: Step | None, right: Step | None) -> Differs:
    if left is None or right is None:
        return "right only" if left is None else "left only"
    if left.tool != right.tool:
        return "tool"
    if dict(left.arguments) != dict(right.arguments):
        return "arguments"
    return "output" if (left.output, left.error) != (right.output, right.error) else ""
