"""What the steps of the dispatcher work with, handed to each of them as one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.cache.cache import Cache
    from latm_magic.models.model import Model
    from latm_magic.routing.project import ProjectRouter
    from latm_magic.sandbox import Sandbox
    from latm_magic.solving.dask import ClusterRunner
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.user import UserModel

__all__ = ["Workshop"]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the dispatcher works with."""

    runner: Sandbox | ClusterRunner
    """Where blocks of questions go through a tool's parser."""
    cache: Cache
    routing: ProjectRouter
    user: UserModel
    dispatcher: Model
    direct: Model
    """The strong model, which answers without a tool where you ask for that."""
    walls_for: Callable[[ToolVersion], tuple[str, ...]]
    """The walls of the sandbox that a tool must not run without."""
    concurrency: int = 4
    """Model calls under way at once."""
    suspects: Mapping[str, str] = field(default_factory=dict)
    """The tools whose current version must not answer silently, each with the reason."""
