"""Rows to label and rows to check: as tables, and as cells to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cell_text import label_block, suggestion_block
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, View, page
from latm_magic.jupyter.display.plain import count, one_line
from latm_magic.jupyter.display.questions import feedback_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.session.advising import Advice
    from latm_magic.session.checking import CheckRow, CheckSheet
    from latm_magic.session.feedback import FeedbackResult


def advice_cell(column: str, rows: Advice) -> str:
    """Return a cell that makes a tool of a column, once its name, description and answers are filled in.

    What may have to be refused is marked as not decided, and counts for nothing as long as it is.
    """
    blocks = [f"{label_block(question)} " for question in rows] + [suggestion_block(each) for each in rows.refusals]
    return "\n---\n".join([f"%%latm NAME --on {column}\n", *blocks])


def check_cell(sheet: CheckSheet) -> str:
    """Return a cell with the tool's answers, to be mended and run."""
    blocks = [label_block(row.question, None if row.is_none else row.answer or "") for row in sheet.rows]
    random = " --random" if sheet.is_random else ""
    return "\n---\n".join([f"%%latm_check {sheet.tool}{random}", *blocks])


def check_view(sheet: CheckSheet) -> View:
    """Show the rows that the next cell holds, or that none is left."""
    if not sheet.rows:
        return page(Line(sheet.note))
    return check_page(
        sheet, "The next cell holds these: mend what is wrong, delete a row of which you are not sure, and run it."
    )


def check_page(sheet: CheckSheet, how: str) -> View:
    """Show the rows, and how to go on."""
    note = Line(sheet.note, "quiet") if sheet.note else None
    columns = (
        Column("question", is_code=True, wraps=True, columns=64, limit=400),
        Column("answer", is_code=True, wraps=True, columns=32, limit=200),
        Column("why", wraps=True, columns=80, limit=400),
    )
    rows = tuple((row.question, answer_cell(row), Cell(why_words(row), "quiet")) for row in sheet.rows)
    left = f" {count(sheet.left, 'more row')} to look at." if sheet.left else ""
    return page(Table(columns, rows), Line(f"{how}{left}"), note)


def answer_cell(row: CheckRow) -> str | Cell:
    """Return what the tool says of a row."""
    return Cell("none", "quiet") if row.is_none else row.answer or Cell("refused", "care")


def why_words(row: CheckRow) -> str:
    """Say why a row is worth a look."""
    alike = f", like {row.alike - 1:,} more" if row.alike > 1 else ""
    said = ", ".join(f"{one_line(each.text, 60) or 'none'} ({each.by})" for each in row.said)
    known = {
        "differ": f"proposals differ{alike}: {said}",
        "untested": f"no sample ran line {', '.join(map(str, row.lines))}{alike}",
        "new": "a round of making brought it",
        "refused": f"refused{alike}",
        "random": "by chance",
    }
    return known.get(row.why, f"{row.why}{alike}")


def checked_view(name: str, results: Sequence[FeedbackResult]) -> View:
    """Show what came of the answers that you gave."""
    wrong = sum(result.is_correction for result in results)
    line = f"{count(len(results) - wrong, 'answer')} of {name} right, {wrong:,} not"
    how = f"%latm grow {name} lets it learn them" if wrong else f"%latm check {name} EXPR shows what is left to look at"
    return page(*([feedback_table(results)] if wrong else []), Line(f"{line}: {how}."))
