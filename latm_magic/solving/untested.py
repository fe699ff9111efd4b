"""What becomes of answers that ran through a branch which nothing right has run, and of what a flow is unsure of.

Which ones they are is in `Batch.untested` and `Batch.unsure`; the mark itself is put there, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.solving.open_questions import OpenQuestion

if TYPE_CHECKING:
    from latm_magic.solving.batch import Batch


def to_ask(batch: Batch) -> dict[int, OpenQuestion]:
    """Open again what parsers answered so; return whom to ask: the user model, about the same tool.

    One that is not asked about after all keeps the parser's answer, with its mark.
    """
    questions = {}
    for row in [*batch.untested]:
        if batch.ways[row] == "parser":
            why = f"the parser's own answer was {batch.reasons[row]}"
            questions[row] = OpenQuestion(batch.questions[row], batch.tools[row], why=why)
            batch.set_aside(row)
    return questions


def to_go_on(batch: Batch) -> dict[int, OpenQuestion]:
    """Open again what flows are unsure of with which the tool loop may go on; return whom to ask.

    One that is not asked about after all stays unknown, with the flow's reason.
    """
    questions = {}
    for row in sorted(batch.unsure):
        tool = batch.tools[row]
        if batch.ways[row] == "unknown" and tool is not None and tool.goes_on:
            questions[row] = OpenQuestion(batch.questions[row], tool, why=batch.reasons[row], goes_on=True)
            batch.set_aside(row)
    return questions


def refuse(batch: Batch) -> None:
    """Leave every such answer unknown, with its reason."""
    for row in [*batch.untested]:
        batch.withdraw(row)
