"""Traces as rows hold them: the same records with every value as JSON text, so that any value can be kept.

Pure functions; `traces.py` keeps the rows, `trace_file.py` writes them as lines.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from latm_magic.cache.trace_values import from_text, to_text
from latm_magic.traces import AnswerBy, Origin, Step, Trace


@dataclass(frozen=True, slots=True)
class RowStep:
    """A `Step` with its values as text."""

    tool: str
    arguments: str = "{}"
    output: str = "null"
    error: str = ""
    fingerprint: str = ""
    acts: bool = False
    ms: float = 0.0
    at: str = ""
    round: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A `Trace` with its values as text."""

    id: str
    name: str
    inputs: str
    steps: tuple[RowStep, ...] = ()
    answer: str = "null"
    answer_by: AnswerBy | None = None
    origin: Origin = "cell"
    created: str = ""
    prompt: str = ""
    schema: str = "null"
    tools: tuple[str, ...] = ()
    model: str = ""
    tokens: int = 0
    cost_usd: float | None = 0.0
    stopped: str = ""


def row_of(trace: Trace) -> Row:
    """Return a trace as it is kept; raises `NotPlain` for a value that is not plain data."""
    values = {each.name: getattr(trace, each.name) for each in fields(trace)}
    values |= {"inputs": to_text(dict(trace.inputs)), "answer": to_text(trace.answer)}
    values["schema"] = to_text(trace.schema)
    return Row(**{**values, "steps": tuple(map(_row_step, trace.steps)), "tools": tuple(trace.tools)})


def trace_of(row: Row) -> Trace:
    """Return the trace of a row; raises `ValueError` where a text holds no value of a trace."""
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    values |= {"inputs": _object(row.inputs), "answer": from_text(row.answer)}
    values["schema"] = None if row.schema == "null" else _object(row.schema)
    return Trace(**{**values, "steps": tuple(map(step_of, row.steps))})


def _row_step(step: Step) -> RowStep:
    values = {each.name: getattr(step, each.name) for each in fields(step)}
    return RowStep(**{**values, "arguments": to_text(dict(step.arguments)), "output": to_text(step.output)})


def step_of(row: RowStep) -> Step:
    """Return the step of a row; raises `ValueError`."""
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    return Step(**{**values, "arguments": _object(row.arguments), "output": from_text(row.output)})


def _object(text: str) -> dict[str, object]:
    found = from_text(text)
    if type(found) is not dict or not all(type(key) is str for key in found):
        raise ValueError("inputs and arguments are objects, by name")
    return found
