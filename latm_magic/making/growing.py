"""Growing a tool: one request with its source and what it has to learn, for a next version that loses nothing.

The next version passes every sample that an earlier one passed and every corrected answer; what it makes of refused
questions must not be wrong. The session keeps it, and forgets what it has learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.errors import MakingFailed
from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making import prompts
from latm_magic.making.asking import Asker, Candidate
from latm_magic.making.differing import ColumnRuns
from latm_magic.making.failing import score
from latm_magic.making.judge import Judge
from latm_magic.making.maker import ToolMaker, provenance_of, tell_room
from latm_magic.making.room import check_description
from latm_magic.making.rounds import CoverageRounds
from latm_magic.making.versions import next_task
from latm_magic.task import Instance
from latm_magic.tool import Attempt, ToolVersion
from latm_magic.verification import SampleResult, Verification

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.making.asking import MakerOptions
    from latm_magic.making.column import Column
    from latm_magic.making.column_run import RunMany
    from latm_magic.making.judge import ProposalVerifier
    from latm_magic.making.lessons import Lessons
    from latm_magic.making.rounds import RoundOptions
    from latm_magic.models.model import Model
    from latm_magic.sandbox import Sandbox
    from latm_magic.task import Instance
    from latm_magic.tool import Proposal, ToolVersion

_BLOCK = 20
"""Refused questions that are tried before it is looked at how long they took."""
_MOST_TOLD = 6
"""Refused questions that go back to a maker whose module answers none of them."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A next version, and what it learned."""

    tool: ToolVersion
    """Verified, not cached."""
    answered: tuple[str, ...]
    """Questions that were refused before and are answered now."""
    before: float
    """0 to 1: the share of all known questions, refused ones included, that the old version's parser accepts."""
    after: float
    """The same of the next version."""


class ToolGrower:
    """Makes the next version of a tool by asking a maker model."""

    def __init__(
        self,
        model: Model,
        sandbox: Sandbox,
        verifier: ProposalVerifier,
        options: MakerOptions,
        on_event: OnEvent = ignore,
    ) -> None:
        self._model = model
        self._sandbox = sandbox
        self._verifier = verifier
        self._options = options
        self._tell = on_event

    def grow(self, current: ToolVersion, versions: Iterable[ToolVersion], lessons: Lessons) -> Growth:
        """Return the next version; raises `MakingFailed` with every attempt where none is good enough, or `ModelError`.

        `versions` are all that the tool has had.
        """
        task = next_task(current, versions, {lesson.question: lesson.sample for lesson in lessons.corrected})
        verifier = _GrowthVerifier(self._verifier, current, lessons)
        options = self._options_for(current, ())
        maker = ToolMaker(self._model, Judge(self._sandbox, verifier), options, self._tell_unless_made)
        asked = prompts.grow(task, current.source, lessons, options.extra_modules)
        tell_room(replace(task, shown=()), self._tell)
        try:
            tool = maker.make(task, asked)
        except MakingFailed as fault:
            raise MakingFailed(_explain(current, fault), attempts=fault.attempts) from None
        if tool.source.strip() == current.source.strip():
            raise MakingFailed(
                f"{current.name!r} stays at version {current.version}: the maker leaves the module as it is.\n"
                "Where answers are in dispute, say which one is right with %latm correct."
            )
        before, after = _coverage(current, tool, lessons, verifier.answered)
        told = f"it accepts {after:.1%} of the known questions, {before:.1%} before"
        self._tell(MakingStep(tool.name, "made", tool.provenance.attempts, options.max_attempts, told))
        return Growth(tool, verifier.answered, before, after)

    def cover(
        self,
        current: ToolVersion,
        versions: Iterable[ToolVersion],
        column: Column,
        run_many: RunMany,
        rounds: RoundOptions,
    ) -> ToolVersion:
        """Return the next version after coverage rounds on a column; raises `MakingFailed` where none is better."""
        options = self._options_for(current, column.shown)
        asker = Asker(self._model, Judge(self._sandbox, self._verifier), options, self._tell)
        kept = Attempt(0, "passed", source=current.source, verification=current.verification)
        attempts: list[Attempt] = []
        runs = ColumnRuns(run_many, column)
        made = runs.measured(Candidate(kept, current, current))
        task = next_task(current, versions, {})
        check_description(task)
        tell_room(task, self._tell)
        after = CoverageRounds(asker, runs, rounds, self._tell).run(task, made, attempts)
        if after.tool is None or after.tool.source == current.source:
            raise MakingFailed(
                f"{current.name!r} stays at version {current.version}: it answers {made.accepted:,} of"
                f" {len(column.questions):,} questions of the column, and no next version is better.\n"
                "Add an example of what it refuses, or say more in the description. Every attempt is in .attempts.",
                attempts=tuple(attempts),
            )
        known = after.tool.provenance
        provenance = replace(provenance_of(attempts), maker=after.attempt.model, column=known.column)
        provenance = replace(provenance, rows_shown=known.rows_shown)
        tool = runs.noted(replace(after.tool, provenance=provenance), self._tell)
        asker.step(task, "made", len(attempts), score(after.attempt))
        return tool

    def _options_for(self, current: ToolVersion, rows: tuple[str, ...]) -> MakerOptions:
        """Return how the next version is made; without rows of a column, those of this version count."""
        rows = rows or current.provenance.rows_shown
        return replace(self._options, min_accuracy=current.verification.min_accuracy, rows_shown=rows)

    def _tell_unless_made(self, event: object) -> None:
        """Pass on the maker's steps; that the tool is made is told with its coverage."""
        if isinstance(event, MakingStep) and event.step != "made":
            self._tell(event)


