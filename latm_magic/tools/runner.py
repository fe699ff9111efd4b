"""The one door to the sandbox for tools: it knows each tool's steps and the walls that the tool must not run without.

What comes back is a `Run`; reading one is `runs.py`'s. A `ToolRunner` wraps the sandbox as a `MeteredModel` wraps a
model, so whoever has tools run needs to know of neither pipeline nor walls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from latm_magic.sandbox.records import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import Proposal


class ToolRunner(Protocol):
    """Runs tools and proposals. Expected failures are in the `Run`; raises `SandboxError` where a wall is missing."""

    def call(self, tool: Proposal, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call the tool's function, with arguments by name or by position; the run's value is its plain result."""

    def solve_many(self, tool: Proposal, questions: Sequence[str]) -> list[Run]:
        """Answer questions by parser, function and format; one run a question, in order."""

    def solve_afresh(self, tool: Proposal, question: str) -> Run:
        """Answer one question in a new namespace; the run keeps the arguments that the parser found."""

    def run_formatted(self, tool: Proposal, arguments: Mapping[str, Any], question: str) -> Run:
        """Answer a question with arguments from elsewhere: function and format."""

    def run_snippet(self, tool: Proposal, snippet: str) -> Run:
        """Run a snippet that calls the tool's function; the run's value is what it left in `ans`."""


class SandboxRunner:
    """The `ToolRunner` of this machine."""

    def __init__(self, sandbox: Sandbox, walls_for: Callable[[Proposal], tuple[str, ...]]) -> None:
        """Take the sandbox, and what names the walls that a tool must not run without (see `Sandbox.walls`)."""
        self._sandbox = sandbox
        self.walls_for = walls_for

    def call(self, tool: Proposal, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call the tool's function, with arguments by name or by position."""
        walls, sandbox = self.walls_for(tool), self._sandbox
        if isinstance(arguments, Mapping):
            return sandbox.run(tool.source, tool.function, arguments=arguments, require_walls=walls)
        return sandbox.run(tool.source, tool.function, args=arguments, require_walls=walls)

    def solve_many(self, tool: Proposal, questions: Sequence[str]) -> list[Run]:
        """Answer questions by parser, function and format; one run a question, in order."""
        return self._sandbox.solve_many(tool.source, pipeline_of(tool), questions, require_walls=self.walls_for(tool))

    def solve_afresh(self, tool: Proposal, question: str) -> Run:
        """Answer one question in a new namespace; the run keeps the arguments that the parser found."""
        return self._sandbox.solve(
            tool.source,
            pipeline_of(tool),
            question,
            keep_arguments=True,
            fresh=True,
            require_walls=self.walls_for(tool),
        )

    def run_formatted(self, tool: Proposal, arguments: Mapping[str, Any], question: str) -> Run:
        """Answer a question with arguments from elsewhere: function and format."""
        return self._sandbox.run_formatted(
            tool.source, pipeline_of(tool), arguments, question, require_walls=self.walls_for(tool)
        )

    def run_snippet(self, tool: Proposal, snippet: str) -> Run:
        """Run a snippet that calls the tool's function; the run's value is what it left in `ans`."""
        return self._sandbox.run_snippet(tool.source, snippet, result="ans", require_walls=self.walls_for(tool))


def pipeline_of(tool: Proposal) -> Pipeline:
    """Return the steps from a question to an answer of this tool."""
    return Pipeline("parse" if tool.has_parser else None, tool.function, "format_answer" if tool.has_format else None)
