"""The native loop: the strong model sees the project's tools as functions, and calls them until it answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from latm_magic.errors import ModelError
from latm_magic.evaluation.methods.compiled import Compiled
from latm_magic.evaluation.methods.method import STOPS, Outcome
from latm_magic.models.model import Reply
from latm_magic.solving.ask_many import ask_many
from latm_magic.solving.prompts import answer_alike
from latm_magic.solving.replies import read_direct
from latm_magic.tools.user import spent_before

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ask(Compiled):
    """The tool is made as `compiled` does; then `session.ask` gets each question as `direct` does."""

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Ask for each question; what cannot be asked of one question fails that one."""
        found: dict[int, Outcome] = {}
        concurrency = self._bench.session.settings.concurrency
        for (number, _), future in ask_many(lambda each: self._ask(each[1]), list(enumerate(questions)), concurrency):
            found[number] = future.result()
        return [found[number] for number in range(len(questions))]

    def _ask(self, question: str) -> Outcome:
        began, bench = time.perf_counter(), self._bench
        (message,) = answer_alike(bench.task.description, bench.split.labels, question)
        try:
            asked = bench.session.ask(message.content)
        except ModelError as fault:
            if fault.kind in STOPS:
                raise
            spent = spent_before(fault)
            return Outcome(None, answered=False, way="failed", tokens=spent.tokens, cost_usd=spent.cost_usd)
        said = read_direct(Reply(asked.text)) if asked.answered else None
        return Outcome(
            said.text if said else None,
            said is not None,
            "ask" if said else "no answer",
            tokens=asked.tokens,
            cost_usd=asked.cost_usd,
            ms=1000 * (time.perf_counter() - began),
        )