class _GrowthVerifier:
    """Verifies a next version, and tries it on the questions that were refused."""

    def __init__(self, verifier: ProposalVerifier, current: ToolVersion, lessons: Lessons) -> None:
        self._verifier = verifier
        self._current = current
        self._lessons = lessons
        self.answered: tuple[str, ...] = ()
        """What the last proposal answered of the refused questions."""

    def verify(self, proposal: Proposal, *, min_accuracy: float) -> Verification:
        """Run a proposal on all samples, and on the refused questions: there it may refuse, but not be wrong."""
        if self._current.has_parser and not proposal.has_parser:
            return _without_parser(proposal)
        corrected = frozenset(lesson.question for lesson in self._lessons.corrected)
        record = self._verifier.verify(proposal, min_accuracy=min_accuracy)
        record = record.holding(self._current.verification.answered_right | corrected)
        if not (proposal.has_parser and self._lessons.refused):
            return record
        tried = self._try(proposal)
        self.answered = tuple(sample.question for sample in tried if sample.outcome == "right")
        broken = {"error", "out of time"}
        against = [
            s for s in tried if s.outcome in broken or ((s.wanted or s.expects != "answer") and s.outcome != "refused")
        ]
        learned_nothing = not (self.answered or self._lessons.corrected or self._lessons.disputed)
        if learned_nothing and not against:
            against = tried[:_MOST_TOLD]
        return replace(record, samples=(*record.samples, *against))

    def wrap(self, proposal: Proposal, verification: Verification) -> ToolVersion:
        """Wrap a proposal that passed; refused questions with a known answer are samples from now on."""
        known = {sample.question for sample in proposal.all_samples}
        learned = [s.sample for s in verification.samples if s.question not in known]
        return self._verifier.wrap(replace(proposal, earlier=(*proposal.earlier, *learned)), verification)

    def _try(self, proposal: Proposal) -> list[SampleResult]:
        """Run a proposal on the refused questions; an answer to one that has no known answer counts as right."""
        known = {lesson.question: lesson.sample for lesson in self._lessons.refused}
        questions = tuple(known.values())
        tried: list[SampleResult] = []
        for start in range(0, len(questions), _BLOCK):
            block = replace(proposal, samples=questions[start : start + _BLOCK], earlier=())
            tried += self._verifier.verify(block, min_accuracy=1.0).samples
            if any(sample.outcome == "out of time" for sample in tried):
                break  # it fails for that; the others would take as long
        return [_judged(sample, known[sample.question]) for sample in tried]


def _judged(sample: SampleResult, known: Instance) -> SampleResult:
    is_answer = known.answer is None and known.expects == "answer" and sample.outcome == "wrong"
    return replace(sample, role="earlier", outcome="right" if is_answer else sample.outcome)


def _without_parser(proposal: Proposal) -> Verification:
    """Judge a proposal that has lost its parser, so that models would be asked for every question: nothing is run."""
    why = "the module has no parse, which the version before had: keep it"
    return Verification(
        tuple(
            SampleResult(s.question, s.answer or "", "earlier", "refused", detail=why, expects=s.expects)
            for s, _ in proposal.task.roles
        )
    )


def _coverage(
    current: ToolVersion, tool: ToolVersion, lessons: Lessons, answered: Sequence[str]
) -> tuple[float, float]:
    refused = {lesson.question for lesson in lessons.refused}
    known = {sample.question for sample in tool.all_samples} | refused
    not_before = _refused_by(current) | refused | {lesson.question for lesson in lessons.corrected if not lesson.got}
    not_after = _refused_by(tool) | (refused - set(answered))
    return 1 - len(known & not_before) / len(known), 1 - len(known & not_after) / len(known)


def _refused_by(tool: ToolVersion) -> set[str]:
    return {s.question for s in tool.verification.samples if s.outcome == "refused" or s.by == "user"}


def _explain(current: ToolVersion, fault: MakingFailed) -> str:
    """Return in two lines that the old version stays, and what stood against the last proposal."""
    count = len(fault.attempts)
    head = f"{current.name!r} stays at version {current.version}: no next version after {count} proposal"
    last = fault.attempts[-1]
    advice = "If a wanted answer is wrong, say what is right with %latm correct. Every attempt is in .attempts."
    against = (last.verification.faults or last.verification.failures) if last.verification else ()
    still = [sample for sample in against if sample.outcome == "refused" and not sample.wanted]
    if not against:
        why = f"the last one: {last.outcome}"
    elif len(still) == len(against):
        more = f" and {len(still) - 1} more like it" if len(still) > 1 else ""
        why = f"the last one accepts no more than it does: {still[0].question[:80]!r}{more} stay refused"
        advice = (
            "Give their answers with %latm correct, or say that they are not this tool's: %latm correct QUESTION"
            f" latm_magic.REFUSE --tool {current.name}. Every attempt is in .attempts."
        )
    else:
        why = f"the last one failed on {against[0].summary}"
    return f"{head}{'s' * (count > 1)}; {why}.\n{advice}"
