"""What a making that failed leaves to look at: its attempts, its draft with what that does wrong; lists of drafts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, View, page
from latm_magic.jupyter.display.tools import column_lines, samples_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.draft import Draft, Failure
    from latm_magic.errors import LatmError
    from latm_magic.jupyter.display.page import Block
    from latm_magic.tool import Attempt

_MOST_AGREED = 10
_ASKED = "Proposals agree against these examples of yours: are they right?"


def failure_view(fault: LatmError | Failure) -> View:
    """Show every attempt of a making that failed, and the draft that it leaves, or what its best proposal got."""
    attempts = _attempts(fault.attempts)
    if fault.draft is not None:
        return page(attempts, *_draft(fault.draft))
    judged = [attempt.verification for attempt in fault.attempts if attempt.verification is not None]
    return page(attempts, samples_table(max(judged, key=lambda found: found.right), fold=False) if judged else None)


def why_view(failure: Failure) -> View:
    """Show a failure that was kept: what it said, and what the cell showed then."""
    said = page(*(Line(line, "care" if place == 0 else "") for place, line in enumerate(failure.message.splitlines())))
    shown = failure_view(failure)
    return View(said.html + shown.html, f"{said.text}\n{shown.text}")


def draft_view(draft: Draft) -> View:
    """Show a draft: what it does wrong, where proposals agree against a label, and its source."""
    source = Code(draft.tool.source, "source", instead=f"{draft.name}?? shows its source once it is kept.")
    return page(*_draft(draft), source)


def drafts_view(drafts: Sequence[Draft]) -> View:
    """List drafts."""
    if not drafts:
        return page(Line("No drafts: a making that fails leaves its best proposal as one."))
    columns = (
        Column("draft", is_code=True, columns=30),
        Column("number", is_number=True),
        Column("right", is_number=True),
        Column("", wraps=True, columns=70),
    )
    rows, numbers = [], Counter[str]()
    for draft in drafts:
        record = draft.tool.verification
        numbers[draft.name] += 1
        score = f"{record.right}/{len(record.samples)}"
        rows.append((draft.name, str(numbers[draft.name]), score, draft.failures[0].summary))
    return page(
        Table(columns, tuple(rows)),
        Line("%latm drafts NAME [NUMBER] shows one, %latm keep NAME [NUMBER] takes it.", "quiet"),
    )


def _draft(draft: Draft) -> list[Block]:
    how = f"%latm keep {draft.name} takes it as it is; with corrected examples, the same cell takes it where it passes."
    return [
        Title(draft.tool.signature, "draft, not a tool"),
        Line(draft.summary, "care", "○", strong=True),
        *column_lines(draft.tool.provenance.column),
        *_agreed(draft),
        samples_table(draft.tool.verification, fold=False),
        Line(how, "quiet"),
    ]


def _agreed(draft: Draft) -> list[Block]:
    """Ask whether the labels are right against which proposals agree."""
    if not draft.agreed:
        return []
    columns = (
        Column("proposals", is_number=True),
        Column("question", is_code=True, wraps=True, columns=44),
        Column("they say", is_code=True, wraps=True, columns=28),
        Column("your example", is_code=True, wraps=True, columns=28),
    )
    rows: list[tuple[str, ...]] = [
        (f"{each.proposals} of {draft.attempts}", each.question, each.got, each.wanted)
        for each in draft.agreed[:_MOST_AGREED]
    ]
    left = len(draft.agreed) - _MOST_AGREED
    rows += [(f"… {left:,} more",)] if left > 0 else []
    one = len(draft.agreed) == 1
    asked = "Proposals agree against your example: is it right?" if one else _ASKED
    return [Line(asked, "care", "○"), Table(columns, tuple(rows))]


def _attempts(attempts: Sequence[Attempt]) -> Table:
    columns = (
        Column("proposal", is_number=True),
        Column("outcome", columns=24),
        Column("right", is_number=True),
        Column("first of what is wrong", wraps=True, columns=60),
    )
    return Table(columns, tuple(_attempt(attempt) for attempt in attempts))


def _attempt(attempt: Attempt) -> tuple[str | Cell, ...]:
    record = attempt.verification
    if record is None:
        return str(attempt.number), attempt.outcome, "", (attempt.fault or attempt.feedback)[:200]
    failures = record.faults or record.failures
    first = failures[0].summary if failures else ""
    return str(attempt.number), attempt.outcome, f"{record.right}/{len(record.samples)}", first
