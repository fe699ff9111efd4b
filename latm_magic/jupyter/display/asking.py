"""Runs of the tool loop and traces to look at: the steps of one, lists of several, two beside each other."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, View, page
from latm_magic.jupyter.display.plain import count, milliseconds, one_line, price, seconds
from latm_magic.solving.tool_loop.comparing import call_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from latm_magic.cache.trace_file import Traces
    from latm_magic.jupyter.display.page import Block
    from latm_magic.solving.tool_loop.asked import Asked
    from latm_magic.solving.tool_loop.comparing import TraceComparison
    from latm_magic.traces import Step, Trace

_MOST_SHOWN = 20
"""Runs in a list."""
_MOST_STEPS = 200
"""Steps of a run in its card."""
_STEPS = (
    Column("step", is_number=True),
    Column("call", is_code=True, wraps=True, columns=60),
    Column("output", is_code=True, wraps=True, columns=40),
    Column("ms", is_number=True),
    Column("tokens", is_number=True),
)


def asked_view(asked: Asked) -> View:
    """Show an answer, the steps that led to it, and what they cost."""
    answer = value_text(asked.value) if asked.answered else "no answer"
    kept = f"kept as a run of {asked.trace.name}: %latm traces {asked.trace.name}" if asked.is_kept else ""
    return page(
        Line(answer, strong=True),
        None if asked.answered or not asked.text else Line(f"The model wrote: {one_line(asked.text, 300)}", "quiet"),
        *_run(asked.trace, seconds(asked.seconds)),
        Line(kept, "quiet") if kept else None,
    )


def trace_view(trace: Trace) -> View:
    """Show one run."""
    by = {"you": "your answer", "model": "the model's answer", "flow": "the flow's answer", None: "no answer"}
    return page(
        Title(trace.name, f"run {trace.id}, {trace.created[:16].replace('T', ' ')}"),
        *(Line(f"{name}: {one_line(value_text(value), 300)}", "quiet") for name, value in trace.inputs.items()),
        Line(f"{by[trace.answer_by]}: {one_line(value_text(trace.answer), 300)}" if trace.answer_by else by[None]),
        *_run(trace),
    )


def traces_view(traces: Traces) -> View:
    """List runs, the newest last."""
    if not traces:
        return page(Line("No runs are kept: %%latm_ask --record NAME keeps one, and so does latm_magic.trace(NAME)."))
    columns = (
        Column("name", is_code=True),
        Column("run", is_number=True),
        Column("inputs", wraps=True, columns=40),
        Column("path", is_code=True, wraps=True, columns=50),
        Column("answer", wraps=True, columns=30),
        Column("from"),
    )
    first = max(0, len(traces) - _MOST_SHOWN)
    rows: list[Sequence[str | Cell]] = [(f"… {count(first, 'older run')}",)] if first else []
    seen: Counter[str] = Counter()
    for place, trace in enumerate(traces):
        seen[trace.name] += 1  # %latm traces NAME RUN counts those of a name
        rows += [_row(seen[trace.name], trace)] if place >= first else []
    return page(
        Table(columns, tuple(rows)),
        Line("%latm traces NAME RUN shows one; session.replay(session.traces(NAME)[0], 2) goes on from it.", "quiet"),
    )


def comparison_view(compared: TraceComparison) -> View:
    """Show two runs step by step."""
    columns = (
        Column("step", is_number=True),
        Column("left", is_code=True, wraps=True, columns=50),
        Column("right", is_code=True, wraps=True, columns=50),
        Column("differs"),
    )
    left, right = compared.left, compared.right
    inputs = "" if left.inputs == right.inputs else "inputs"
    rows = [("", _given(left.inputs), _given(right.inputs), Cell(inputs, "care"))]
    rows += [
        (str(row.number), call_of(row.left), call_of(row.right), Cell(row.differs, "care")) for row in compared.rows
    ]
    rows.append(("", value_text(left.answer), value_text(right.answer), Cell(_of_answers(left, right), "care")))
    return page(Title(left.name, f"run {left.id} and run {right.id}"), Table(columns, tuple(rows)))


def step_line(step: Step) -> str:
    """Return a step as one line to be seen while it happens."""
    return f"{call_of(step)} · {milliseconds(step.ms)} ms"


def value_text(value: Any) -> str:
    """Return an answer as text."""
    if isinstance(value, str):
        return value
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json())
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _run(trace: Trace, took: str = "") -> Iterable[Block]:
    if trace.steps:
        rows: list[Sequence[str | Cell]] = [
            _step(number, step) for number, step in enumerate(trace.steps[:_MOST_STEPS], 1)
        ]
        if left := len(trace.steps) - len(rows):
            rows.append((f"… {count(left, 'more step')}",))
        yield Table(_STEPS, tuple(rows))
    if trace.stopped:
        yield Line(f"Stopped: {trace.stopped}", "care", "○")
    facts = [count(len(trace.steps), "call")]
    if trace.origin == "ask":
        facts += [f"by {trace.model}", count(trace.tokens, "token"), price(trace.cost_usd)]
    yield Line(" · ".join([*facts, *([took] if took else [])]), "quiet")


def _step(number: int, step: Step) -> tuple[str | Cell, ...]:
    acts = " (acts)" if step.acts else ""
    came = Cell(step.error, "bad") if step.error else repr(step.output)
    tokens = f"{step.tokens:,}" if step.tokens else ""
    return str(number), f"{step.tool}({_given(step.arguments)}){acts}", came, milliseconds(step.ms), tokens


def _row(number: int, trace: Trace) -> tuple[str | Cell, ...]:
    path = " → ".join([*(step.tool for step in trace.steps[:_MOST_SHOWN]), *["…"][: len(trace.steps) > _MOST_SHOWN]])
    answer = value_text(trace.answer) if trace.answer_by else Cell(trace.stopped or "no answer", "quiet")
    return trace.name, str(number), _given(trace.inputs), path, answer, trace.origin


def _given(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _of_answers(left: Trace, right: Trace) -> str:
    return "" if (left.answer, left.answer_by) == (right.answer, right.answer_by) else "answer"
