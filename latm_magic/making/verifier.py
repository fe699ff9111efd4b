"""Running a proposal on every sample of its task and judging what comes back.

Each sample goes question -> parse -> function -> format in a worker, in a fresh namespace; the answers are compared
here. Does not decide what happens to a proposal that failed: that is the maker's, the session's or yours.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.comparison import agree, answer_text, fit_form
from latm_magic.tool import AnswerForm, SampleResult, ToolVersion, UseCase, Verification
from latm_magic.tools.runs import call_text, is_refusal, pipeline_of, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.task import Instance, SampleRole
    from latm_magic.tool import Outcome
    from latm_magic.tools.user import UserRun

__all__ = ["Verifier"]

_MAX_USE_CASES = 6


class Verifier:
    """Verifies drafts of tools. `ask_user` supplies arguments for tools that have no parser (it costs model calls)."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        policy: str,
        ask_user: Callable[[ToolVersion, str], UserRun] | None = None,
        require_walls: tuple[str, ...] = (),
    ) -> None:
        """Keep the sandbox to run in and the version of its policy, which every record names."""
        self._sandbox = sandbox
        self._policy = policy
        self._ask_user = ask_user
        self._require_walls = require_walls

    def verify(self, tool: ToolVersion, *, min_accuracy: float = 1.0, stop_early: bool = False) -> Verification:
        """Run the tool on all its samples, in their order: what is seen by the maker first, held-out ones last.

        With `stop_early`, the first sample that must be right and is not ends the work.
        """
        trials: list[_Trial] = []
        for sample, role in tool.task.roles:
            trials.append(self._try(tool, sample, role))
            if stop_early and role != "held out" and not tool.by_snippet and not _is_right(tool, trials[-1]):
                break
        seen = [trial for trial in trials if trial.role != "held out"]
        form = _form_of(seen) if tool.by_snippet else AnswerForm()
        results = tuple(_result(tool, trial, form) for trial in trials)
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return Verification(results, min_accuracy, self._policy, python, form)

    def finish(self, tool: ToolVersion, verification: Verification) -> ToolVersion:
        """Wrap a tool that passed: put its verification and the use cases that came of it into the record."""
        cases = [UseCase(s.question, s.call) for s in verification.samples if s.outcome == "right" and s.call]
        return replace(tool, verification=verification, use_cases=tuple(cases[:_MAX_USE_CASES]))

    def _try(self, tool: ToolVersion, sample: Instance, role: SampleRole) -> _Trial:
        if tool.has_parser:
            run = self._sandbox.solve(
                tool.source,
                pipeline_of(tool),
                sample.question,
                keep_arguments=True,
                fresh=True,
                require_walls=self._require_walls,
            )
            return _Trial(sample, role, run, call_text(tool, run.arguments))
        if self._ask_user is None:
            raise TypeError("a tool without a parser is verified through a user model: pass ask_user")
        supplied = self._ask_user(tool, sample.question)
        return _Trial(sample, role, supplied.run, supplied.call, supplied.reason, "user")


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


def _is_right(tool: ToolVersion, trial: _Trial) -> bool:
    return _result(tool, trial, AnswerForm()).outcome == "right"


def _form_of(trials: list[_Trial]) -> AnswerForm:
    return fit_form([(t.run.value, t.sample.answer or "") for t in trials if t.run is not None and t.run.returned])


def _result(tool: ToolVersion, trial: _Trial, form: AnswerForm) -> SampleResult:
    question, wanted, run = trial.sample.question, trial.sample.answer or "", trial.run
    if run is None:
        return SampleResult(question, wanted, trial.role, "refused", detail=trial.reason, by=trial.by)
    outcome, got = _outcome(run, wanted, tool, form)
    detail = "" if outcome in {"right", "wrong"} else reason_of(run)
    return SampleResult(question, wanted, trial.role, outcome, got, detail, run.seconds, trial.call, trial.by)


def _outcome(run: Run, wanted: str, tool: ToolVersion, form: AnswerForm) -> tuple[Outcome, str | None]:
    if run.returned:
        try:
            got = answer_text(run.value, form)
        except ValueError as fault:
            return "wrong", str(fault)
        return ("right" if agree(wanted, got, tool.kind) else "wrong"), got
    if run.outcome == "timeout":
        return "out of time", None
    if is_refusal(run):
        return "refused", None
    return "error", None
