"""One attempt of a maker: ask the model, read the reply, judge the module in it.

What is asked, and what becomes of a candidate, is left to `maker.py` and `rounds.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from latm_magic.errors import LatmError, ReplyError
from latm_magic.events import MakingStep
from latm_magic.making import failures, prompts, replies
from latm_magic.models.model import Reply, Request, Usage
from latm_magic.provenance import Provenance
from latm_magic.tool import Attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.events import OnEvent, Step
    from latm_magic.making.column_run import ColumnRun
    from latm_magic.making.judge import Judge, Judgement
    from latm_magic.models.model import Message, Model
    from latm_magic.task import Task
    from latm_magic.tool import Proposal, ToolVersion
    from latm_magic.verification import Verification


_CONTINUATIONS = 3
"""How often a reply that was cut off is continued."""


@dataclass(frozen=True, slots=True)
class MakerOptions:
    """How making is done; the defaults are in `settings.py`."""

    max_attempts: int
    """Proposals, the first included."""
    temperature: float
    max_tokens: int | None
    """Upper limit of a reply's tokens; None: as many as the endpoint allows."""
    min_accuracy: float
    """0 to 1: the share of the answered held-out samples that must be right."""
    show_held_out: bool
    """Held-out samples that failed are shown to the maker, and count as seen from then on."""
    extra_modules: tuple[str, ...]
    """Modules that you allow guest code to import besides the allow-list."""
    rows_shown: tuple[str, ...] = ()
    """Questions without a label that the maker is shown of a column."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal, as far as it came."""

    attempt: Attempt
    proposal: Proposal | None = None
    """None where the reply holds no module that the policy accepts."""
    tool: ToolVersion | None = None
    """None unless it passed its samples."""
    column: ColumnRun | None = None
    """What it made of the column; None where there is none."""

    @property
    def verification(self) -> Verification | None:
        """What its samples gave; None where it was not run."""
        return self.attempt.verification

    @property
    def accepted(self) -> int:
        """How many rows of the column it answers."""
        return len(self.column.answered) if self.column else 0

    @property
    def rank(self) -> tuple[bool, bool, int, int, int, int]:
        """The greater, the better: passing, broad, few faults, rows gained, samples right, changed ones refused."""
        found = self.verification
        if found is None:
            return False, False, -(10**9), 0, int(self.proposal is not None), 0
        suspicious = sum(each.is_suspicious for each in found.also)
        return self.tool is not None, found.is_broad, -len(found.faults), self.accepted, found.right, -suspicious


class Asker:
    """Has a maker model make attempts, one a call."""

    def __init__(self, model: Model, judge: Judge, options: MakerOptions, on_event: OnEvent) -> None:
        self._model = model
        self._judge = judge
        self.options = options
        self._tell = on_event

    def attempt(self, task: Task, messages: tuple[Message, ...], number: int) -> Candidate:
        """Ask once and judge what comes; raises `ModelError` where the model cannot be asked."""
        options = self.options
        request = Request("maker", messages, (), False, options.temperature, options.max_tokens, task.name)  # noqa: FBT003
        try:
            reply = self._whole_reply(request)
        except ReplyError as fault:
            if fault.kind == "unreadable":  # no chat completion at all: asking again would bring the same
                raise
            attempt = Attempt(number, "no reply", fault.reply, feedback=_ask_again(fault), fault=str(fault))
            return Candidate(_paid(attempt, fault))
        return self._judged(task, reply, number)

    def _whole_reply(self, request: Request) -> Reply:
        """Ask, and have a reply that was cut off continued; it counts what all its parts cost."""
        try:
            return self._model.complete(request)
        except ReplyError as fault:
            parts, text = [fault], fault.reply
        for _ in range(_CONTINUATIONS):
            if parts[-1].kind != "cut off" or not parts[-1].reply.strip():
                break
            try:
                reply = self._model.complete(replace(request, messages=prompts.go_on(request.messages, text)))
            except ReplyError as fault:
                parts.append(fault)
                text = replies.join(text, fault.reply, request.tool)
            else:
                usage, cost_usd = _summed([*parts, reply])
                return replace(reply, text=replies.join(text, reply.text, request.tool), usage=usage, cost_usd=cost_usd)
        parts[0].usage, parts[0].cost_usd = _summed(parts)
        raise parts[0]

    def step(self, task: Task, step: Step, number: int, detail: str = "") -> None:
        """Tell that a step begins, or how making ended."""
        self._tell(MakingStep(task.name, step, number, max(number, self.options.max_attempts), detail))

    def _judged(self, task: Task, reply: Reply, number: int) -> Candidate:
        source = replies.read_module(reply.text, task.name)
        attempt = _paid(Attempt(number, "passed", reply.text, source), reply)
        if not source:
            if why := replies.read_not_by_rules(reply.text):
                return Candidate(replace(attempt, outcome="not by rules", fault=why))
            return Candidate(replace(attempt, outcome="no code", feedback="The reply holds no Python module."))
        try:
            judgement = self._judge.judge(
                task,
                source,
                Provenance(reply.model, rows_shown=self.options.rows_shown),
                min_accuracy=self.options.min_accuracy,
                drop_examples=True,
                on_step=lambda step: self.step(task, step, number),
            )
        except LatmError as fault:  # the sandbox broke: the proposal is paid for, and may be good
            fault.attempts = (replace(attempt, outcome="not judged", fault=str(fault)),)
            raise
        attempt = replace(
            attempt,
            outcome=judgement.outcome,
            source=judgement.source,
            feedback=self._feedback(judgement),
            verification=judgement.verification,
        )
        return Candidate(attempt, judgement.proposal, judgement.tool)

    def _feedback(self, judgement: Judgement) -> str:
        """Return what the maker is told of a proposal that was not good enough; "" where nothing can be said."""
        if judgement.outcome == "refused by the policy":
            return failures.describe_findings(judgement.check.findings)
        if judgement.tool is None and judgement.verification is not None:
            return self.describe(judgement.verification)
        return judgement.problem

    def describe(self, verification: Verification) -> str:
        """Return what failed; "" where none of it may be shown."""
        return failures.describe_failures(verification, show_held_out=self.options.show_held_out)

    def showing(self, task: Task, verification: Verification | None) -> Task:
        """Return the task with the held-out samples that `describe` shows counted as shown."""
        if verification is None or not self.options.show_held_out:
            return task
        return task.showing(sample.question for sample in verification.failures)


def _summed(parts: Sequence[Reply | ReplyError]) -> tuple[Usage | None, float | None]:
    counted = [part.usage for part in parts if part.usage is not None]
    usage = Usage(*(sum(getattr(each, field.name) for each in counted) for field in fields(Usage)))
    costs = [part.cost_usd for part in parts]
    return usage if counted else None, None if None in costs else sum(cost or 0.0 for cost in costs)


def _paid(attempt: Attempt, reply: Reply | ReplyError) -> Attempt:
    usage = reply.usage
    return replace(
        attempt,
        model=reply.model,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        cost_usd=reply.cost_usd,
        recorded=reply.recorded if isinstance(reply, Reply) else "",
    )


def _ask_again(fault: ReplyError) -> str:
    return {
        "cut off": "Your reply was cut off before its end: answer with the code block alone, as short as it can be.",
        "empty": "Your reply was empty.",
        "refused": "Your reply declined the task; it is an ordinary programming task with harmless data.",
    }[fault.kind]


def as_reply(attempt: Attempt) -> str:
    """Return the assistant's turn that feedback answers: the source alone, without the text around it."""
    if attempt.source:
        return f"```python\n{attempt.source.rstrip()}\n```"
    return attempt.reply or "(no reply)"
