"""The maker's loop: propose, judge, repair.

Sees a model that answers and a judge; knows nothing of keys, budgets, caches or display. What it makes is returned and
kept nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import LatmError, MakingFailed, ReplyError
from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making import prompts
from latm_magic.models.model import Model, Reply, Request
from latm_magic.tool import Attempt, Provenance, ToolVersion

if TYPE_CHECKING:
    from latm_magic.events import Step
    from latm_magic.making.judge import Judge, Judgement
    from latm_magic.models.model import Message
    from latm_magic.task import Task


@dataclass(frozen=True, slots=True)
class MakerOptions:
    """How making is done; the defaults are in `settings.py`."""

    max_attempts: int
    """Proposals, the first included."""
    temperature: float
    max_tokens: int
    """Upper limit of a reply's tokens."""
    min_accuracy: float
    """0 to 1: the share of the answered held-out samples that must be right."""
    show_held_out: bool
    """Held-out samples that failed may be shown to the maker."""
    extra_modules: tuple[str, ...]
    """Modules that you allow guest code to import besides the allow-list."""


class ToolMaker:
    """Makes a tool of a task by asking a maker model (LATM, section 3.1: proposing, verification, wrapping)."""

    def __init__(self, model: Model, judge: Judge, options: MakerOptions, on_event: OnEvent = ignore) -> None:
        self._model = model
        self._judge = judge
        self._options = options
        self._tell = on_event

    def make(self, task: Task, asked: tuple[Message, ...] = ()) -> ToolVersion:
        """Return a verified tool, in no cache yet; raises `MakingFailed`, `ModelError` or `SandboxError`.

        Each of them holds every attempt that was made. `asked` takes the place of the request for a first proposal.
        """
        attempts: list[Attempt] = []
        messages = asked = asked or prompts.propose(task, self._options.extra_modules)
        for number in range(1, self._options.max_attempts + 1):
            self._step(task, "proposing" if number == 1 else "repairing", number)
            try:
                attempt, tool = self._attempt(task, messages, number)
            except LatmError as fault:
                fault.attempts = (*attempts, *fault.attempts)
                raise
            attempts.append(attempt)
            if tool is not None:
                made = replace(tool, provenance=_provenance(attempts))
                self._step(task, "made", number, _score(attempt))
                return made
            messages = prompts.repair(asked, _as_reply(attempt), attempt.feedback)
        self._step(task, "failed", len(attempts))
        raise MakingFailed(_explain(task, attempts), attempts=tuple(attempts))

    def _attempt(self, task: Task, messages: tuple[Message, ...], number: int) -> tuple[Attempt, ToolVersion | None]:
        options = self._options
        request = Request("maker", messages, (), False, options.temperature, options.max_tokens, task.name)  # noqa: FBT003
        try:
            reply = self._model.complete(request)
        except ReplyError as fault:
            if fault.kind == "unreadable":  # no chat completion at all: asking again would bring the same
                raise
            return _paid(
                Attempt(number, "no reply", fault.reply, feedback=_ask_again(fault), fault=str(fault)), fault
            ), None
        return self._judged(task, reply, number)

    def _judged(self, task: Task, reply: Reply, number: int) -> tuple[Attempt, ToolVersion | None]:
        source = prompts.read_module(reply.text, task.name)
        attempt = _paid(Attempt(number, "passed", reply.text, source), reply)
        if not source:
            return replace(attempt, outcome="no code", feedback="The reply holds no Python module."), None
        try:
            judgement = self._judge.judge(
                task,
                source,
                Provenance(reply.model),
                min_accuracy=self._options.min_accuracy,
                drop_examples=True,
                on_step=lambda step: self._step(task, step, number),
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
        return attempt, judgement.tool

    def _feedback(self, judgement: Judgement) -> str:
        """Return what the maker is told of a proposal that was not good enough; "" for one that was."""
        if judgement.outcome == "refused by the policy":
            return prompts.describe_findings(judgement.check.findings)
        if judgement.tool is None and judgement.verification is not None:
            return prompts.describe_failures(judgement.verification, show_held_out=self._options.show_held_out)
        return judgement.problem

    def _step(self, task: Task, step: Step, number: int, detail: str = "") -> None:
        self._tell(MakingStep(task.name, step, number, self._options.max_attempts, detail))


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


def _as_reply(attempt: Attempt) -> str:
    """Return the assistant's turn that feedback answers: the source alone, without the text around it."""
    if attempt.source:
        return f"```python\n{attempt.source.rstrip()}\n```"
    return attempt.reply or "(no reply)"


def _provenance(attempts: list[Attempt]) -> Provenance:
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


def _score(attempt: Attempt) -> str:
    verification = attempt.verification
    return f"{verification.right} of {len(verification.samples)} right" if verification else attempt.outcome


def _explain(task: Task, attempts: list[Attempt]) -> str:
    """Return in two lines how far making came and what to try."""
    judged = [attempt for attempt in attempts if attempt.verification is not None]
    best = max(judged, key=lambda a: a.verification.right if a.verification else 0, default=attempts[-1])
    came = f"the best answered {_score(best)}" if judged else f"the last one: {best.outcome}"
    head = f"No tool {task.name!r} after {len(attempts)} proposal{'s' * (len(attempts) > 1)}: {came}. Nothing was kept."
    return f"{head}\n{_advice(best)} Every attempt is in the error's .attempts."


def _advice(best: Attempt) -> str:
    if best.outcome == "no reply":
        return f"{best.fault} A larger max_tokens helps where a reply was cut off."
    if best.outcome == "no code":
        return "Try another maker_model: the replies held no module that could be read."
    if best.outcome == "refused by the policy":
        return "Try again, or allow a module that it needs with extra_modules: the sandbox refused the code."
    outcomes = {sample.outcome for sample in best.verification.failures} if best.verification else set()
    if outcomes == {"out of time"}:
        return "Raise timeout_s: what failed was only out of time."
    return "Say in the description what the examples leave open (ties, rounding, word order), check them, or add more."
