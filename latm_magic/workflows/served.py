"""Flows among the tools that questions are sent to: a parser in front reads the inputs, and the flow runs on them.

The parser is guest code and runs in the sandbox; the flow runs on this side, and calls its tools there. A flow that
acts is none of these: no question may make a call that changes something.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.sandbox.records import GuestError, Run
from latm_magic.solving.context import WentOn
from latm_magic.text import one_line
from latm_magic.tool import ToolVersion
from latm_magic.tools.runner import UNSURE, ToolRunner
from latm_magic.tools.user import Spent
from latm_magic.workflows.decisions import START
from latm_magic.workflows.flow import Flow
from latm_magic.workflows.running import Ran, Unsure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.task import AnswerKind
    from latm_magic.tool import Proposal
    from latm_magic.ways import Way
    from latm_magic.workflows.flow import FlowHost
    from latm_magic.workflows.kept import FlowTable


@dataclass(frozen=True, slots=True)
class FlowTool(ToolVersion):
    """A flow as the dispatcher sees it: name and version of the flow, samples and source of its parser."""

    flow: Flow = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of_flow(cls, flow: Flow) -> FlowTool:
        """Return a flow that has a parser in front."""
        reader, record = flow.record.reader, flow.record
        if reader is None:
            raise ValueError(f"{flow.name} has no parser in front")
        same = {each.name: getattr(reader, each.name) for each in fields(ToolVersion)}
        same |= {"name": flow.name, "description": record.description or reader.description, "version": flow.version}
        same |= {"calling": "parser", "has_format": False, "kind": _kind(flow), "fingerprint": _fingerprint(flow)}
        return cls(**same, flow=flow)

    @property
    def reads(self) -> str:
        """The name of the tool whose parser is in front; the flow's own where one was made for it."""
        return self.flow.record.reader.name if self.flow.record.reader else ""

    @property
    def way(self) -> Way:
        """How what it answers by itself comes."""
        return "flow"

    @property
    def goes_on(self) -> bool:
        """Whether the tool loop goes on where it is unsure."""
        return self.flow.record.unsure == "ask"


def _kind(flow: Flow) -> AnswerKind:
    """Return what its answers are: of the kind of the parser's samples, or as those of its traces."""
    if flow.record.reader is not None and flow.record.reader.name == flow.name:
        return flow.record.reader.kind
    kinds = {type(trace.answer) for trace in flow.record.traces if trace.answer_by is not None}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    return "float" if kinds and kinds <= {int, float} else "text"


