"""Questions: pending ones in groups and as a cell to fill in, and those whose answers you corrected or confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cell_text import escaped, label_block
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, View, page
from latm_magic.jupyter.display.plain import count
from latm_magic.task import REFUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.records import Correction, StoredAnswer
    from latm_magic.routing.pending import PendingGroup
    from latm_magic.session.feedback import FeedbackResult
    from latm_magic.task import Instance

_MOST_QUESTIONS = 50
_IN_A_CELL = 10
"""Questions that a cell is filled with: more examples than that are seldom needed."""


def groups_view(groups: Sequence[PendingGroup]) -> View:
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
    how = (
        "%latm pending GROUP NAME puts a cell below that makes a tool of a group; --tool TOOL gives it to a tool that"
        " there is, --dismiss forgets it."
    )
    return page(Table(columns, rows), Line(how, "quiet"))


def group_view(group: PendingGroup) -> View:
    """List the questions of one group."""
    columns = (Column("", is_number=True), Column("question", is_code=True, wraps=True, columns=110, limit=2_000))
    shown = group.questions[:_MOST_QUESTIONS]
    more = len(group.questions) - len(shown)
    rows = tuple((Cell(str(number), "quiet"), question) for number, question in enumerate(shown, 1))
    return page(Table(columns, rows), Line(f"… {count(more, 'more question')}", "quiet") if more else None)


def pending_cell(name: str, group: PendingGroup) -> str:
    """Return a cell that makes a tool of a group, once description and answers are filled in."""
    blocks = [f"{escaped(question)}\n=> " for question in group.questions[:_IN_A_CELL]]
    return "\n---\n".join([f"%%latm {name} --pending {group.number}\n", *blocks])


def samples_view(name: str, samples: Sequence[Instance]) -> View:
    """List a tool's examples by number."""
    columns = (
        Column("", is_number=True),
        Column("question", is_code=True, wraps=True, columns=80, limit=2_000),
        Column("right is", is_code=True, wraps=True, columns=40),
    )
    rows = tuple((Cell(str(number), "quiet"), each.question, each.told) for number, each in enumerate(samples, 1))
    how = f"The next cell holds them: change what you like and run it; %latm example {name} adds or removes one."
    return page(Table(columns, rows), Line(how, "quiet"))


def samples_cell(name: str, description: str, samples: Sequence[Instance]) -> str:
    """Return a cell that makes a tool of these examples, in place of all older ones."""
    blocks = [label_block(each.question, label_of(each)) for each in samples]
    return "\n---\n".join([f"%%latm {name} --replace\n{escaped(description)}", *blocks])


def label_of(sample: Instance) -> object:
    """Return what stands behind the arrow: the answer, None for none, or `REFUSE`."""
    return {"missing": None, "refusal": REFUSE}.get(sample.expects, sample.answer)


def feedback_view(results: Sequence[FeedbackResult]) -> View:
    """Show the answers that you corrected or confirmed."""
    corrected = sorted({t.tool for t in results if t.is_correction and t.tool})
    how = [f"%latm grow {name} lets it learn this." for name in corrected]
    if any(t.tool is None for t in results):
        how.append(
            "No tool answers it: your answer is kept, and given from now on. If it is a tool's question, say whose with"
            " --tool NAME, so that %latm grow NAME can learn it."
        )
    return page(feedback_table(results), *(Line(each, "quiet") for each in how))


def feedback_table(results: Sequence[FeedbackResult]) -> Table:
    """Return the answers that you corrected or confirmed, a row each."""
    columns = (
        Column("question", is_code=True, wraps=True, columns=60),
        Column("right is", is_code=True, wraps=True, columns=28),
        Column("instead of", is_code=True, wraps=True, columns=28),
        Column("tool", columns=24),
    )
    rows = tuple((t.question, t.told, t.got if t.is_correction else "", t.tool or "none") for t in results)
    return Table(columns, rows)


def corrections_view(name: str, corrections: Sequence[Correction]) -> View:
    """List what you corrected of a tool's answers."""
    if not corrections:
        return page(Line(f"{name} has nothing to learn from: no answer of it was corrected since it last grew."))
    columns = (
        Column("question", is_code=True, wraps=True, columns=60),
        Column("right is", is_code=True, wraps=True, columns=28),
        Column("instead of", is_code=True, wraps=True, columns=28),
    )
    rows = tuple((each.question, each.wanted or each.expects, each.got) for each in corrections)
    how = f"%latm grow {name} lets it learn them; %latm withdraw QUESTION takes one back."
    return page(Table(columns, rows), Line(how, "quiet"))


def unconfirmed_view(name: str, answers: Sequence[StoredAnswer]) -> View:
    """List a tool's examples that a model answered and that you have not confirmed."""
    if not answers:
        return page(Line(f"No example of {name} waits to be confirmed."))
    columns = (Column("question", is_code=True, wraps=True, columns=80), Column("a model's answer", is_code=True))
    how = (
        f"%latm confirm --tool {name} says that they are right; %latm correct QUESTION ANSWER --tool {name} mends one."
    )
    return page(Table(columns, tuple((answer.question, answer.sample.told) for answer in answers)), Line(how, "quiet"))
