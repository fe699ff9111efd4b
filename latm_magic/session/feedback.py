"""Telling tools and router what is right: corrections of wrong answers, and confirmations of right ones.

What a tool makes of its corrections is up to `making/growing.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from latm_magic.answer import Answer, Answers
from latm_magic.cache.records import ConfirmedRoute, Correction
from latm_magic.comparison import agree, answer_text
from latm_magic.errors import TaskError
from latm_magic.session.versions import confirmed_answer
from latm_magic.solving.batch import Batch, read_column
from latm_magic.solving.suspects import reconsider
from latm_magic.task import to_value
from latm_magic.text import quoted

if TYPE_CHECKING:
    from latm_magic.cache.records import StoredAnswer
    from latm_magic.sandbox.records import Run
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


class Feedback:
    """Takes in what you say is right."""

    def __init__(self, parts: Parts, versions: Versions) -> None:
        self._parts = parts
        self._versions = versions

    def correct(self, question: str | Answer, answer: Any, *, tool: str | None = None) -> FeedbackResult:
        """Say which answer is right; see `Session.correct`."""
        text = _question_text(question)
        name = tool or (question.tool if isinstance(question, Answer) else None)
        record = self._versions.own(name) if name else self._whose(text, answer)
        wanted = _answer_text(answer, record.kind if record else "text", record)
        return self._learn(record, text, wanted) if record else self._learn_without_tool(text, wanted)

    def confirm(self, questions: Any = None, *, tool: str | None = None) -> tuple[FeedbackResult, ...]:
        """Say that answers are right; see `Session.confirm`."""
        if questions is None:
            if tool is None:
                raise TaskError("Nothing to confirm: give questions, answers, or tool='name' for its examples.")
            return self._confirm_examples(tool)
        given = [questions] if isinstance(questions, Answer) else questions
        several = given if isinstance(given, Answers) else read_column(given)[0]
        return tuple([self.correct(each, self._answer_now(each, tool), tool=tool) for each in several])

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
        samples = {sample.question: sample.answer for sample in tool.samples}
        kept = self._parts.cache.answers.find(samples)
        waiting = (kept[question] for question in samples if question in kept)
        direct = (answer for answer in waiting if answer.tool is None and not answer.confirmed)
        return tuple(answer for answer in direct if answer.text == samples[answer.question])

    def _confirm_examples(self, name: str) -> tuple[FeedbackResult, ...]:
        waiting = self.unconfirmed(name)
        if not waiting:
            raise TaskError(f"No example of {name!r} waits to be confirmed.")
        self._parts.cache.answers.keep([replace(answer, confirmed=True) for answer in waiting])
        return tuple(FeedbackResult(answer.question, answer.text, name) for answer in waiting)

    def _answer_now(self, question: Any, tool: str | None) -> str:
        """Return the answer that a question has; raises `TaskError` where it has none."""
        if isinstance(question, Answer) and question.text is not None:
            return question.text
        text = _question_text(question)
        stored = self._parts.cache.answers.find_one(text)
        if stored is not None and tool in {None, stored.tool}:
            return stored.text
        if tool is None:
            batch = Batch([text])
            self._parts.dispatcher().look(batch)
            found = batch.texts[0]
        else:
            found = self._given(self._versions.own(tool), text)
        if not found:
            raise TaskError(f"No answer to {text[:60]!r} is known: solve it first, or give the right one to correct.")
        return found

    def _whose(self, question: str, answer: Any) -> ToolVersion | None:
        """Return the tool that answers a question now; None where none does. Raises `TaskError` where several do."""
        stored = self._parts.cache.answers.find_one(question)
        if stored is not None and stored.tool is not None:
            return self._versions.own(stored.tool)
        batch = Batch([question])
        left = self._parts.dispatcher().look(batch)
        accepted = left.disagreed.get(0, [])
        right = [tool for tool, run in accepted if agree(str(answer), _text_of(tool, run), tool.kind)]
        if len(accepted) > 1 and len(right) != 1:
            names = ", ".join(tool.name for tool, _ in accepted)
            raise TaskError(f"Several tools answer {question[:60]!r} ({names}): say whose it is with tool='...'.")
        found = right[0] if right else batch.tools[0]
        return self._versions.own(found.name) if found else None

    def _given(self, tool: ToolVersion, question: str) -> str:
        """Return what a tool makes of a question by itself, else what a model made of it with the tool; else ""."""
        batch = Batch([question])
        self._parts.dispatcher().try_with(batch, tool)
        if batch.texts[0] is not None:
            return batch.texts[0]
        stored = self._parts.cache.answers.find_one(question)
        return stored.text if stored and stored.tool == tool.name and not stored.confirmed else ""

    def _learn(self, tool: ToolVersion, question: str, wanted: str) -> FeedbackResult:
        parts, got = self._parts, self._given(tool, question)
        is_correction = not (got and agree(wanted, got, tool.kind))
        if is_correction:
            parts.cache.feedback.keep_corrections([Correction(tool.name, tool.version, question, wanted, got)])
        else:
            parts.cache.feedback.drop_corrections(tool.name, [question])
            self._widen(tool, question, wanted)
        parts.cache.answers.keep([confirmed_answer(question, wanted, tool)])
        parts.cache.feedback.drop_refusals(tool.name, [question])
        parts.cache.feedback.drop_pending([question])
        parts.routing.learn([ConfirmedRoute(tool=tool.name, question=question, by="you")])
        reconsider(parts.cache, tool, parts.settings.audit_bound, parts.tell, may_mark=is_correction)
        return FeedbackResult(question, wanted, tool.name, tool.version, got, is_correction)

    def _widen(self, tool: ToolVersion, question: str, wanted: str) -> None:
        """Count the branches that a tool's right answer went through as tested from now on."""
        if not (tool.has_parser and tool.verification.branches.lines):
            return
        run = self._parts.runner().solve_afresh(tool, question)
        if run.returned and agree(wanted, _text_of(tool, run), tool.kind):
            known = tool.verification
            wider = known.branches.widened(run.branches)
            if wider is not known.branches:
                record = replace(known, branches=wider)
                self._parts.cache.tools.replace_verification(tool.name, tool.version, record)
                self._parts.forget_tools()

    def _learn_without_tool(self, question: str, wanted: str) -> FeedbackResult:
        self._parts.cache.answers.keep([confirmed_answer(question, wanted, None)])
        self._parts.cache.feedback.keep_pending([question])
        return FeedbackResult(question, wanted)


