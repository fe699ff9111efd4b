"""Running a proposal on every sample of its task and judging what comes back.

Each sample goes question -> parse -> function -> format in a worker, in a fresh namespace; the answers are compared
here. What happens to a proposal that failed is left to the maker, the session or you.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.branches import Branches
from latm_magic.comparison import agree, answer_text, fit_form, text_or_none
from latm_magic.making.mutations import mutate
from latm_magic.tool import ToolVersion, UseCase
from latm_magic.tools.runner import call_text, is_refusal, raise_if_lost, reason_of
from latm_magic.verification import AlsoAnswered, AnswerForm, SampleResult, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.sandbox.records import Run
    from latm_magic.task import Instance, SampleRole
    from latm_magic.tool import Proposal
    from latm_magic.tools.runner import ToolRunner
    from latm_magic.tools.user import UserRun
    from latm_magic.verification import SampleOutcome

_MAX_USE_CASES = 6


class Verifier:
    """Verifies proposals, and tools anew."""

    def __init__(
        self,
        runner: ToolRunner,
        *,
        policy: str,
        ask_user: Callable[[Proposal, str], UserRun],
        stop_early: bool = False,
    ) -> None:
        """Take what runs tools, and the version of the sandbox's policy, which every record names.

        `ask_user` supplies the arguments for tools that have no parser, which costs model calls. With `stop_early` the
        first sample that stands against the proposal ends the work.
        """
        self._runner = runner
        self._policy = policy
        self._ask_user = ask_user
        self._stop_early = stop_early

    def verify(self, proposal: Proposal, *, min_accuracy: float) -> Verification:
        """Run a proposal on all its samples, in their order: what the maker sees first, held-out samples last.

        Raises `SandboxError` where the sandbox lost its worker: that says nothing of the proposal.
        """
        trials: list[_Trial] = []
        for sample, role in proposal.task.roles:
            trials.append(self._try(proposal, sample, role))
            may_stop = self._stop_early and role != "held out" and not proposal.by_snippet
            if may_stop and _result(proposal, trials[-1], AnswerForm()).is_fault:
                break
        seen = [trial for trial in trials if trial.role != "held out"]
        form = _form_of(seen) if proposal.by_snippet else AnswerForm()
        results = tuple(_result(proposal, trial, form) for trial in trials)
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        branches = Branches(self._runner.branch_lines(proposal))
        for trial, result in zip(trials, results, strict=True):
            if trial.run is not None and result.outcome == "right":
                branches = branches.widened(trial.run.branches)
        record = Verification(results, min_accuracy, self._policy, python, form, branches)
        if not (record.passed and proposal.has_parser) or self._stop_early:
            return record
        if rows := proposal.provenance.rows_shown:
            record = replace(record, branches=branches.seeing(self._runner.branches_of(proposal, rows)))
        return replace(record, also=self._also(proposal, results))

    def wrap(self, proposal: Proposal, verification: Verification) -> ToolVersion:
        """Return the tool: its use cases are those that the proposal brings, else those of its own verified runs."""
        own = [UseCase(s.question, s.call) for s in verification.samples if s.outcome == "right" and s.call]
        return ToolVersion.of(proposal, verification, proposal.use_cases or tuple(own[:_MAX_USE_CASES]))

    def _also(self, proposal: Proposal, results: Sequence[SampleResult]) -> tuple[AlsoAnswered, ...]:
        """Return what the parser accepts of samples that were changed until they ask for something else."""
        right = {result.question: result.got for result in results if result.outcome == "right" and result.got}
        mutations = mutate(list(right))
        runs = self._runner.solve_many(proposal, [mutation.question for mutation in mutations]) if mutations else []
        found = []
        for mutation, run in zip(mutations, runs, strict=True):
            if run.returned and (answer := text_or_none(run.value)):
                # Two samples with the same answer say nothing: both may have been read.
                is_same = answer == right[mutation.sample] != right.get(mutation.other)
                found.append(AlsoAnswered(mutation.question, mutation.change, answer, is_same))
        return tuple(found)

    def _try(self, proposal: Proposal, sample: Instance, role: SampleRole) -> _Trial:
        if proposal.has_parser:
            run = self._runner.solve_afresh(proposal, sample.question)
            raise_if_lost(proposal.name, run)
            return _Trial(sample, role, run, call_text(proposal, run.arguments))
        supplied = self._ask_user(proposal, sample.question)
        if supplied.run is not None:
            raise_if_lost(proposal.name, supplied.run)
        return _Trial(sample, role, supplied.run, supplied.call, supplied.reason, "user", declined=supplied.declined)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One sample and what the tool did with it, not judged yet."""

    sample: Instance
    role: SampleRole
    run: Run | None
    """None where no call could be made, and `reason` says why."""
    call: str
    reason: str = ""
    by: Literal["parser", "user"] = "parser"
    declined: bool = False
    """The user model said that the tool does not answer this question."""


def _form_of(trials: list[_Trial]) -> AnswerForm:
    solved = [(trial.run, trial.sample) for trial in trials if trial.sample.expects == "answer"]
    return fit_form([(run.value, sample.answer or "") for run, sample in solved if run is not None and run.returned])


def _result(tool: Proposal, trial: _Trial, form: AnswerForm) -> SampleResult:
    sample, run = trial.sample, trial.run
    result = SampleResult(sample.question, sample.answer or "", trial.role, "refused", by=trial.by)
    result = replace(result, expects=sample.expects)
    if run is None:
        is_right = trial.declined and sample.expects == "refusal"
        return replace(result, outcome="right" if is_right else "refused", detail=trial.reason)
    outcome, got = _outcome(run, sample, tool, form)
    detail = "" if outcome in {"right", "wrong"} else reason_of(run)
    # A call that was refused in the end is no use case.
    call = "" if sample.expects == "refusal" and outcome == "right" else trial.call
    return replace(result, outcome=outcome, got=got, detail=detail, seconds=run.seconds, call=call)


def _outcome(run: Run, sample: Instance, tool: Proposal, form: AnswerForm) -> tuple[SampleOutcome, str | None]:
    if run.returned:
        if run.value is None and sample.expects == "missing":
            return "right", None
        try:
            got = answer_text(run.value, form)
        except ValueError as fault:
            return "wrong", str(fault)
        is_right = sample.expects == "answer" and agree(sample.answer or "", got, tool.kind)
        return ("right" if is_right else "wrong"), got
    if run.outcome == "timeout":
        return "out of time", None
    if is_refusal(run):
        return ("right" if sample.expects == "refusal" else "refused"), None
    return "error", None
