"""The parser in front of a flow: of a tool of the project, of the version before, or made by the session's maker."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.examples import read_examples
from latm_magic.making.judge import Judge
from latm_magic.making.maker import ToolMaker
from latm_magic.making.verifier import Verifier
from latm_magic.task import Task
from latm_magic.text import quoted
from latm_magic.tools.user import UserRun
from latm_magic.workflows.flow import Flow
from latm_magic.workflows.reading import as_reader, check_serves, completed, request
from latm_magic.workflows.served import FlowRunner

if TYPE_CHECKING:
    from latm_magic.session.parts import Parts
    from latm_magic.tool import Proposal
    from latm_magic.workflows.flow import FlowHost
    from latm_magic.workflows.kept import FlowVersion

_LONGEST = 100


def with_reader(
    parts: Parts, flow: FlowVersion, host: FlowHost, questions: Any, reads: str, known: FlowVersion | None
) -> FlowVersion:
    """Return a flow with a parser in front: that of the tool `reads`, or one made from questions and their answers.

    The parser that the version before has is taken over where it was made from the same questions and still reads them.
    Raises `TaskError` for a flow that acts or a tool that does not fit, `MakingFailed`, `ModelError`.
    """
    check_serves(flow)
    if reads:
        if not reads.isidentifier() or len(reads) > _LONGEST:
            raise TaskError(f"{quoted(reads, 60)} is no name of a tool: give one of those that %latm tools lists.")
        return replace(flow, reader=as_reader(parts.tool(reads), flow))
    read = read_examples(questions)
    described = flow.description or f"What {flow.name} answers."
    task = Task(flow.name, described, read.samples, read.kind).check()
    judge = Judge(parts.sandbox, _verifier(parts, Flow(flow, host)), partial(completed, flow))
    options = parts.maker_options()
    if known is not None and known.reader is not None and known.reader.samples == task.samples:
        if known.machine == flow.machine:
            return replace(flow, reader=known.reader)
        again = judge.judge(
            task,
            known.reader.source,
            known.reader.provenance,
            on_step=lambda _step: None,
            min_accuracy=options.min_accuracy,
        )
        if again.tool is not None:
            return replace(flow, reader=again.tool)
    maker = ToolMaker(parts.roles.model("maker"), judge, options, parts.tell)
    return replace(flow, reader=maker.make(task, request(flow, task, options.extra_modules)))


def _verifier(parts: Parts, flow: Flow) -> Verifier:
    runner = FlowRunner(parts.runner(), lambda _tool: flow, heed=False)
    return Verifier(runner, policy=parts.sandbox.policy_version, ask_user=_nobody)


def _nobody(proposal: Proposal, question: str) -> UserRun:  # noqa: ARG001
    return UserRun(None, reason="the module has no parse, and nothing else reads the question")
