"""Versions, differences, pending questions and what was taught, as blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, View, page
from latm_magic.jupyter.display.plain import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.records import StoredAnswer
    from latm_magic.routing.pending import PendingGroup
    from latm_magic.session.feedback import FeedbackResult
    from latm_magic.tools.function import Tool

__all__ = ["diff_view", "group_view", "pending_cell", "pending_view", "taught_view", "versions_view", "waiting_view"]

_MOST_QUESTIONS = 50
_IN_A_CELL = 10
"""Questions that a cell is filled with: more examples than that are seldom needed."""


def versions_view(versions: Sequence[Tool], current: int, suspect: str = "") -> View:
    """List a tool's versions; `suspect` says why the current one is."""
    columns = (
        Column("version", is_number=True),
        Column("", columns=12),
        Column("verified", is_number=True),
        Column("made by", wraps=True, columns=30),
        Column("on", columns=16),
        Column("lines", is_number=True),
    )
    rows = tuple(_version_row(tool, current) for tool in versions)
    note = Line(f"Version {current} is suspect: {suspect}.", "bad", "✗") if suspect else None
    return page(Table(columns, rows), note)


def _version_row(tool: Tool, current: int) -> tuple[str | Cell, ...]:
    verification, provenance = tool.verification, tool.provenance
    now = Cell("current", "good") if tool.version == current else ""
    verified = f"{verification.right}/{len(verification.samples)}"
    made_by, when = provenance.recorded or provenance.maker, provenance.created[:16].replace("T", " ")
    return (str(tool.version), now, verified, made_by, when, f"{len(tool.source.splitlines()):,}")


def diff_view(name: str, difference: str) -> View:
    """Show a difference, or that there is none."""
    return page(Code(difference) if difference else Line(f"The two versions of {name} are the same."))


def pending_view(groups: Sequence[PendingGroup]) -> View:
    """List groups of pending questions."""
    if not groups:
        return page(Line("No question is pending: every one that was solved had a tool."))
    columns = (
        Column("group", is_number=True),
        Column("questions", is_number=True),
        Column("what they share", is_code=True, wraps=True, columns=60),
        Column("for example", is_code=True, wraps=True, columns=50, limit=200),
    )
    rows = tuple((str(g.number), f"{len(g.questions):,}", g.line, g.questions[0]) for g in groups)
    how = "%latm pending GROUP NAME puts a cell below that makes a tool of a group."
    return page(Table(columns, rows), Line(how, "quiet"))


def group_view(group: PendingGroup) -> View:
    """List the questions of one group."""
    columns = (Column("", is_number=True), Column("question", is_code=True, wraps=True, columns=110, limit=2_000))
    shown = group.questions[:_MOST_QUESTIONS]
    more = len(group.questions) - len(shown)
    rows = tuple((Cell(str(number), "quiet"), question) for number, question in enumerate(shown, 1))
    return page(Table(columns, rows), Line(f"… {count(more, 'more question')}", "quiet") if more else None)


def pending_cell(name: str, group: PendingGroup) -> str:
    """Give a cell that makes a tool of a group, once description and answers are filled in."""
    blocks = [f"{_escaped(question)}\n=> " for question in group.questions[:_IN_A_CELL]]
    return "\n---\n".join([f"%%latm {name} --pending {group.number}\n", *blocks])


def _escaped(question: str) -> str:
    return re.sub(r"^(?=---|=>)", r"\\", question, flags=re.MULTILINE)


def taught_view(taught: Sequence[FeedbackResult]) -> View:
    """Show what was taken in."""
    columns = (
        Column("question", is_code=True, wraps=True, columns=60),
        Column("right is", is_code=True, wraps=True, columns=28),
        Column("instead of", is_code=True, wraps=True, columns=28),
        Column("tool", columns=24),
    )
    rows = tuple((t.question, t.answer, t.got if t.is_correction else "", t.tool or "none") for t in taught)
    corrected = sorted({t.tool for t in taught if t.is_correction and t.tool})
    how = f"%latm grow {corrected[0]} lets it learn this." if corrected else ""
    return page(Table(columns, rows), Line(how, "quiet") if how else None)


def waiting_view(name: str, answers: Sequence[StoredAnswer]) -> View:
    """Show examples that a model answered."""
    if not answers:
        return page(Line(f"No example of {name} waits to be confirmed."))
    columns = (Column("question", is_code=True, wraps=True, columns=80), Column("a model's answer", is_code=True))
    how = (
        f"%latm confirm --tool {name} says that they are right; %latm correct QUESTION ANSWER --tool {name} mends one."
    )
    return page(Table(columns, tuple((answer.question, answer.text) for answer in answers)), Line(how, "quiet"))
