"""Telling tools and router what is right: corrections of wrong answers, and confirmations of right ones.

What a tool makes of its corrections is up to `making/growing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from latm_magic.answer import Answer, Answers
from latm_magic.cache.records import ConfirmedRoute, Correction
from latm_magic.comparison import agree, text_or_none
from latm_magic.errors import TaskError
from latm_magic.example_rows import is_missing
from latm_magic.session.versions import confirmed_answer
from latm_magic.solving.batch import Batch
from latm_magic.solving.questions import read_column
from latm_magic.solving.suspects import reconsider
from latm_magic.task import REFUSE, Expects, Instance, to_value
from latm_magic.text import quoted

if TYPE_CHECKING:
    from latm_magic.cache.records import StoredAnswer
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.task import AnswerKind
    from latm_magic.tool import ToolVersion


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What came of one answer that you gave or confirmed."""

    question: str
    answer: str
    """The answer that is right, as text."""
    tool: str | None = None
    """The tool whose question this is; None where no tool answers it."""
    version: int | None = None
    got: str = ""
    """What the tool gave; "" where it gave nothing."""
    is_correction: bool = False
    """The tool gave something else, or nothing."""
    expects: Expects = "answer"
    """Whether `answer` is right, or no answer at all, or a refusal; `answer` is "" then."""
    was_answered: bool = False
    """The tool gave an answer, be it that there is none."""

    @property
    def told(self) -> str:
        """What is right, in words for a person."""
        return Instance(self.question, self.answer, self.expects).told


class Feedback:
    """Takes in what you say is right."""

    def __init__(self, parts: Parts, versions: Versions) -> None:
        self._parts = parts
        self._versions = versions

    def correct(self, question: str | Answer, answer: Any, *, tool: str | None = None) -> FeedbackResult:
        """Say which answer is right, which can be undone; see `Session.correct`."""
        steps = self._parts.cache.steps
        before = steps.before_correction(_question_text(question))
        result = self._take(question, answer, tool)
        steps.keep(replace(before, tool=result.tool or ""))
        return result

    def wanted(self, question: str, answer: Any, tool: ToolVersion) -> Instance:
        """Return what you say is right of a question, in the tool's kind; raises `TaskError`."""
        return _wanted(_question_text(question), answer, tool)

    def _take(self, question: str | Answer, answer: Any, tool: str | None) -> FeedbackResult:
        text = _question_text(question)
        name = tool or (question.tool if isinstance(question, Answer) else None)
        record = self._versions.own(name) if name else self._whose(text, answer)
        wanted = _wanted(text, answer, record)
        return self._learn(record, wanted) if record else self._learn_without_tool(wanted)

    def confirm(self, questions: Any = None, *, tool: str | None = None) -> tuple[FeedbackResult, ...]:
        """Say that answers are right; see `Session.confirm`."""
        if questions is None:
            if tool is None:
                raise TaskError("Nothing to confirm: give questions, answers, or tool='name' for its examples.")
            return self._confirm_examples(tool)
        given = [questions] if isinstance(questions, Answer) else questions
        several = given if isinstance(given, Answers) else read_column(given)[0]
        return tuple([self._take(each, self._answer_now(each, tool), tool) for each in several])

    def corrections(self, name: str) -> tuple[Correction, ...]:
        """Return what you corrected and the tool has not learned; see `Session.corrections`."""
        return self._parts.cache.feedback.corrections(self._versions.own(name).name)

    def withdraw(self, question: str | Answer, *, tool: str | None = None) -> FeedbackResult:
        """Take back what you said of a question; see `Session.withdraw`."""
        text, cache = _question_text(question), self._parts.cache
        said = cache.answers.find_one(text)
        if said is None or not said.confirmed or tool not in {None, said.tool}:
            raise TaskError(f"You said nothing of {quoted(text)} that could be withdrawn: %latm corrections lists it.")
        cache.answers.drop([said])
        if said.tool is not None:
            cache.feedback.drop_corrections(said.tool, [text])
        return FeedbackResult(text, said.text, said.tool, said.version)

    def unconfirmed(self, name: str) -> tuple[StoredAnswer, ...]:
        """Return a tool's examples that a model answered and that you have not confirmed; raises `ToolNotFound`."""
        tool = self._versions.own(name)
        samples = {sample.question: sample for sample in tool.samples}
        kept = self._parts.cache.answers.find(samples)
        waiting = (kept[question] for question in samples if question in kept)
        direct = (answer for answer in waiting if answer.tool is None and not answer.confirmed)
        return tuple(answer for answer in direct if answer.sample == samples[answer.question])

    def _confirm_examples(self, name: str) -> tuple[FeedbackResult, ...]:
        waiting = self.unconfirmed(name)
        if not waiting:
            raise TaskError(f"No example of {name!r} waits to be confirmed.")
        self._parts.cache.answers.keep([replace(answer, confirmed=True) for answer in waiting])
        return tuple(FeedbackResult(a.question, a.text, name, expects=a.expects) for a in waiting)

    def _answer_now(self, question: Any, tool: str | None) -> Any:
        """Return the answer that a question has, as `correct` takes it; raises `TaskError` where it has none."""
        if isinstance(question, Answer) and question.answered:
            return question.text
        text = _question_text(question)
        stored = self._parts.cache.answers.find_one(text)
        if stored is not None and tool in {None, stored.tool}:
            return REFUSE if stored.expects == "refusal" else stored.sample.answer
        if tool is None:
            batch = Batch([text])
            self._parts.dispatcher().look(batch)
            found = batch.sample(0)
        else:
            found = self._given(self._versions.own(tool), text)
        if not _is_known(found):
            raise TaskError(f"No answer to {text[:60]!r} is known: solve it first, or give the right one to correct.")
        return found.answer

    def _whose(self, question: str, answer: Any) -> ToolVersion | None:
        """Return the tool that answers a question now; None where none does. Raises `TaskError` where several do."""
        stored = self._parts.cache.answers.find_one(question)
        if stored is not None and stored.tool is not None:
            return self._versions.own(stored.tool)
        batch = Batch([question])
        left = self._parts.dispatcher().look(batch)
        accepted = left.disagreed.get(0, [])
        texts = [(tool, text_or_none(run.value, tool.verification.answer_form) or "") for tool, run in accepted]
        right = [tool for tool, text in texts if agree(str(answer), text, tool.kind)]
        if len(accepted) > 1 and len(right) != 1:
            names = ", ".join(tool.name for tool, _ in accepted)
            raise TaskError(f"Several tools answer {question[:60]!r} ({names}): say whose it is with tool='...'.")
        found = right[0] if right else batch.tools[0]
        return self._versions.own(found.name) if found else None

    def _given(self, tool: ToolVersion, question: str) -> Instance:
        """Return what a tool makes of a question by itself, else what a model made of it with the tool, if anything."""
        batch = Batch([question])
        self._parts.dispatcher().try_with(batch, tool)
        found = batch.sample(0)
        if _is_known(found):
            return found
        stored = self._parts.cache.answers.find_one(question)
        return stored.sample if stored and stored.tool == tool.name and not stored.confirmed else found

    def _learn(self, tool: ToolVersion, wanted: Instance) -> FeedbackResult:
        parts, question, given = self._parts, wanted.question, self._given(tool, wanted.question)
        is_correction, got = not _is_right(wanted, given, tool.kind), given.answer or ""
        text, expects = wanted.answer or "", wanted.expects
        if is_correction:
            correction = Correction(tool.name, tool.version, question, text, got, expects)
            parts.cache.feedback.keep_corrections([correction])
        else:
            parts.cache.feedback.drop_corrections(tool.name, [question])
            self._widen(tool, wanted)
        parts.cache.answers.keep([confirmed_answer(wanted, tool)])
        parts.cache.feedback.drop_refusals(tool.name, [question])
        parts.cache.feedback.drop_pending([question])
        if expects != "refusal":
            parts.routing.learn([ConfirmedRoute(tool=tool.name, question=question, by="you")])
        reconsider(parts.cache, tool, parts.settings.audit_bound, parts.tell, may_mark=is_correction)
        return FeedbackResult(question, text, tool.name, tool.version, got, is_correction, expects, _is_known(given))

    def _widen(self, tool: ToolVersion, wanted: Instance) -> None:
        """Count the branches that a tool's right answer went through as tested from now on."""
        if not (tool.has_parser and tool.verification.branches.lines) or wanted.expects == "refusal":
            return
        run = self._parts.runner().solve_afresh(tool, wanted.question)
        known = tool.verification
        wider = known.branches.widened(run.branches) if run.returned else known.branches
        if wider is not known.branches:
            record = replace(known, branches=wider)
            self._parts.cache.tools.replace_verification(tool.name, tool.version, record)
            self._parts.forget_tools()

    def _learn_without_tool(self, wanted: Instance) -> FeedbackResult:
        self._parts.cache.answers.keep([confirmed_answer(wanted, None)])
        if wanted.expects != "refusal":
            self._parts.cache.feedback.keep_pending([wanted.question])
        return FeedbackResult(wanted.question, wanted.answer or "", expects=wanted.expects)


