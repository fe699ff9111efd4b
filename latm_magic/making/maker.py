"""The maker's loop: propose, judge, repair; then coverage rounds where there is a column.

Sees a model that answers, a judge and what runs proposals; knows nothing of keys, budgets, caches or display. What it
makes is returned and kept nowhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.draft import Draft
from latm_magic.errors import LatmError
from latm_magic.events import Note, OnEvent, ignore
from latm_magic.making import prompts
from latm_magic.making.asking import Asker, as_reply
from latm_magic.making.differing import ColumnRuns
from latm_magic.making.failing import agreements, failure, score
from latm_magic.making.failures import describe_also
from latm_magic.making.room import MOST_TOKENS, described, size
from latm_magic.making.rounds import CoverageRounds
from latm_magic.provenance import ColumnRecord, Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.making.asking import Candidate, MakerOptions
    from latm_magic.making.column import Column
    from latm_magic.making.column_run import RunMany
    from latm_magic.making.judge import Judge
    from latm_magic.making.rounds import RoundOptions
    from latm_magic.models.model import Message, Model
    from latm_magic.task import Task
    from latm_magic.tool import Attempt, ToolVersion

_FEWEST_HELD_OUT = 3
"""Held-out samples that must be left for the validation samples to be shown beside a column from the start."""


class ToolMaker:
    """Makes a tool of a task by asking a maker model (LATM, section 3.1: proposing, verification, wrapping)."""

    def __init__(self, model: Model, judge: Judge, options: MakerOptions, on_event: OnEvent = ignore) -> None:
        self._asker = Asker(model, judge, options, on_event)
        self._judge = judge
        self._options = options
        self._tell = on_event

    def make(self, task: Task, asked: tuple[Message, ...] = ()) -> ToolVersion:
        """Return a verified tool, in no cache yet; raises `MakingFailed`, `ModelError` or `SandboxError`.

        Each of them holds every attempt that was made. `asked` takes the place of the request for a first proposal.
        """
        if not asked:
            asked = prompts.propose(task, self._options.extra_modules)
            tell_room(task, self._tell)
        attempts: list[Attempt] = []
        best, _ = self._propose(task, asked, attempts, None)
        return self._finish(task, best, attempts, None)

    def make_for(self, task: Task, column: Column, run_many: RunMany, rounds: RoundOptions) -> ToolVersion:
        """Return a verified tool that was made with a column, and run on it; raises as `make` does."""
        attempts: list[Attempt] = []
        runs = ColumnRuns(run_many, column)
        task, asked = first_request(task, column, self._options.extra_modules)
        tell_room(task, self._tell)
        self._asker.options = replace(self._options, rows_shown=column.shown)
        rounds = rounds if column.share else replace(rounds, most=0)
        best, task = self._propose(task, asked, attempts, runs, has_rounds=rounds.most > 0)
        if best.tool is not None:
            best = CoverageRounds(self._asker, runs, rounds, self._tell).run(task, best, attempts)
        return self._finish(task, best, attempts, runs)

    def _propose(
        self,
        task: Task,
        asked: tuple[Message, ...],
        attempts: list[Attempt],
        runs: ColumnRuns | None,
        *,
        has_rounds: bool = False,
    ) -> tuple[Candidate, Task]:
        """Return the best candidate, and the task with what was shown meanwhile; `attempts` grows with each."""
        messages, best = asked, None
        for number in range(1, self._options.max_attempts + 1):
            self._asker.step(task, "proposing" if number == 1 else "repairing", number)
            try:
                candidate = self._asker.attempt(task, messages, number)
            except (LatmError, KeyboardInterrupt) as fault:
                if best is None or best.tool is None:
                    if isinstance(fault, LatmError):
                        fault.attempts = (*attempts, *fault.attempts)
                        fault.draft = best and self._draft(best, attempts, runs)
                    raise
                why = str(fault) or "interrupted"
                self._tell(Note(f"{task.name} is kept as it is, and not improved: {why}", "warning"))
                break
            candidate = runs.measured(candidate) if runs else candidate
            is_known = any(candidate.attempt.repeats(known) for known in attempts)
            attempts.append(candidate.attempt)
            is_better = best is None or candidate.rank > best.rank
            is_enough = best is not None and best.tool is not None and not is_better
            best = candidate if best is None or is_better else best
            feedback = self._feedback(candidate, has_rounds=has_rounds)
            if is_known or is_enough or not feedback:
                break
            task = self._asker.showing(task, candidate.verification)
            messages = prompts.repair(asked, as_reply(candidate.attempt), feedback)
        if best is None:
            raise ValueError("max_attempts is at least 1")
        return best, task

    def _feedback(self, candidate: Candidate, *, has_rounds: bool) -> str:
        """Return what is told of a candidate; "" where there is nothing to mend, or nothing that can be said."""
        if candidate.tool is None or candidate.verification is None:
            return candidate.attempt.feedback
        # With a column, coverage rounds take up what a tool refuses, and what it should refuse.
        if has_rounds:
            return ""
        refused = [s for s in candidate.verification.samples if s.outcome == "refused" and s.role != "held out"]
        told = [self._asker.describe(candidate.verification) if refused else "", describe_also(candidate.verification)]
        return "\n\n".join(filter(None, told))

    def _finish(self, task: Task, best: Candidate, attempts: list[Attempt], runs: ColumnRuns | None) -> ToolVersion:
        if best.tool is None:
            draft = self._draft(best, attempts, runs)
            self._asker.step(task, "failed", len(attempts))
            raise failure(task, draft, attempts)
        made = _made_of(best, best.tool, attempts)
        made = runs.noted(made, self._tell) if runs else made
        self._asker.step(task, "made", len(attempts), score(best.attempt))
        return made

    def _draft(self, best: Candidate, attempts: list[Attempt], runs: ColumnRuns | None) -> Draft | None:
        """Return the best proposal as a draft; None where none answers a sample right."""
        if best.proposal is None or best.verification is None or not best.verification.right:
            return None
        tool = _made_of(best, self._judge.wrap(best.proposal, best.verification), attempts)
        tool = runs.noted(tool, self._tell) if runs else tool
        return Draft(tool, len(attempts), agreements(attempts, tool.verification))


def _made_of(best: Candidate, tool: ToolVersion, attempts: list[Attempt]) -> ToolVersion:
    column = tool.provenance.column
    if column is None and best.column is not None:
        column = ColumnRecord(best.column.count, best.accepted, best.accepted)
    provenance = replace(provenance_of(attempts), maker=best.attempt.model, column=column)
    return replace(tool, provenance=replace(provenance, rows_shown=tool.provenance.rows_shown))


def first_request(task: Task, column: Column | None, extra_modules: Sequence[str]) -> tuple[Task, tuple[Message, ...]]:
    """Return the request for a first proposal, and the task with the samples counted as shown that it shows.

    Beside a column the validation samples are shown too, where enough others are left that no maker has seen, and where
    the request has room for them.
    """
    if column is None or not column.shown:
        return task, prompts.propose(task, extra_modules)
    has_room = sum(map(size, (*task.demonstrations, *task.validation))) <= MOST_TOKENS
    if has_room and len(task.held_out) >= _FEWEST_HELD_OUT:
        task = task.showing(sample.question for sample in task.validation)
    return task, prompts.propose(task, extra_modules, column)


def tell_room(task: Task, on_event: OnEvent) -> None:
    """Tell what of the examples is cut, where a request has no room for all; to be called before it is sent."""
    if told := described(task.name, prompts.known(task)):
        on_event(Note(told, "warning"))


def provenance_of(attempts: Sequence[Attempt]) -> Provenance:
    """Return what making a tool took, over all attempts."""
    costs = [attempt.cost_usd for attempt in attempts]
    return Provenance(
        maker=attempts[-1].model,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        attempts=len(attempts),
        prompt_tokens=sum(attempt.prompt_tokens for attempt in attempts),
        completion_tokens=sum(attempt.completion_tokens for attempt in attempts),
        cost_usd=None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
        recorded=attempts[-1].recorded,
    )
