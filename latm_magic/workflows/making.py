"""Making a flow: traces are taken or refused, the machine is mined, verified, and only then a version.

Keeping it is left to `session/flows.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from latm_magic.cache.trace_values import from_text, to_text
from latm_magic.errors import MakingFailed, TaskError
from latm_magic.text import one_line
from latm_magic.workflows.checking import check
from latm_magic.workflows.decisions import FINISH, START
from latm_magic.workflows.graph import mine
from latm_magic.workflows.kept import (
    MOST_DISAGREEING,
    Disagreement,
    FlowCheck,
    FlowExample,
    FlowVersion,
    Use,
    example,
    rows_of,
)
from latm_magic.workflows.machine import same
from latm_magic.workflows.running import run
from latm_magic.workflows.taught import teach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.traces import Step, Trace
    from latm_magic.workflows.calling import Caller
    from latm_magic.workflows.kept import UnsureRule
    from latm_magic.workflows.machine import Machine

_RESERVED = {START, FINISH, "input", "count"}
_MOST_SHOWN = 5
_MOST_CALLS_AGAIN = 500


def make(
    name: str, description: str, traces: Sequence[Trace], examples: Sequence[Any], unsure: UnsureRule, caller: Caller
) -> FlowVersion:
    """Return the flow that traces teach, verified; raises `TaskError` for what cannot be learned from.

    Raises `MakingFailed` where more than a tenth of the traces disagrees, or an example has another answer.
    """
    some = usable(name, traces)
    machine = mine(some)
    uses = tuple(_use(tool, some, caller) for tool in machine.tools)
    _check_tools(name, uses, caller)
    pairs = _pairs(name, machine, examples)
    kept = tuple(example(*each) for each in pairs)
    taught = teach(machine, some, pairs, [use.tool for use in uses if use.acts], caller)
    machine, found = _better(machine, some, taught.traces)
    found = with_examples(replace(found, lacking=taught.lacking, told=taught.told), machine, kept, uses, caller)
    flow = FlowVersion(
        name,
        description,
        machine,
        uses,
        unsure,
        found,
        rows_of(some),
        kept,
        datetime.now(UTC).isoformat("T", "seconds"),
    )
    if not found.passed:
        raise MakingFailed(f"No flow {name} was kept: {failing(found)}")
    return flow


def _better(machine: Machine, traces: Sequence[Trace], taught: Sequence[Trace]) -> tuple[Machine, FlowCheck]:
    """Return the flow that traces and what examples taught give together; that of the traces where it replays worse."""
    found = check(machine, traces)
    more = mine([*traces, *taught]) if taught else machine
    again = check(more, traces) if taught else found
    return (more, again) if len(again.disagreeing) <= len(found.disagreeing) else (machine, found)


def usable(name: str, traces: Sequence[Trace]) -> list[Trace]:
    """Return the traces that teach: not a flow's own, and not empty ones; raises `TaskError` where none is left."""
    some = [trace for trace in traces if trace.answer_by != "flow" and (trace.steps or trace.answer_by is not None)]
    if not some:
        how = f"with latm.trace({name!r}, inputs) around calls of tools records one"
        raise TaskError(f"There are no traces of {name!r} to learn from: {how}.")
    for tool in {step.tool for trace in some for step in trace.steps} & _RESERVED:
        raise TaskError(f"A trace calls a tool named {tool!r}, a word that flows use themselves: give it another name.")
    return some


def _use(tool: str, traces: Sequence[Trace], caller: Caller) -> Use:
    steps = [step for trace in traces for step in trace.steps if step.tool == tool]
    return Use(tool, steps[-1].fingerprint, caller.acts(tool) or any(step.acts for step in steps))


def _check_tools(name: str, uses: Sequence[Use], caller: Caller) -> None:
    lacking = [use for use in uses if caller.fingerprint(use.tool) is None]
    if lacking:
        names = ", ".join(use.tool for use in lacking)
        way = "make or load them, or give functions of yours with tools=[...]"
        raise TaskError(one_line(f"Traces of {name} call tools that are not there: {names}. {way.capitalize()}.", 400))


