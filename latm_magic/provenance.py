"""The records of where a tool comes from: its maker and what that took, and what it made of the column it is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of a column to which a next version gives another answer."""

    question: str
    before: str
    after: str | None = None
    """None: it is refused now."""


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
