"""From questions as people hold them to answers, and what answering them directly would have cost."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.solving.batch import Batch, read_column, read_stream

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
        if not isinstance(block, int) or block < 1:
            raise TaskError(f"A stream cannot be read {block!r} questions at a time: give a whole number from 1.")
        return self._answer_blocks(iter(read_stream(questions)), block)

    def _answer_blocks(self, waiting: Iterator[Any], block: int) -> Iterator[Answer]:
        fault: Exception | None = None
        while fault is None:
            some: list[Any] = []
            try:
                some.extend(islice(waiting, block))  # keeps what was read when the iterator raises
            except Exception as raised:  # noqa: BLE001  it is raised again behind the answers
                fault = raised
            if some:
                yield from self.solve(some, None, direct=False)
            elif fault is None:
                return
        raise fault

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
