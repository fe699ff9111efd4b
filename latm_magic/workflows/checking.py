"""Verifying a flow before it is kept: traces replayed with their recorded outputs, so that no tool acts.

Every fifth trace is held back, and replayed by what the others taught. Examples with answers are run by whoever can
call the tools.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from latm_magic.text import one_line
from latm_magic.workflows.graph import mine
from latm_magic.workflows.kept import Disagreement, FlowCheck
from latm_magic.workflows.machine import MISSING, same
from latm_magic.workflows.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Step, Trace
    from latm_magic.workflows.machine import Machine

_EVERY = 5


def check(machine: Machine, traces: Sequence[Trace]) -> FlowCheck:
    """Replay all traces on a flow, and those held back on what the others teach."""
    disagreeing = [found for trace in traces if (found := replay(machine, trace, heed=False).disagreement)]
    held = traces[_EVERY - 1 :: _EVERY]
    rest = [trace for place, trace in enumerate(traces) if place % _EVERY != _EVERY - 1]
    replays = [replay(first, trace) for first in ([mine(rest)] if held else []) for trace in held]
    wrong = tuple(each.disagreement for each in replays if each.disagreement)
    unsure = sum(each.is_unsure for each in replays)
    return FlowCheck(len(traces), tuple(disagreeing), len(held), len(held) - unsure - len(wrong), unsure, wrong)


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of a trace that was replayed."""

    disagreement: Disagreement | None = None
    is_unsure: bool = False


class _Stopped(Exception):
    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary


@dataclass(slots=True)
class _Recorded:
    """Gives the outputs that a trace recorded, as long as the calls are the recorded ones."""

    trace: Trace
    place: int = field(default=0)

    def __call__(self, tool: str, arguments: Mapping[str, Any]) -> Step:
        after = self.trace.steps[self.place - 1].tool if self.place else "the start"
        if self.place == len(self.trace.steps):
            is_cut = self.trace.answer_by is None and bool(self.place) and bool(self.trace.steps[-1].error)
            raise _Stopped("" if is_cut else f"after {after} it ended, and the flow calls {tool}")
        step = self.trace.steps[self.place]
        if step.tool != tool:
            raise _Stopped(f"after {after} it called {step.tool}, and the flow calls {tool}")
        for name, value in arguments.items():
            recorded = step.arguments.get(name, MISSING)
            if recorded is not MISSING and not same(recorded, value):
                raise _Stopped(f"{tool} got {name}={recorded!r}, and the flow gives {value!r}")
        self.place += 1
        return step


def replay(machine: Machine, trace: Trace, *, heed: bool = True) -> Replay:
    """Run a flow on a trace's inputs with the outputs that it recorded; no tool is called."""
    recorded = _Recorded(trace)
    try:
        ran = run(machine, trace.inputs, recorded, heed=heed)
    except _Stopped as found:
        return Replay(_differs(trace, found.summary) if found.summary else None)
    if recorded.place < len(trace.steps):
        if ran.unsure and heed:
            return Replay(is_unsure=True)
        after = trace.steps[recorded.place - 1].tool if recorded.place else "the start"
        ends = "does not know how to go on" if ran.unsure else "ends"
        called = trace.steps[recorded.place].tool
        return Replay(_differs(trace, f"after {after} it called {called}, and the flow {ends}"))
    if ran.unsure:
        return Replay(is_unsure=True)
    if trace.answer_by is not None and not same(ran.value, trace.answer):
        return Replay(_differs(trace, f"its answer is {trace.answer!r}, and the flow's {ran.value!r}"))
    return Replay()


def _differs(trace: Trace, summary: str) -> Disagreement:
    return Disagreement(trace.id, one_line(summary, 300))
