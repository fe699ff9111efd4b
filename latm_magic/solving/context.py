"""What the steps of the dispatcher work with, handed to each of them as one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.models.model import Model
    from latm_magic.routing.project import ProjectRouter
    from latm_magic.sandbox.records import Run
    from latm_magic.solving.economy import Economy
    from latm_magic.solving.pace import Pace
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.runner import ToolRunner
    from latm_magic.tools.user import Spent, UserModel

Untested = Literal["mark", "ask", "refuse"]
"""What becomes of an answer that ran through a branch which no right sample has run: it is marked; or the user model is
asked for the call in its place; or there is no answer."""


@dataclass(frozen=True, slots=True)
class WentOn:
    """What came of the tool loop where a flow was unsure."""

    run: Run
    """With the answer as its value, or why there is none."""
    spent: Spent


class ToolNames:
    """The tools of a session by name: found out once for as long as they are the same."""

    def __init__(self) -> None:
        self._known: tuple[Sequence[ToolVersion], Mapping[str, ToolVersion]] = ((), {})

    def of(self, tools: Sequence[ToolVersion]) -> Mapping[str, ToolVersion]:
        """Return these tools by name."""
        known = self._known
        if known[0] is not tools:
            known = tools, {tool.name: tool for tool in tools}
            if len(tools) > 1:  # one alone was named, and the others come again
                self._known = known
        return known[1]


@dataclass(frozen=True, slots=True)
class SolvingContext:
    """What the steps of one solve work with."""

    runner: ToolRunner
    cache: Cache
    routing: ProjectRouter
    user: UserModel
    dispatcher: Model
    direct: Model
    """The strong model, which answers without a tool where you ask for that."""
    concurrency: int
    """Model calls under way at once."""
    economy: Economy
    """What decides which questions go to models."""
    pace: Pace
    """The pauses that `user`, `dispatcher` and `direct` make together after a rate limit."""
    suspects: Mapping[str, str] = field(default_factory=dict)
    """The tools whose current version must not answer silently, each with the reason."""
    untested: Untested = "mark"
    has_answers: bool = True
    """Whether the cache keeps any answer."""
    by_name: ToolNames = field(default_factory=ToolNames)
    go_on: Callable[[ToolVersion, str], WentOn] | None = None
    """Has the tool loop go on where a flow is unsure of a question; raises `ModelError`. None: no flow is served."""
    asked_before: Callable[[ToolVersion, Sequence[str]], Sequence[Run | None]] | None = None
    """What the loop gave before to questions that a flow has read."""