def _is_known(sample: Instance) -> bool:
    return bool(sample.answer) or sample.expects != "answer"


def _is_right(wanted: Instance, given: Instance, kind: AnswerKind) -> bool:
    """Return whether a tool gave what is wanted: where it gave nothing, it refused."""
    if wanted.expects == "answer":
        return bool(given.answer) and agree(wanted.answer or "", given.answer or "", kind)
    return given.expects == "missing" if wanted.expects == "missing" else not _is_known(given)


def _question_text(question: Any) -> str:
    text = question.question if isinstance(question, Answer) else question
    if not isinstance(text, str):
        raise TaskError(f"The question is a {type(text).__name__}, not text: give a str or an Answer.")
    if not text.strip():
        raise TaskError("The question is empty: give the question whose answer you know.")
    return text


def _wanted(question: str, answer: Any, tool: ToolVersion | None) -> Instance:
    """Return what you say is right of a question, in the tool's kind; raises `TaskError`."""
    kind = tool.kind if tool else "text"
    answer = answer.item() if hasattr(answer, "item") and hasattr(answer, "dtype") else answer
    if answer is REFUSE:
        return Instance(question, expects="refusal")
    # None is also what a failed answer holds, so it counts only for a tool that knows what it means.
    if is_missing(answer) and tool is not None and "missing" in tool.task.expected:
        return Instance(question, expects="missing")
    if is_missing(answer) or not str(answer).strip():
        raise TaskError(
            "No answer is given: say what is right, as text, a number or a bool. None means that there is none where"
            " the tool has such examples."
        )
    if not isinstance(answer, (str, int, float, Decimal)):
        raise TaskError(f"The answer is a {type(answer).__name__}: give text, a number or a bool.")
    try:
        value = to_value(str(answer), kind)
    except ValueError as fault:
        whose = repr(tool.name) if tool else "The tool"
        raise TaskError(f"{whose} gives answers of kind {kind}: {fault}. Give the right answer as such.") from None
    return Instance(question, repr(value) if kind == "float" else str(answer))
