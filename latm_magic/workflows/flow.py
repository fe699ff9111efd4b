"""The flow as you hold it: a function over named inputs, which calls tools and asks no model where it is sure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import uuid4

from latm_magic.cache.trace_values import from_text
from latm_magic.errors import LatmError, ModelError, TaskError, ToolError
from latm_magic.shown import Shown
from latm_magic.text import one_line, quoted
from latm_magic.traces import Step, Trace
from latm_magic.workflows.decisions import START
from latm_magic.workflows.diagram import mermaid
from latm_magic.workflows.machine import same
from latm_magic.workflows.running import Ran, Unsure, run
from latm_magic.workflows.write import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.workflows.kept import FlowCheck, FlowVersion
    from latm_magic.workflows.machine import Guard, Machine

FlowWay = Literal["flow", "ask", "unknown"]
"""How an answer of a flow came: by itself, by the tool loop, which went on from its calls, or not at all."""


@dataclass(frozen=True)
class FlowAnswer(Shown):
    """What a flow gave for one set of inputs."""

    value: Any
    way: FlowWay
    steps: tuple[Step, ...] = ()
    """The calls that were made, those of the loop included."""
    unsure: Unsure | None = None
    """Why the flow did not go on by itself; None where it did."""
    risk: float = 0.0
    """Of the flow's own steps, 0 to 1."""


class WouldAct(LatmError):
    """A run came to a call that acts, where none may."""


class FlowHost(Protocol):
    """What a flow needs of the session that it belongs to."""

    def call(self, flow: FlowVersion, tool: str, arguments: Mapping[str, Any]) -> Step:
        """Call one of the flow's tools; what it raises is in the step."""

    def changed(self, flow: FlowVersion) -> str:
        """Return in one line which tools are not those that the flow was verified with; "" where all are."""

    def go_on(self, flow: FlowVersion, trace: Trace) -> Trace:
        """Have the tool loop go on from a trace's calls, and keep what came of it; raises `ModelError`."""

    def recorded(self, flow: FlowVersion) -> Sequence[Trace]:
        """Return the traces that are kept now under the name of those that a flow was learned from."""

    def verify(self, flow: FlowVersion) -> FlowVersion:
        """Verify a flow again; return it, as the next version where its tools had changed and it passed."""