def _pairs(name: str, machine: Machine, examples: Sequence[Any]) -> list[tuple[Mapping[str, Any], Any]]:
    found = []
    for number, each in enumerate(examples, 1):
        if not isinstance(each, (tuple, list)) or len(each) != 2 or not hasattr(each[0], "keys"):  # noqa: PLR2004
            raise TaskError(f"Example {number} of {name} is no pair of inputs, by name, and an answer.")
        if wrong := [key for key in each[0] if key not in machine.inputs]:
            known = ", ".join(machine.inputs) or "none"
            raise TaskError(f"Example {number} has the input {one_line(str(wrong[0]), 60)!r}; {name} has {known}.")
        found.append((each[0], each[1]))
    return found


def with_examples(
    found: FlowCheck, machine: Machine, examples: Sequence[FlowExample], uses: Sequence[Use], caller: Caller
) -> FlowCheck:
    """Return a check with its examples run for real, as far as no call acts."""
    acting = {use.tool for use in uses if use.acts}
    wrong, unsure = [], 0
    for number, each in enumerate(examples, 1):
        if number in found.lacking:
            unsure += 1
            continue
        try:
            ran = run(machine, from_text(each.inputs), _unless(acting, caller))
        except _Acts:
            unsure += 1
            continue
        if ran.unsure:
            unsure += 1
        elif not same(ran.value, wanted := from_text(each.answer)):
            told = one_line(f"{each.inputs} gives {ran.value!r}, and the example says {wanted!r}", 300)
            wrong.append(Disagreement(f"example {number}", told))
    return replace(found, examples=len(examples), examples_unsure=unsure, examples_wrong=tuple(wrong))


class _Acts(Exception):
    pass


def _unless(acting: set[str], call: Callable[[str, Mapping[str, Any]], Step]) -> Callable[..., Step]:
    def guarded(tool: str, arguments: Mapping[str, Any]) -> Step:
        if tool in acting:
            raise _Acts
        return call(tool, arguments)

    return guarded


def verify(flow: FlowVersion, caller: Caller) -> FlowVersion:
    """Return a flow verified again; where changed tools give what was recorded, with their fingerprints of now.

    Raises `TaskError` where a tool is not there.
    """
    _check_tools(flow.name, flow.uses, caller)
    before = flow.check
    found = replace(check(flow.machine, flow.traces), lacking=before.lacking, told=before.told)
    found = with_examples(found, flow.machine, flow.examples, flow.uses, caller)
    changed = {use.tool for use in flow.uses if not use.acts and caller.fingerprint(use.tool) != use.fingerprint}
    others = _changed_outputs(flow, changed, caller)
    found = replace(found, disagreeing=(*found.disagreeing, *others))
    if others or not found.passed:
        return replace(flow, check=found)
    uses = tuple(replace(use, fingerprint=caller.fingerprint(use.tool) or "") for use in flow.uses)
    return replace(flow, check=found, uses=uses)


def _changed_outputs(flow: FlowVersion, changed: set[str], caller: Caller) -> list[Disagreement]:
    """Call changed tools again as they were recorded, each call once; return what comes out otherwise."""
    calls = {
        (step.tool, to_text(dict(step.arguments))): (trace, step)
        for trace in flow.traces
        for step in trace.steps
        if step.tool in changed
    }
    found = []
    for trace, step in list(calls.values())[:_MOST_CALLS_AGAIN]:
        again = caller(step.tool, step.arguments)
        if not same(again.output, step.output) or bool(again.error) is not bool(step.error):
            told = f"{step.tool} gave {step.output!r}, and gives {again.error or repr(again.output)} now"
            found.append(Disagreement(trace.id, one_line(told, 300)))
    return found


def failing(found: FlowCheck) -> str:
    """Return in one line why a check did not pass."""
    some = [*found.examples_wrong, *found.disagreeing, *found.held_wrong]
    shown = "; ".join(f"{each.trace}: {each.summary}" for each in some[:_MOST_SHOWN])
    more = f"; and {len(some) - _MOST_SHOWN} more" if len(some) > _MOST_SHOWN else ""
    most = f"at most {MOST_DISAGREEING:.0%} of the traces may disagree, and no example"
    return one_line(f"{found.summary} ({most}). {shown}{more}. Drop wrong traces, or record more.", 1500)
