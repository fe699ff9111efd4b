"""What is up: the record behind `%latm status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.session.roles import ROLES
from latm_magic.shown import Shown

if TYPE_CHECKING:
    from latm_magic.project import Project
    from latm_magic.sandbox.records import Walls
    from latm_magic.session.parts import Parts


@dataclass(frozen=True, slots=True)
class Status(Shown):
    """Where things are and what is up."""

    project: str
    """The project's folder."""
    cache: str
    """The cache's folder."""
    tools: int
    """How many tools are cached."""
    untrusted: int
    """How many of them were not made on this machine."""
    models: tuple[tuple[str, str], ...]
    """(role, model name) of maker, user and dispatcher; "" where none is named."""
    source: str
    """Where replies come from: an endpoint's address, "a recording" or "models of yours"."""
    has_key: bool
    walls: Walls
    spent_usd: float | None
    """US dollars this session; None = some price is unknown."""
    budget_usd: float | None


def status_of(project: Project, parts: Parts) -> Status:
    """Gather the status of a session's parts."""
    roles, settings = parts.roles, parts.settings
    tools = parts.tools()
    return Status(
        project=str(project.folder),
        cache=str(parts.cache.folder),
        tools=len(tools),
        untrusted=sum(not parts.cache.tools.is_trusted(tool) for tool in tools),
        models=tuple((role, roles.name_of(role)) for role in ROLES),
        source=roles.source,
        has_key=roles.has_key,
        walls=parts.sandbox.walls,
        spent_usd=parts.ledger.session_cost_usd,
        budget_usd=settings.budget_usd,
    )
