"""From questions as people hold them to answers, and what answering them directly would have cost."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from latm_magic.events import Note
from latm_magic.solving.batch import Batch, read_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latm_magic.answer import Answer, Answers
    from latm_magic.models.ledger import DirectEstimate
    from latm_magic.session.parts import Parts
    from latm_magic.tool import ToolVersion


class Solving:
    """Solves the questions of a session, and counts them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._instances = self._question_characters = self._answer_characters = 0

    def solve(self, questions: Any, tool: ToolVersion | None, *, direct: bool) -> Answers:
        """Answer questions through the dispatcher, or with one tool only; see `Session.solve`."""
        instances, index = read_column(questions)
        if tool is not None and tool.is_draft:
            failed = tool.verification.failures[0].summary
            self._parts.tell(Note(f"{tool.name} is a draft, which fails for example on {failed}.", "warning"))
        batch = Batch(instances)
        dispatcher = self._parts.dispatcher(direct=direct)
        if tool is None:
            dispatcher.solve(batch)
        else:
            dispatcher.solve_with(batch, tool)
        self._parts.auditor().audit(batch)
        answers = batch.answers(index)
        self._instances += len(answers)
        self._question_characters += sum(map(len, answers.questions))
        self._answer_characters += sum(len(text) for text in answers.texts if text)
        if dispatcher.fault is not None and all(way == "failed" for way in answers.ways):
            raise dispatcher.fault
        return answers

    def stream(self, questions: Iterable[str], block: int) -> Iterator[Answer]:
        """Answer questions `block` at a time; see `Session.stream`."""
        waiting = iter(questions)
        while some := list(islice(waiting, block)):
            yield from self.solve(some, None, direct=False)

    def direct_estimate(self) -> DirectEstimate | None:
        """Estimate what the maker model would have cost for all that was solved; see `Session.direct_estimate`."""
        model = self._parts.roles.name_of("maker")
        if not (model and self._instances):
            return None
        return self._parts.ledger.direct_estimate(
            model,
            self._parts.settings.base_url,
            instances=self._instances,
            question_characters=self._question_characters,
            answer_characters=self._answer_characters,
        )
