"""Where the proposals of one making differ on its column: the rows to which two of them give different answers.

Nothing here says which of them is right: you do, in `%latm check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latm_magic.comparison import agree
from latm_magic.events import Note
from latm_magic.making.column import spread
from latm_magic.making.column_run import run_column
from latm_magic.provenance import DifferingRow, Said
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.events import OnEvent
    from latm_magic.making.asking import Candidate
    from latm_magic.making.column import Column
    from latm_magic.making.column_run import ColumnRun, RunMany
    from latm_magic.task import AnswerKind
    from latm_magic.tool import ToolVersion

_MOST_TOLD = 3
_MOST_KEPT = 200
_MOST_CHARACTERS = 500_000
"""Of all rows that are kept, with their answers."""


class ColumnRuns:
    """Runs the proposals of one making on its column, and remembers what each gave."""

    def __init__(self, run_many: RunMany, column: Column) -> None:
        self._run_many = run_many
        self._column = column
        self._runs: list[tuple[int, ColumnRun]] = []

    def measured(self, candidate: Candidate) -> Candidate:
        """Return a candidate with what it makes of the column, if it was run on samples."""
        if candidate.proposal is None or candidate.verification is None:
            return candidate
        run = run_column(self._run_many, candidate.proposal, self._column.questions)
        self._runs.append((candidate.attempt.number, run))
        return replace(candidate, column=run)

    def noted(self, tool: ToolVersion, on_event: OnEvent) -> ToolVersion:
        """Return a tool of this making with the rows on which proposals differ on record, and tell of them.

        What a coverage round changed was told by the round.
        """
        found, column = differing_rows(self._runs, tool.kind), tool.provenance.column
        if not found or column is None:
            return tool
        if besides := column.besides_changed(found):
            on_event(Note(_told(tool.name, besides)))
        kept = tuple(_bounded(found))
        column = replace(column, differing=kept, more_differing=len(found) - len(kept))
        return replace(tool, provenance=replace(tool.provenance, column=column))


def differing_rows(runs: Sequence[tuple[int, ColumnRun]], kind: AnswerKind) -> tuple[DifferingRow, ...]:
    """Return the rows that two proposals answered, and not alike; each run comes with its proposal's number.

    A refusal is no answer, so that it differs from none. Answers are compared as those of samples are.
    """
    questions = dict.fromkeys(question for _, run in runs for question in run.answered)
    found = []
    for question in questions:
        said = [(number, run.answered[question]) for number, run in runs if question in run.answered]
        if any(text != said[0][1] for _, text in said) and len(groups := _groups(said, kind)) > 1:
            found.append(DifferingRow(question, groups))
    return tuple(found)


def _groups(said: Sequence[tuple[int, str]], kind: AnswerKind) -> tuple[Said, ...]:
    """Return the different answers, each with the proposals that gave it."""
    groups: list[tuple[str, list[int]]] = []
    for number, text in said:
        alike = next((numbers for known, numbers in groups if known == text or agree(known, text, kind)), None)
        if alike is None:
            groups.append((text, [number]))
        else:
            alike.append(number)
    return tuple(Said(text, tuple(numbers)) for text, numbers in groups)


def _told(name: str, rows: Sequence[DifferingRow]) -> str:
    """Say in one line on how many rows proposals differ, and what they say of the first ones."""
    count = f"{len(rows):,} row{'s' * (len(rows) > 1)}"
    first = "; ".join(f"{quoted(row.question)}: {row.in_words}" for row in rows[:_MOST_TOLD])
    return f"{name}: proposals differ on {count} of the column, which %latm check {name} EXPR shows first: {first}"


def _bounded(rows: Sequence[DifferingRow]) -> Iterable[DifferingRow]:
    left = _MOST_CHARACTERS
    for row in spread(rows, _MOST_KEPT):
        left -= len(row.question) + sum(len(each.text) for each in row.said)
        if left >= 0:
            yield row
