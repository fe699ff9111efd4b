"""The records of where a tool comes from: its maker and what that took, and what it made of the column it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of a column to which a next version gives another answer."""

    question: str
    before: str
    after: str | None = None
    """None: it is refused now."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that proposals gave to a question."""

    text: str
    """"" = that there is none."""
    proposals: tuple[int, ...]
    """Their numbers in the making, from 1; 0 is the version that grew."""

    @property
    def by(self) -> str:
        """Whose answer it is, in words."""
        numbers = ", ".join(str(number) for number in self.proposals if number)
        named = f"proposal{'s' * (',' in numbers)} {numbers}" if numbers else ""
        return " and ".join(filter(None, ["the version before" if 0 in self.proposals else "", named]))


@dataclass(frozen=True, slots=True)
class DifferingRow:
    """A row of a column to which proposals of one making gave different answers."""

    question: str
    said: tuple[Said, ...]
    """The different answers, at least two."""

    @property
    def in_words(self) -> str:
        """What each proposal said, in one line."""
        return ", ".join(f"{quoted(each.text) if each.text else 'no answer'} ({each.by})" for each in self.said)


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """What a tool made of the column that it was made with; no answer of it was known."""

    rows: int
    """The different questions that it was run on."""
    first: int
    """How many of them were accepted before any coverage round."""
    accepted: int
    """How many are accepted now."""
    rounds: int = 0
    """Coverage rounds that were kept."""
    changed: tuple[ChangedRow, ...] = ()
    """Rows whose answer a coverage round changed."""
    more_changed: int = 0
    """Further rows of that kind, which are not kept."""
    gained: tuple[str, ...] = ()
    """Questions that a coverage round brought; the first few hundred."""
    differing: tuple[DifferingRow, ...] = ()
    """Rows to which proposals of the making gave different answers; a few hundred, spread over the column."""
    more_differing: int = 0
    """Further rows of that kind, which are not kept."""

    def besides_changed(self, rows: Iterable[DifferingRow]) -> list[DifferingRow]:
        """Return the rows that say more than that a coverage round changed their answer from one to another."""
        changed = {row.question for row in self.changed if row.after is not None}
        return [row for row in rows if row.question not in changed or len(row.said) > 2]  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a tool comes from."""

    maker: str
    """The model's name, "you" for a module written by hand, or what a tool notebook says."""
    created: str = ""
    """ISO date and time, UTC."""
    attempts: int = 1
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    """US dollars; None = unknown price."""
    recorded: str = ""
    """Label of the recording that stood in for the maker; "" for a live one."""
    imported_from: str = ""
    """Name of the notebook or file that it was admitted from, whose word all this is then; "" = made here."""
    column: ColumnRecord | None = None
    """What it made of its column; None without one."""
    rows_shown: tuple[str, ...] = ()
    """Questions without a label that the maker was shown of a column, for this version or one that it grew from."""
