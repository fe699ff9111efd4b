"""Flows as cards: guards with the traces behind them, what disagrees, the graph, what to trace next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.asking import value_text
from latm_magic.jupyter.display.page import Code, Column, Drawing, Line, Table, Title, View, page
from latm_magic.jupyter.display.plain import count
from latm_magic.workflows.machine import as_written, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.workflows.flow import Flow, FlowAnswer
    from latm_magic.workflows.machine import Guard

_MOST_SHOWN = 10


def flow_view(flow: Flow) -> View:
    """Show a flow: how it was verified, its guards, and its source."""
    record, check = flow.record, flow.record.check
    wrong = [*check.disagreeing, *check.held_wrong, *check.examples_wrong]
    more = len(wrong) - _MOST_SHOWN
    acting = [use.tool for use in record.uses if use.acts]
    where = "the tool loop goes on" if record.unsure == "ask" else "it gives no answer"
    return page(
        Title(f"{flow.name}({', '.join(flow.machine.inputs)})", f"flow, version {flow.version}"),
        Line(record.description) if record.description else None,
        Line(f"{check.summary}.", "good" if check.passed else "care", "✓" if check.passed else "○", strong=True),
        Line(f"Suspect: {flow.suspect}.", "care", "○") if flow.suspect else None,
        *(Line(f"{each.trace}: {each.summary}", "care", "○") for each in wrong[:_MOST_SHOWN]),
        Line(f"and {more} more disagree", "quiet") if more > 0 else None,
        _guards(flow.guards),
        Line(f"Where it is unsure, {where}. Calls {', '.join(flow.machine.tools) or 'nothing'}.", "quiet"),
        Line(f"Acts outside, and so is never called to learn or to verify: {', '.join(acting)}.") if acting else None,
        Code(flow.source, "source", instead=f"%latm flow {flow.name} --source shows the function."),
    )


def _guards(guards: Sequence[Guard]) -> Table | None:
    columns = (
        Column("after", is_code=True, columns=20),
        Column("decides", is_code=True, columns=48, wraps=True),
        Column("no trace between", columns=48, wraps=True),
        Column("traces", is_number=True),
    )
    rows = [(each.after, str(each), _gap(each), str(each.support)) for each in guards]
    return Table(columns, tuple(rows)) if rows else None


def _gap(guard: Guard) -> str:
    if guard.op != ">" or not guard.between:
        return ""
    low, high = map(as_written, guard.between)
    return f"{low} and {high} off {words(guard.right)}" if guard.right else f"{low} and {high}"


def flows_view(flows: Sequence[Flow]) -> View:
    """List flows."""
    if not flows:
        return page(Line("No flows: %%latm_flow NAME makes one of the traces that are recorded under NAME."))
    columns = (
        Column("flow", is_code=True, columns=30),
        Column("version", is_number=True),
        Column("verified", wraps=True, columns=80),
    )
    rows = [(flow.name, str(flow.version), flow.suspect or flow.record.check.summary) for flow in flows]
    return page(Table(columns, tuple(rows)), Line("%latm flow NAME shows one.", "quiet"))


def graph_view(flow: Flow) -> View:
    """Show a flow's graph as a Mermaid flowchart: JupyterLab draws it, elsewhere a Markdown cell with its text does."""
    text = f"```mermaid\n{flow.graph}\n```"
    return Drawing(page(Code(text)).html, text)


def source_view(flow: Flow) -> View:
    """Show the function that a flow is."""
    return page(Code(flow.source))


def next_view(flow: Flow, found: Sequence[Mapping[str, Any]]) -> View:
    """Show the inputs of a pool whose traces would teach most."""
    if not found:
        why = "there are none, or each comes to a call that acts"
        return page(Line(f"{flow.name} names nothing of these inputs: {why}."))
    names = flow.machine.inputs
    columns = tuple(Column(name, columns=24) for name in names)
    rows = tuple(tuple(repr(inputs[name]) if name in inputs else "" for name in names) for inputs in found)
    what = count(len(found), "set of inputs", "sets of inputs")
    return page(Line(f"{what} whose traces would teach most:"), Table(columns, rows) if columns else None)


def flow_answer_view(answer: FlowAnswer) -> View:
    """Show what a flow gave, its calls, and why it was unsure."""
    calls = ", ".join(step.tool for step in answer.steps) or "no calls"
    how = {"flow": "by the flow", "ask": "by the tool loop", "unknown": "unknown"}[answer.way]
    return page(
        Line(value_text(answer.value) if answer.way != "unknown" else "no answer", strong=True),
        Line(f"{how} · {calls}", "quiet"),
        Line(f"Unsure after {answer.unsure.after}: {answer.unsure.reason}.", "care", "○") if answer.unsure else None,
    )