@dataclass(eq=False)
class Flow(Shown):
    """A flow of tool calls, learned from traces: `flow(amount=3)` gives the answer, `flow.solve(inputs)` the record."""

    record: FlowVersion
    host: FlowHost = field(repr=False)

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.record.name

    @property
    def version(self) -> int:
        """The version, from 1."""
        return self.record.version

    @property
    def machine(self) -> Machine:
        """States, guards and bindings."""
        return self.record.machine

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Every comparison: of what comes next, of parts of the answer, and of arguments."""
        return self.machine.guards

    @property
    def graph(self) -> str:
        """The mined graph as a Mermaid flowchart."""
        return mermaid(self.machine)

    @property
    def source(self) -> str:
        """The flow as a plain Python module."""
        return write(self.name, self.record.description, self.machine)

    @property
    def suspect(self) -> str:
        """Why the flow is not trusted now, in one line: a tool has changed since; "" where it is."""
        return self.host.changed(self.record)

    def __call__(self, **inputs: Any) -> Any:
        """Run the flow and return its answer; raises `ToolError` where it is unsure and nobody could go on."""
        answer = self.solve(inputs)
        if answer.way == "unknown":
            why = answer.unsure.reason if answer.unsure else "it has no answer"
            raise ToolError(f"{self.name} does not answer by itself: {why}. {self._way_on()}")
        return answer.value

    def solve(self, inputs: Mapping[str, Any]) -> FlowAnswer:
        """Run the flow; where it is unsure the tool loop goes on, or there is no answer. Raises `TaskError`."""
        self.check(inputs)
        if changed := self.suspect:
            return self._unsure(inputs, (), Unsure(START, changed), 1.0)
        ran = self.run(inputs)
        if ran.unsure is not None:
            return self._unsure(inputs, ran.steps, ran.unsure, ran.risk)
        return FlowAnswer(ran.value, "flow", ran.steps, None, ran.risk)

    def run(self, inputs: Mapping[str, Any], *, may_act: bool = True, heed: bool = True) -> Ran:
        """Run the flow's own part; without `may_act` it stops before a call that acts, by `WouldAct`.

        Without `heed` it takes the likeliest branch where it is unsure.
        """
        if number := self._lacking(inputs):
            return Ran((), None, 1.0, Unsure(START, f"no path that is known gives the answer of example {number}"))
        acting = {use.tool for use in self.record.uses if use.acts}

        def call(tool: str, arguments: Mapping[str, Any]) -> Step:
            if tool in acting and not may_act:
                raise WouldAct("it acts")
            return self.host.call(self.record, tool, arguments)

        return run(self.machine, inputs, call, heed=heed)

    def _lacking(self, inputs: Mapping[str, Any]) -> int:
        """Return the number of the example with these inputs for which a branch is missing; 0 where there is none."""
        numbers = self.record.check.lacking
        examples = self.record.examples
        return next((number for number in numbers if same(from_text(examples[number - 1].inputs), dict(inputs))), 0)

    def next(self, pool: Any, n: int = 5) -> list[Mapping[str, Any]]:
        """Return the inputs of a pool whose traces would teach most: where the flow is unsure, each place once first.

        `pool`: a list of dicts, or a DataFrame. The flow runs on each as far as its calls do not act. Raises
        `TaskError`.
        """
        pool = pool.to_dict("records") if hasattr(pool, "to_dict") else pool  # a DataFrame
        places: dict[str, int] = {}
        ranked: list[tuple[bool, int, float, int, Mapping[str, Any]]] = []
        for inputs in pool:
            self.check(inputs)
            try:
                ran = self.run(inputs, may_act=False)
            except WouldAct:
                continue
            where = f"{ran.unsure.after} {ran.unsure.guard}" if ran.unsure else ""
            places[where] = places.get(where, 0) + 1
            ranked.append((ran.unsure is None, places[where], -ran.risk, len(ranked), inputs))
        return [inputs for *_, inputs in sorted(ranked, key=lambda each: each[:4])[:n]]

    def verify(self) -> FlowCheck:
        """Replay all its traces, call changed tools again as recorded, and run its examples; raises `TaskError`."""
        self.record = self.host.verify(self.record)
        return self.record.check

    def _unsure(self, inputs: Mapping[str, Any], steps: tuple[Step, ...], unsure: Unsure, risk: float) -> FlowAnswer:
        if self.record.unsure == "refuse":
            return FlowAnswer(None, "unknown", steps, unsure, risk)
        try:
            whole = self.go_on(inputs, steps)
        except ModelError as fault:
            told = replace(unsure, reason=f"{unsure.reason}, and the tool loop cannot go on: {fault}".rstrip("."))
            return FlowAnswer(None, "unknown", steps, told, risk)
        if whole.answer_by is None:
            return FlowAnswer(None, "unknown", whole.steps, unsure, risk)
        return FlowAnswer(whole.answer, "ask", whole.steps, unsure, risk)

    def go_on(self, inputs: Mapping[str, Any], steps: tuple[Step, ...]) -> Trace:
        """Have the tool loop go on from calls that were made; raises `ModelError` where no model can be asked."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        prefix = Trace(uuid4().hex[:12], self.name, dict(inputs), steps, origin="ask", created=now)
        return self.host.go_on(self.record, prefix)

    def recorded(self) -> Sequence[Trace]:
        """Return the traces that are kept now under the name of those it was learned from."""
        return self.host.recorded(self.record)

    def _way_on(self) -> str:
        if self.record.unsure == "refuse":
            return 'Record a trace of it and make the flow again, or make it with unsure="ask".'
        return "Record a trace of it, and make the flow again."

    def check(self, inputs: Mapping[str, Any]) -> None:
        """Raise `TaskError` for inputs that the flow does not have, or that it lacks."""
        if not isinstance(inputs, dict) and not hasattr(inputs, "keys"):
            raise TaskError(f"{self.name} takes inputs by name: {', '.join(self.machine.inputs) or 'none'}.")
        wrong = [name for name in inputs if name not in self.machine.inputs]
        lacking = [name for name in self.machine.inputs if name not in inputs and self.machine.always(name)]
        for what, names in (("has no input", wrong), ("needs the input", lacking)):
            if names:
                known = ", ".join(self.machine.inputs) or "none"
                raise TaskError(f"{self.name} {what} {quoted(one_line(str(names[0]), 60))}: its inputs are {known}.")

    def __repr__(self) -> str:
        return (
            f"<flow {self.name}({', '.join(self.machine.inputs)}), version {self.version}, {self.record.check.summary}>"
        )