def _question_text(question: Any) -> str:
    text = question.question if isinstance(question, Answer) else question
    if not isinstance(text, str):
        raise TaskError(f"The question is a {type(text).__name__}, not text: give a str or an Answer.")
    if not text.strip():
        raise TaskError("The question is empty: give the question whose answer you know.")
    return text


def _text_of(tool: ToolVersion, run: Run) -> str:
    try:
        return answer_text(run.value, tool.verification.answer_form)
    except ValueError:
        return ""


def _answer_text(answer: Any, kind: AnswerKind, tool: ToolVersion | None) -> str:
    """Return an answer as text of the tool's kind; raises `TaskError`."""
    answer = answer.item() if hasattr(answer, "item") and hasattr(answer, "dtype") else answer
    if answer is None or (isinstance(answer, float) and math.isnan(answer)) or not str(answer).strip():
        raise TaskError("No answer is given: say what is right, as text, a number or a bool.")
    if not isinstance(answer, (str, int, float)):
        raise TaskError(f"The answer is a {type(answer).__name__}: give text, a number or a bool.")
    try:
        value = to_value(str(answer), kind)
    except ValueError as fault:
        whose = repr(tool.name) if tool else "The tool"
        raise TaskError(f"{whose} gives answers of kind {kind}: {fault}. Give the right answer as such.") from None
    return repr(value) if kind == "float" else str(answer)
