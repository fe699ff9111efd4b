"""What becomes of answers that ran through a branch which nothing right has run, and of what a flow is unsure of.

Which ones they are is in `Batch.untested` and `Batch.unsure`; the mark itself is put there, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.solving.open_questions import OpenQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.sandbox.records import Run
    from latm_magic.solving.batch import Batch
    from latm_magic.tool import ToolVersion

    AskedBefore = Callable[[ToolVersion, Sequence[str]], Sequence[Run | None]]


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


def to_go_on(batch: Batch, asked_before: AskedBefore | None) -> dict[int, OpenQuestion]:
    """Open again what flows are unsure of with which the tool loop may go on; return whom to ask.

    What the loop was asked before is repeated. One that is not asked about after all stays unknown, with the reason.
    """
    questions = {}
    unsure = [(row, tool) for row in sorted(batch.unsure) if (tool := batch.tools[row]) and tool.goes_on]
    for tool in {id(tool): tool for _, tool in unsure}.values():
        rows = [row for row, other in unsure if other is tool and batch.ways[row] == "unknown"]
        known = asked_before(tool, [batch.questions[row] for row in rows]) if asked_before else [None] * len(rows)
        for row, run in zip(rows, known, strict=True):
            if run is not None:
                batch.reopen(row)
                batch.settle_run(row, "cache", tool, run, "answered before by the tool loop")
                continue
            questions[row] = OpenQuestion(batch.questions[row], tool, why=batch.reasons[row], goes_on=True)
            batch.set_aside(row)
    return questions


def refuse(batch: Batch) -> None:
    """Leave every such answer unknown, with its reason."""
    for row in [*batch.untested]:
        batch.withdraw(row)
