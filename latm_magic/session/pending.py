"""Starting tools from questions that none fits: what is pending, and a tool made of a group of it.

How questions are grouped is decided in `routing/pending.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.cache.records import Refusal, StoredAnswer
from latm_magic.errors import CacheError, ModelError, ReplyError, TaskError
from latm_magic.events import Note
from latm_magic.example_rows import Examples, infer_kind, is_missing
from latm_magic.examples import read_examples
from latm_magic.making.versions import with_earlier
from latm_magic.models.model import Request
from latm_magic.routing.pending import LOOSE, PendingGroup, group_pending
from latm_magic.solving import prompts
from latm_magic.solving.ask_many import ask_many
from latm_magic.solving.replies import read_direct
from latm_magic.task import Instance, Task, check_name

if TYPE_CHECKING:
    from latm_magic.session.making import Making
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.task import AnswerKind
    from latm_magic.tool import ToolVersion

_ENOUGH = 10
"""Examples that the strong model is asked for at most: three to show, three to verify with, four held out."""
_LEAST = 3


class PendingQuestions:
    """Starts tools from pending questions."""

    def __init__(self, parts: Parts, versions: Versions, making: Making) -> None:
        self._parts = parts
        self._versions = versions
        self._making = making

    def groups(self) -> tuple[PendingGroup, ...]:
        """Return the questions that no tool fits, grouped by likeness, the group with the oldest question first."""
        return group_pending(self._parts.cache.feedback.pending())

    def make(
        self,
        name: str,
        group: int,
        description: str,
        answers: Any,
        min_accuracy: float | None,
        show_held_out: bool | None,
        *,
        direct: bool,
        replace: bool,
    ) -> ToolVersion:
        """Have the maker write a tool from a group of pending questions; see `Session.make_from_pending`."""
        check_name(name)
        found = self._group(name, group)
        given, kind = _read_answers(found, answers)
        known = {**self._kept_answers(found), **given}
        guessed = self._ask_directly(name, description, found, known) if direct else {}
        examples = known | guessed
        if not examples:
            raise TaskError(f"No answers for group {group}: give at least three, or let --direct give them.")
        told = description + _note(len(guessed), len(examples), self._parts.direct().name)
        samples = tuple(examples.values())
        texts = [sample.answer for sample in samples if sample.answer is not None]
        kind = kind if len(examples) == len(given) else infer_kind(texts)
        task = Task(name, told, samples, kind).check()
        task = task if replace else with_earlier(task, self._parts.cache)
        rest = [question for question in found.questions if question not in examples]
        tool = self._making.make(task, min_accuracy, show_held_out, rest or None)
        if guessed:
            count = "1 example" if len(guessed) == 1 else f"{len(guessed)} examples"
            advice = f"%latm unconfirmed {name} lists what you may confirm."
            self._parts.tell(Note(f"A model answered {count} of {name}: {advice}", "warning"))
        return tool

    def give(self, number: int, name: str) -> PendingGroup:
        """Say that a group's questions are an existing tool's; see `Session.give_pending`."""
        tool, feedback = self._versions.own(name), self._parts.cache.feedback
        group = self._group("", number)
        feedback.keep_refusals([Refusal(tool.name, tool.version, question) for question in group.questions])
        feedback.drop_pending(group.questions)
        return group

    def dismiss(self, number: int) -> PendingGroup:
        """Forget a group's questions, until they are asked again."""
        group = self._group("", number)
        self._parts.cache.feedback.drop_pending(group.questions)
        return group

    def _group(self, name: str, number: int) -> PendingGroup:
        groups = {group.number: group for group in self.groups()}
        if number in groups:
            return groups[number]
        made = f" {name!r} is made already: %latm use {name}." if name in self._parts.cache.tools.names() else ""
        if not groups:
            raise TaskError(f"No question is pending.{made}")
        known = ", ".join(map(str, groups))
        raise TaskError(f"No pending group {number!r}: there are {known} (%latm pending shows them).{made}")

    def _kept_answers(self, group: PendingGroup) -> dict[str, Instance]:
        """Return the answers to pending questions that you gave before."""
        kept = self._parts.cache.answers.find(group.questions)
        return {question: answer.sample for question, answer in kept.items() if answer.confirmed}

    def _ask_directly(
        self, name: str, description: str, group: PendingGroup, known: Mapping[str, Instance]
    ) -> dict[str, Instance]:
        """Have the strong model answer questions of a group, as many as make enough examples; the answers are kept."""
        kept = self._parts.cache.answers.find(group.questions)
        open_ = [question for question in group.questions if question not in known][: max(0, _ENOUGH - len(known))]
        if len(known) + len(open_) < _LEAST:
            count = "1 question" if len(group.questions) == 1 else f"{len(group.questions)} questions"
            raise TaskError(f"Group {group.number} has {count}: a tool needs three at least.")
        found = {question: kept[question].sample for question in open_ if question in kept and not kept[question].tool}
        samples = list(known.values())
        asked = {
            question: Request("direct", prompts.answer_alike(description, samples, question), tool=name)
            for question in open_
            if question not in found
        }
        if not asked:
            return found
        model = self._parts.direct()
        cost = self._parts.costs.of_direct(list(asked.values()), sum(map(len, asked)))
        self._parts.tell(Note(f"{model.name} answers {len(asked)} of the examples: {cost}."))
        faults: list[ModelError] = []
        by_request = {request: question for question, request in asked.items()}
        for request, future in ask_many(model.complete, by_request, self._parts.settings.concurrency):
            question = by_request[request]
            try:
                said = read_direct(future.result())
                if said is None or not (said.is_marked or "\n" not in said.text):
                    continue  # no answer, or a thought without one
                found[question] = Instance(question, said.text)
                answer = StoredAnswer.now(found[question], "direct", None, confirmed=False)
                self._parts.cache.answers.keep([answer])
            except ModelError as fault:
                faults.append(fault)
            except CacheError as fault:  # what was answered is paid for, and goes into the tool all the same
                self._parts.tell(Note(f"An answer of {model.name} could not be kept: {fault}", "warning"))
        lasting = [fault for fault in faults if not isinstance(fault, ReplyError)]
        if lasting:
            raise lasting[0]
        return {question: found[question] for question in open_ if question in found}


