"""What the steps of the dispatcher work with, handed to each of them as one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.cache.cache import Cache
    from latm_magic.models.model import Model
    from latm_magic.routing.project import ProjectRouter
    from latm_magic.solving.economy import Economy
    from latm_magic.solving.pace import Pace
    from latm_magic.tools.runner import ToolRunner
    from latm_magic.tools.user import UserModel

Untested = Literal["mark", "ask", "refuse"]
"""What becomes of an answer that ran through a branch which no right sample has run: it is marked; or the user model is
asked for the call in its place; or there is no answer."""


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
