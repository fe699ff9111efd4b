"""A proposal run on the whole column that it is made for: what it answers and refuses, and what two versions change.

No model is asked for it, and no answer is known: nothing here says that an answer is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.comparison import agree, answer_text
from latm_magic.provenance import ChangedRow
from latm_magic.tools.runner import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.sandbox.records import Run
    from latm_magic.tool import Proposal

    RunMany = Callable[[Proposal, Sequence[str]], Sequence[Run]]

_BLOCK = 500
"""Rows that are run before it is looked at how long they took."""
_MOST_SLOW = 5
"""Rows of a block that may run out of time; after more, the rest is not run."""
_REASON_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class ColumnRun:
    """What one proposal gave for each question of a column."""

    answered: Mapping[str, str]
    """Texts of answers by question; "" where the answer is that there is none."""
    refused: Mapping[str, str]
    """Why there is no answer, in one line, by question."""

    @property
    def count(self) -> int:
        """How many questions there are."""
        return len(self.answered) + len(self.refused)


def run_column(run_many: RunMany, proposal: Proposal, questions: Sequence[str]) -> ColumnRun:
    """Run a proposal on all questions; one without a parser answers none, since a model would have to be asked."""
    answered: dict[str, str] = {}
    refused: dict[str, str] = {}
    questions = questions if proposal.has_parser else ()
    for start in range(0, len(questions), _BLOCK):
        block = questions[start : start + _BLOCK]
        runs = run_many(proposal, block)
        for question, run in zip(block, runs, strict=True):
            text, why = _outcome(proposal, run)
            if text is None:
                refused[question] = why
            else:
                answered[question] = text
        if sum(run.outcome == "timeout" for run in runs) > _MOST_SLOW:
            refused |= dict.fromkeys(questions[start + _BLOCK :], "not run: the module takes too long for other rows")
            break
    return ColumnRun(answered, refused)


def changed_rows(before: ColumnRun, after: ColumnRun, proposal: Proposal) -> tuple[ChangedRow, ...]:
    """Return the rows that were answered before and get another answer now, or none."""
    found = []
    for question, text in before.answered.items():
        now = after.answered.get(question)
        if now is None or (now != text and not agree(text, now, proposal.kind)):
            found.append(ChangedRow(question, text, now))
    return tuple(found)


def _outcome(proposal: Proposal, run: Run) -> tuple[str | None, str]:
    if not run.returned:
        return None, " ".join(reason_of(run).split())[:_REASON_CHARACTERS]
    if run.value is None and any(sample.expects == "missing" for sample in proposal.all_samples):
        return "", ""
    try:
        return answer_text(run.value), ""
    except ValueError as fault:
        return None, str(fault)