def _fingerprint(flow: Flow) -> str:
    reader = flow.record.reader
    content = [flow.name, flow.version, flow.record.created, reader.fingerprint if reader else ""]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class FlowRunner(ToolRunner):
    """Runs tools as another runner does, but flows by their parser and their calls.

    `flow_of` returns the flow that a tool stands for, or None. Without `heed` a flow takes the likeliest branch where
    it is unsure, so that what is judged is the parser in front.
    """

    def __init__(self, tools: ToolRunner, flow_of: Callable[[Proposal], Flow | None], *, heed: bool = True) -> None:
        self._tools = tools
        self._flow_of = flow_of
        self._heed = heed

    def call(self, tool: Proposal, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call a tool's function, or run a flow on inputs by name."""
        flow = self._flow_of(tool)
        return self._tools.call(tool, arguments) if flow is None else self._run(flow, arguments)

    def solve_many(self, tool: Proposal, questions: Sequence[str]) -> Sequence[Run]:
        """Answer questions; one run a question, in order."""
        flow = self._flow_of(tool)
        if flow is None:
            return self._tools.solve_many(tool, questions)
        read = self._tools.parse_many(tool, questions)
        return [self._run(flow, each.value, each.seconds) if each.returned else each for each in read]

    def parse_many(self, tool: Proposal, questions: Sequence[str]) -> Sequence[Run]:
        """Have a parser alone read questions."""
        return self._tools.parse_many(tool, questions)

    def solve_afresh(self, tool: Proposal, question: str) -> Run:
        """Answer one question; the run keeps the inputs that the parser found."""
        flow = self._flow_of(tool)
        return self._tools.solve_afresh(tool, question) if flow is None else self.solve_many(tool, [question])[0]

    def branches_of(self, tool: Proposal, questions: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the branches that questions went through; of a flow none, as it has no branch of guest code."""
        return self._tools.branches_of(tool, questions) if self._flow_of(tool) is None else []

    def run_formatted(self, tool: Proposal, arguments: Mapping[str, Any], question: str) -> Run:
        """Answer a question with arguments, or inputs, from elsewhere."""
        flow = self._flow_of(tool)
        return self._tools.run_formatted(tool, arguments, question) if flow is None else self._run(flow, arguments)

    def run_snippet(self, tool: Proposal, snippet: str) -> Run:
        """Run a snippet that calls a tool's function."""
        return self._tools.run_snippet(tool, snippet)

    def branch_lines(self, tool: Proposal) -> tuple[int, ...]:
        """Return the line of each branch of a tool's functions; a flow has none."""
        return self._tools.branch_lines(tool) if self._flow_of(tool) is None else ()

    def go_on(self, tool: ToolVersion, question: str) -> WentOn:
        """Have the tool loop go on where a flow is unsure of a question; raises `ModelError`."""
        flow, read = self._flow_of(tool), self._tools.parse_many(tool, [question])[0]
        if flow is None or not read.returned:
            return WentOn(read, Spent())
        ran = self._by_itself(flow, read.value)
        if ran.unsure is None:
            return WentOn(_returned(ran, read.value, 0.0), Spent())
        whole = flow.go_on(read.value, ran.steps)
        spent = Spent(whole.tokens, whole.cost_usd)
        if whole.answer_by is None:
            why = f"{ran.unsure.reason}; the tool loop gave no answer{f': {whole.stopped}' if whole.stopped else ''}"
            return WentOn(_raised(UNSURE, why, read.value), spent)
        return WentOn(Run("returned", as_answer(whole.answer), stage="function", arguments=read.value), spent)

    def asked_before(self, tool: ToolVersion, questions: Sequence[str]) -> Sequence[Run | None]:
        """Return what the tool loop gave before to the inputs that questions have, as kept traces say."""
        flow = self._flow_of(tool)
        asked = [] if flow is None else [each for each in flow.recorded() if each.answer_by == "model"]
        known = {repr(sorted(each.inputs.items())): each for each in asked}
        found: list[Run | None] = [None] * len(questions)
        for place, read in enumerate(self._tools.parse_many(tool, questions) if known else ()):
            trace = known.get(repr(sorted(read.value.items()))) if isinstance(read.value, dict) else None
            if trace is not None:
                found[place] = Run("returned", as_answer(trace.answer), stage="function", arguments=read.value)
        return found

    def _run(self, flow: Flow, inputs: Any, seconds: float = 0.0) -> Run:
        began = perf_counter()
        if not isinstance(inputs, dict):
            return _raised("TypeError", f"{flow.name} needs its inputs as a dict, by name", None)
        left_out = [name for name in flow.machine.optional if inputs.get(name) is None]
        inputs = {name: value for name, value in inputs.items() if name not in left_out}
        try:
            ran = self._by_itself(flow, inputs)
        except TaskError as fault:
            return _raised("TypeError", str(fault), inputs)
        seconds += perf_counter() - began
        if ran.unsure is not None:
            return replace(_raised(UNSURE, ran.unsure.reason, inputs), seconds=seconds)
        return _returned(ran, inputs, seconds)

    def _by_itself(self, flow: Flow, inputs: Mapping[str, Any]) -> Ran:
        """Run a flow's own part; no call acts. Raises `TaskError` for inputs that are none of it."""
        flow.check(inputs)
        if self._heed and (changed := flow.suspect):
            return Ran((), None, 1.0, Unsure(START, changed))
        return flow.run(inputs, may_act=False, heed=self._heed)


def _returned(ran: Ran, inputs: dict[str, Any], seconds: float) -> Run:
    return Run("returned", as_answer(ran.value), seconds=seconds, stage="function", arguments=dict(inputs))


def _raised(kind: str, message: str, inputs: dict[str, Any] | None) -> Run:
    return Run("raised", error=GuestError(kind, one_line(message, 500)), stage="function", arguments=inputs)


def as_answer(value: Any) -> Any:
    """Return an answer as one value: lists and dicts as JSON text where they are plain enough, else as they print."""
    if not isinstance(value, dict | list):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError:
        return str(value)


class Served:
    """The flows that questions are sent to, read again only when one was made or dropped."""

    def __init__(self, table: Callable[[], FlowTable], host: FlowHost) -> None:
        self._table = table
        self._host = host
        self._state: object = None
        self._flows: tuple[FlowTool, ...] = ()
        self._shown: tuple[Sequence[ToolVersion], tuple[ToolVersion, ...]] = ((), ())

    def among(self, tools: tuple[ToolVersion, ...]) -> tuple[ToolVersion, ...]:
        """Return the tools and the flows that are served; the same object while none changed.

        A flow stands in the place of the tool whose parser is in front of it, and of a tool of its name.
        """
        state = self._table().state()
        if state != self._state:
            self._flows, self._state = self._read(), state
            self._shown = ((), ())
        if not self._flows:
            return tools
        if self._shown[0] is not tools:
            hidden = {name for flow in self._flows for name in (flow.name, flow.reads)}
            self._shown = tools, (*(tool for tool in tools if tool.name not in hidden), *self._flows)
        return self._shown[1]

    def runner(self, tools: ToolRunner) -> FlowRunner:
        """Return what runs tools and flows."""
        return FlowRunner(tools, lambda tool: tool.flow if isinstance(tool, FlowTool) else None)

    def _read(self) -> tuple[FlowTool, ...]:
        table = self._table()
        newest = (table.get(name) for name in table.names())
        served = (flow for flow in newest if flow.reader is not None and not any(use.acts for use in flow.uses))
        return tuple(FlowTool.of_flow(Flow(flow, self._host)) for flow in served)
