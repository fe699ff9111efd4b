"""From questions as people hold them to answers, and what answering them directly would have cost."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from latm_magic.session.status import Solved
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
        self._solved = Solved()

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
        self._solved = self._solved + answers
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
        parts, solved = self._parts, self._solved
        model = parts.roles.name_of("maker")
        if not (model and solved.instances):
            return None
        return parts.ledger.direct_estimate(
            model,
            parts.settings.base_url,
            instances=solved.instances,
            question_characters=solved.question_characters,
            answer_characters=solved.answer_characters,
        )