def _read_answers(group: PendingGroup, answers: Any) -> tuple[dict[str, Instance], AnswerKind]:
    """Return the answers to a group's questions by question, and their kind; raises `TaskError`."""
    if answers is None:
        return {}, "text"
    is_text = isinstance(answers, Examples)
    samples = answers.samples if is_text else ()
    rows = [(s.question, s.answer if s.expects == "answer" else s) for s in samples] if is_text else _rows(answers)
    if len(unnamed := [row for row in rows if not row[0]]) > len(group.questions):
        raise TaskError(
            f"{len(unnamed)} answers for the {len(group.questions)} questions of group {group.number or LOOSE}:"
            " give one a question, in the order of %latm pending."
        )
    order = iter(group.questions)
    # A cell does not keep the blanks around a question.
    exact = {question.strip(): question for question in group.questions}
    named = [(exact.get(question.strip(), question) or next(order), answer) for question, answer in rows]
    given = [(question, answer) for question, answer in named if not _is_missing(answer)]
    instead = {question: replace(a, question=question) for question, a in given if isinstance(a, Instance)}
    samples, kind = read_examples([row for row in given if row[0] not in instead])
    found = {sample.question: sample for sample in samples}
    kind = infer_kind([sample.answer or "" for sample in samples]) if is_text else kind
    return {question: {**found, **instead}[question] for question, _ in given}, kind


def _rows(answers: Any) -> list[tuple[str, Any]]:
    if isinstance(answers, Mapping) and all(isinstance(question, str) for question in answers):
        return list(answers.items())
    if isinstance(answers, (str, bytes, Mapping)) or not hasattr(answers, "__iter__"):
        raise TaskError(f"Answers cannot be read from a {type(answers).__name__}: give a mapping, pairs or a list.")
    return [tuple(row) if isinstance(row, (tuple, list)) and len(row) == 2 else ("", row) for row in answers]  # noqa: PLR2004


def _is_missing(answer: Any) -> bool:
    return is_missing(answer) or not str(answer).strip()


def _note(guessed: int, count: int, model: str) -> str:
    if not guessed:
        return ""
    return f"\n\n({guessed} of its {count} examples were answered by {model}, not by a person.)"
