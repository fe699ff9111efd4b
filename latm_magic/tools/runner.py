"""The one door to the sandbox for tools, and what a run says: a refusal, why it gave nothing, its call as text.

A `ToolRunner` knows each tool's steps and the walls that the tool must not run without, so whoever has tools run needs
to know of neither pipeline nor walls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.errors import SandboxError
from latm_magic.sandbox.records import Pipeline
from latm_magic.tool import ToolVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import Proposal

_MAX_CALL_CHARACTERS = 4_000
UNSURE = "Unsure"
"""The type of the error of a flow that has read a question, and is unsure of the answer."""


class ToolRunner:
    """Runs tools and proposals. Expected failures are in the `Run`; raises `SandboxError` where a wall is missing.

    `walls_for` names the walls that a tool must not run without (see `Sandbox.walls`).
    """

    def __init__(self, sandbox: Sandbox, walls_for: Callable[[Proposal], tuple[str, ...]]) -> None:
        self._sandbox = sandbox
        self._walls_for = walls_for

    def call(self, tool: Proposal, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call the tool's function, with arguments by name or by position; the run's value is its plain result."""
        given: dict[str, Any] = {"arguments": arguments} if isinstance(arguments, Mapping) else {"args": arguments}
        # The branches say nothing here; they are named so that a worker has one namespace for calls and questions.
        tested, walls = self._tested(tool), self._walls_for(tool)
        return self._sandbox.run(tool.source, tool.function, require_walls=walls, tested=tested, **given)

    def solve_many(self, tool: Proposal, questions: Sequence[str]) -> Sequence[Run]:
        """Answer questions by parser, function and format; one run a question, in order.

        A run has the branches that it went through and that are neither tested nor seen.
        """
        steps, walls = pipeline_of(tool), self._walls_for(tool)
        return self._sandbox.solve_many(tool.source, steps, questions, require_walls=walls, tested=self._tested(tool))

    def parse_many(self, tool: Proposal, questions: Sequence[str]) -> Sequence[Run]:
        """Have a tool's parser alone read questions; a run's value is what it returned, the arguments by name."""
        rows, tested, walls = [[question] for question in questions], self._tested(tool), self._walls_for(tool)
        runs = self._sandbox.map(tool.source, "parse", rows, require_walls=walls, tested=tested)
        return [run if run.returned else replace(run, stage="parse") for run in runs]

    def solve_afresh(self, tool: Proposal, question: str) -> Run:
        """Answer one question in a new namespace; the run keeps the arguments that the parser found.

        It has all branches that it went through, as all runs have from here on.
        """
        steps, walls = pipeline_of(tool), self._walls_for(tool)
        return self._sandbox.solve(
            tool.source, steps, question, keep_arguments=True, fresh=True, require_walls=walls, tested=0
        )

    def branches_of(self, tool: Proposal, questions: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the branches that each of these questions went through which the tool answers by itself."""
        steps, walls = pipeline_of(tool), self._walls_for(tool)
        runs = self._sandbox.solve_many(tool.source, steps, questions, fresh=True, require_walls=walls, tested=0)
        return [run.branches for run in runs if run.returned]

    def run_formatted(self, tool: Proposal, arguments: Mapping[str, Any], question: str) -> Run:
        """Answer a question with arguments from elsewhere: function and format."""
        steps, walls = pipeline_of(tool), self._walls_for(tool)
        return self._sandbox.run_formatted(tool.source, steps, arguments, question, require_walls=walls, tested=0)

    def run_snippet(self, tool: Proposal, snippet: str) -> Run:
        """Run a snippet that calls the tool's function; the run's value is what it left in `ans`."""
        walls = self._walls_for(tool)
        return self._sandbox.run_snippet(tool.source, snippet, result="ans", require_walls=walls, tested=0)

    def branch_lines(self, tool: Proposal) -> tuple[int, ...]:
        """Return the line of each branch of a tool's functions."""
        return self._sandbox.check(tool.source).branches

    def _tested(self, tool: Proposal) -> int:
        """Return the branches that a run need not tell of, as bits: those that are known; all where nothing is."""
        if not isinstance(tool, ToolVersion) or tool.verification.policy != self._sandbox.policy_version:
            return -1
        return tool.verification.branches.known_bits


def pipeline_of(tool: Proposal) -> Pipeline:
    """Return the steps from a question to an answer of this tool."""
    return Pipeline("parse" if tool.has_parser else None, tool.function, "format_answer" if tool.has_format else None)


def is_refusal(run: Run) -> bool:
    """Return whether a tool refused a question: ValueError from `parse` or `format_answer`, and nothing else."""
    return run.outcome == "raised" and run.stage in {"parse", "format"} and bool(run.error and run.error.is_refusal)


def has_no_answer(run: Run) -> bool:
    """Return whether a tool has nothing to say of a question: it refused, or raised before it had read it.

    A limit, a crash or a killed worker says nothing of the question: such a row fails, and no model is asked.
    """
    return is_refusal(run) or (run.outcome in {"raised", "forbidden"} and run.stage in {"", "parse"})


def unsure_of(tool: Proposal, run: Run) -> str:
    """Return why a flow that has read a question is unsure of the answer, in one line; "" where that is not so."""
    is_flow = isinstance(tool, ToolVersion) and tool.way == "flow"
    error = run.error if is_flow and run.stage == "function" else None
    return error.message if error is not None and error.type == UNSURE else ""


def raise_if_lost(name: str, run: Run) -> None:
    """Raise `SandboxError` for a run that says nothing of the tool `name`, because the sandbox lost its worker."""
    if run.was_lost:
        raise SandboxError(f"{name!r} could not be verified, and nothing was kept: {reason_of(run)}.")


def reason_of(run: Run) -> str:
    """Return in one line why a run gave no value, with the step and the line of the guest source."""
    error = run.error
    if error is None:
        return run.outcome
    step = {"parse": "in parse", "function": "in the function", "format": "in format_answer"}.get(run.stage, "")
    place = ", ".join(part for part in (step, f"line {error.line}" if error.line else "") if part)
    findings = "; ".join(str(finding) for finding in error.findings)
    text = findings or (f"{error.type}: {error.message}" if error.message else error.type)
    return f"{text} ({place})" if place else text


def why_untested(tool: ToolVersion, untested: Sequence[int]) -> str:
    """Return in one line which branch a run of the tool went through that no right sample has run."""
    lines = tool.verification.branches.lines_of(untested)
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return f"untested: it went through line {lines[0]}{more} of {tool.name}, which no verified sample has run"


def call_text(tool: Proposal, arguments: dict[str, Any] | None) -> str:
    """Return a call as Python text; "" without arguments, or where it would be longer than is of use."""
    if arguments is None:
        return ""
    try:
        text = f"{tool.function}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
    except (ValueError, RecursionError):
        return ""
    return text if len(text) <= _MAX_CALL_CHARACTERS else ""
