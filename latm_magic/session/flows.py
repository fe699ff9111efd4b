"""The flows of a session: made from traces, kept as versions, found again, and run with the project's tools.

What is learned and how it is verified is in `workflows/`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.cache.trace_values import from_text
from latm_magic.errors import MakingFailed, ModelError, TaskError, ToolNotFound
from latm_magic.example_rows import Examples
from latm_magic.session.reading import with_reader
from latm_magic.task import check_name
from latm_magic.workflows.calling import Caller
from latm_magic.workflows.flow import Flow
from latm_magic.workflows.kept import FlowTable
from latm_magic.workflows.prompts import prompt_of
from latm_magic.workflows.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from latm_magic.session.asking import Asking
    from latm_magic.session.parts import Parts
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.function import ToolHost
    from latm_magic.traces import Step, Trace
    from latm_magic.workflows.kept import FlowVersion

_RULES = ("ask", "refuse")


class Flows:
    """Makes and finds flows, and is the host of those that it gives out."""

    def __init__(self, parts: Parts, asking: Asking, host: ToolHost) -> None:
        self._parts = parts
        self._asking = asking
        self._caller = Caller(host, self._find)
        parts.served = Served(lambda: self.table, self)

    @property
    def table(self) -> FlowTable:
        """The flows of the project."""
        return FlowTable(self._parts.cache.documents)

    def make(
        self,
        name: str,
        description: str,
        traces: str | Iterable[Trace] | None,
        examples: Iterable[Any],
        unsure: str,
        tools: Iterable[Callable[..., Any]],
        questions: Any = None,
        reads: str = "",
    ) -> Flow:
        """Make a flow, verified, and keep it as the next version; the same as the newest is not kept twice.

        Where no parser could be made of the questions, the flow is kept without one, and what was raised is raised.
        """
        from latm_magic.workflows.making import make

        check_name(name)
        if reads and questions is not None:
            raise TaskError("questions and reads both say who reads questions: give one of them.")
        if unsure not in _RULES:
            raise TaskError(f"unsure is {unsure!r}: give 'ask', for the tool loop to go on, or 'refuse'.")
        self._caller.take(tools)
        recorded = traces if isinstance(traces, str) else name
        some = list(traces) if traces is not None and not isinstance(traces, str) else self._traces(recorded)
        flow = make(name, description, some, list(examples), "ask" if unsure == "ask" else "refuse", self._caller)
        known = self.table.versions(name)
        if reads or questions is not None:
            try:
                flow = with_reader(self._parts, flow, self, questions, reads, known[-1] if known else None)
            except (ModelError, MakingFailed):
                self._keep(flow, known)
                raise
        return self._keep(flow, known)

    def _keep(self, flow: FlowVersion, known: Sequence[FlowVersion]) -> Flow:
        if known and replace(known[-1], created="", version=0) == replace(flow, created="", version=0):
            return Flow(known[-1], self)
        return Flow(self.table.keep(flow), self)

    def _traces(self, name: str) -> Sequence[Trace]:
        return self._parts.cache.traces.of(name)

    def get(self, name: str, version: int | None, tools: Iterable[Callable[..., Any]]) -> Flow:
        """Return a flow; raises `ToolNotFound`."""
        self._caller.take(tools)
        return Flow(self.table.get(name, version), self)

    def all(self) -> tuple[Flow, ...]:
        """Return the newest version of each flow, by name."""
        return tuple(Flow(self.table.get(name), self) for name in self.table.names())

    def is_flow(self, name: str) -> bool:
        """Return whether a name is a flow's, and no tool's."""
        return name in self.table.names() and name not in self._parts.cache.tools.names()

    def grow(self, name: str) -> Flow:
        """Make a flow again as it was made, from the traces that are kept now; without new ones it stays as it is."""
        known = self.table.get(name)
        examples = [(from_text(each.inputs), from_text(each.answer)) for each in known.examples]
        reader, recorded = known.reader, known.rows[-1].name if known.rows else name
        is_own = reader is not None and reader.name == name
        questions = Examples(reader.samples, reader.kind) if reader is not None and is_own else None
        reads = "" if reader is None or is_own else reader.name
        return self.make(name, known.description, recorded, examples, known.unsure, (), questions, reads)

    def call(self, flow: FlowVersion, tool: str, arguments: Mapping[str, Any]) -> Step:  # noqa: ARG002
        """Call one of a flow's tools."""
        return self._caller(tool, arguments)

    def changed(self, flow: FlowVersion) -> str:
        """Return in one line which tools are not those that the flow was verified with; "" where all are."""
        for use in flow.uses:
            now = self._caller.fingerprint(use.tool)
            if now is None and not use.fingerprint:
                return (
                    f"{use.tool} is a function of yours: give it with session.flow({flow.name!r}, tools=[{use.tool}])"
                )
            if now is None:
                return f"the tool {use.tool} is not there any more: make {flow.name} again from newer traces"
            if now != use.fingerprint:
                way = f"session.flow({flow.name!r}).verify() tries its recorded calls"
                return f"{use.tool} is not the version that {flow.name} was verified with: {way}"
        return ""

    def go_on(self, flow: FlowVersion, trace: Trace) -> Trace:
        """Have the tool loop go on from a trace's calls; the new trace is kept under the name of those before it.

        Raises `ModelError` where no model can be asked.
        """
        tools = [self._caller.given(use.tool) for use in flow.uses]
        recorded = flow.rows[-1].name if flow.rows else flow.name
        prompt, schema = prompt_of(flow)
        asked = self._asking.ask(prompt, tools, schema, inputs=trace.inputs, record=recorded, after=trace.steps)
        return asked.trace

    def recorded(self, flow: FlowVersion) -> Sequence[Trace]:
        """Return the traces that are kept now under the name of those that a flow was learned from."""
        return self._traces(flow.rows[-1].name if flow.rows else flow.name)

    def verify(self, flow: FlowVersion) -> FlowVersion:
        """Verify a flow again; with other fingerprints of its tools it is the next version."""
        from latm_magic.workflows.making import verify

        again = verify(flow, self._caller)
        return self.table.keep(again) if again.uses != flow.uses else again

    def _find(self, name: str) -> ToolVersion | None:
        try:
            return self._parts.tool(name)
        except ToolNotFound:
            return None
