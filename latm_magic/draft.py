"""The record of a draft: the best proposal of a making that no proposal passed, with what it does wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.shown import Shown
from latm_magic.tool import Attempt, ToolVersion  # noqa: TC001  the cache reads records by their annotations

if TYPE_CHECKING:
    from latm_magic.verification import SampleResult


@dataclass(frozen=True, slots=True)
class Agreement:
    """A sample on which different proposals gave the same answer, and not the one that was wanted."""

    question: str
    wanted: str
    got: str
    proposals: int
    """How many of them."""


@dataclass(frozen=True, slots=True)
class Draft(Shown):
    """The best proposal of a making that failed: usable by name, never chosen, and a tool only when you keep it."""

    tool: ToolVersion
    """Of version 0, with the verification that it did not pass."""
    attempts: int
    """Proposals that were made."""
    agreed: tuple[Agreement, ...] = ()
    """Where proposals agree against your label, which may be wrong then."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool.name

    @property
    def failures(self) -> tuple[SampleResult, ...]:
        """What it does wrong: the samples that are not right."""
        return self.tool.verification.failures

    @property
    def summary(self) -> str:
        """What it is in a line: how many samples are right, and how much of the column it answers."""
        record, column = self.tool.verification, self.tool.provenance.column
        used = f", {column.accepted:,} of {column.rows:,} questions of the column answered" if column else ""
        return f"draft {self.name}: {record.right} of {len(record.samples)} samples right{used}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A making that failed, as it is kept: what `MakingFailed` held."""

    name: str
    """Of the tool that was not made."""
    message: str
    attempts: tuple[Attempt, ...]
    draft: Draft | None = None
