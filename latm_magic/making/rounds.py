"""Coverage rounds: what a tool refuses of its column goes back to the maker, without answers, for a next version.

A next version is kept where it answers more of the column and loses no sample. Rows whose answer it changes are listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.errors import LatmError
from latm_magic.events import CoverageRound, Note
from latm_magic.making import prompts
from latm_magic.making.asking import as_reply
from latm_magic.making.column import Row, choose_questions
from latm_magic.making.column_run import changed_rows
from latm_magic.making.failures import describe_also
from latm_magic.provenance import ChangedRow, ColumnRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.events import OnEvent
    from latm_magic.making.asking import Asker, Candidate
    from latm_magic.making.differing import ColumnRuns
    from latm_magic.models.model import Message
    from latm_magic.task import Task
    from latm_magic.tool import Attempt
    from latm_magic.verification import SampleResult

_MOST_SHOWN = 40
_MOST_TOKENS = 8_000
_ANSWERS_SHOWN = 12
_ANSWERS_TOKENS = 1_500
_NO_ANSWER = "(there is none: None)"
_ANSWER_CHARACTERS = 300
_REQUESTS = 2
"""Requests of one round: its own, and a repair."""
_MOST_CHANGED = 200
"""Rows that are listed of those that changed, and of those that were gained."""


@dataclass(frozen=True, slots=True)
class RoundOptions:
    """How many rounds there are, and when one is not worth its call."""

    most: int
    pays: Callable[[int, int, float | None], str]
    """Takes how many rows are refused, of how many, and what the last maker call cost (US dollars, None = unknown);
    returns why a round does not pay, "" where it does."""


class CoverageRounds:
    """Runs the rounds of one making; `attempts` grows with every request."""

    def __init__(self, asker: Asker, runs: ColumnRuns, options: RoundOptions, on_event: OnEvent) -> None:
        self._asker = asker
        self._runs = runs
        self._options = options
        self._tell = on_event

    def run(self, task: Task, made: Candidate, attempts: list[Attempt]) -> Candidate:
        """Return the best version after the rounds, its record of the column with it.

        A model that cannot be asked, or a sandbox that breaks, ends them with a note, and what was made before is kept.
        """
        first, changed, kept = made, dict[str, ChangedRow](), 0
        for number in range(1, self._options.most + 1):
            if not self._is_worth_it(task.name, made, attempts[-1].cost_usd if attempts else None):
                break
            try:
                after = self._round(task, made, attempts)
            except (LatmError, KeyboardInterrupt) as fault:
                why = str(fault) or "interrupted"
                self._tell(Note(f"{task.name}: no coverage round, and the tool is kept as it is: {why}", "warning"))
                break
            if after is None or after.column is None or made.column is None or after.tool is None:
                self._tell(Note(f"{task.name}: coverage round {number} gained nothing; the tool is kept as it is."))
                break
            found = changed_rows(made.column, after.column, after.tool)
            self._tell(CoverageRound(task.name, number, after.column.count, made.accepted, after.accepted, found))
            changed = _merged(changed, found)
            made, kept = after, kept + 1
        return _recorded(made, first, kept, tuple(changed.values()))

    def _is_worth_it(self, name: str, made: Candidate, cost_usd: float | None) -> bool:
        run = made.column
        if run is None or not run.count or not (run.refused or _lost(made)):
            return False
        if _lost(made):
            return True
        why_not = self._options.pays(len(run.refused), run.count, cost_usd)
        if why_not:
            self._tell(Note(f"{name}: {why_not}"))
        return not why_not

    def _round(self, task: Task, made: Candidate, attempts: list[Attempt]) -> Candidate | None:
        """Ask for a next version, and once for a mended one; None where neither is better."""
        task, asked = self._request(task, made)
        messages = asked
        for _ in range(_REQUESTS):
            number = len(attempts) + 1
            self._asker.step(task, "covering" if messages is asked else "repairing", number)
            after = self._holding(self._asker.attempt(task, messages, number), made)
            attempts.append(after.attempt)
            after = self._runs.measured(after)
            if after.tool is not None:
                return after if after.rank > made.rank else None
            if not after.attempt.feedback:
                return None
            task = self._asker.showing(task, after.verification)
            messages = prompts.repair(asked, as_reply(after.attempt), after.attempt.feedback)
        return None

    def _holding(self, after: Candidate, made: Candidate) -> Candidate:
        """Return a candidate that has lost a sample as one that failed."""
        if after.verification is None or made.verification is None or after.tool is None:
            return after
        record = after.verification.holding(made.verification.answered_right)
        if record.passed:
            return after
        feedback = self._asker.describe(record)
        failed = replace(after.attempt, outcome="failed verification", verification=record, feedback=feedback)
        return replace(after, attempt=failed, tool=None)

    def _request(self, task: Task, made: Candidate) -> tuple[Task, tuple[Message, ...]]:
        run = made.column
        if run is None or made.verification is None or made.tool is None:
            raise ValueError("a round needs a tool that was run on its column")
        lost = _lost(made)
        task = task.showing(sample.question for sample in lost)
        samples = {sample.question for sample in task.all_samples}
        chosen = choose_questions(tuple(run.refused), samples, _MOST_SHOWN - len(lost), _MOST_TOKENS)
        refused = [Row(s.question, s.detail) for s in lost] + [Row(each, run.refused[each]) for each in chosen]
        short = [q for q, text in run.answered.items() if len(text) <= _ANSWER_CHARACTERS]
        answered = choose_questions(short, samples, _ANSWERS_SHOWN, _ANSWERS_TOKENS)
        gives = [Row(question, run.answered[question] or _NO_ANSWER) for question in answered]
        extra = self._asker.options.extra_modules
        also = describe_also(made.verification)
        return task, prompts.cover(task, made.tool.source, refused, gives, (made.accepted, run.count), extra, also)


def _lost(made: Candidate) -> list[SampleResult]:
    """Return the samples that are refused and that a maker may see."""
    samples = made.verification.samples if made.verification else ()
    return [sample for sample in samples if sample.outcome == "refused" and sample.role != "held out"]


def _merged(known: dict[str, ChangedRow], found: Sequence[ChangedRow]) -> dict[str, ChangedRow]:
    """Return the changes since the first version: what a later round changes back is none."""
    merged = dict(known)
    for row in found:
        before = merged[row.question].before if row.question in merged else row.before
        merged[row.question] = ChangedRow(row.question, before, row.after)
    return {question: row for question, row in merged.items() if row.before != row.after}


def _recorded(made: Candidate, first: Candidate, rounds: int, changed: tuple[ChangedRow, ...]) -> Candidate:
    run, before, tool = made.column, first.column, made.tool
    if run is None or before is None or tool is None:
        return made
    kept = changed[:_MOST_CHANGED]
    gained = tuple(question for question in run.answered if question not in before.answered)[:_MOST_CHANGED]
    record = ColumnRecord(run.count, first.accepted, made.accepted, rounds, kept, len(changed) - len(kept), gained)
    return replace(made, tool=replace(tool, provenance=replace(tool.provenance, column=record)))
