"""Asking a model for each question, with its reasoning, and what that takes by estimate where nobody asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from latm_magic.errors import ModelError, ReplyError
from latm_magic.evaluation.methods.method import STOPS, Bench, Making, Method, Outcome
from latm_magic.models.model import Request
from latm_magic.solving.ask_many import ask_many
from latm_magic.solving.prompts import answer_alike
from latm_magic.solving.replies import read_direct
from latm_magic.tools.user import spent_before, spent_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

    from latm_magic.evaluation.task_files import EvaluationTask, Split
    from latm_magic.models.model import Role

_CHARACTERS_A_TOKEN = 4
_FRAMING_TOKENS = 10


class Direct(Method):
    """The strong model answers each question, after three solved examples, thinking as long as it needs."""

    role: ClassVar[Role] = "direct"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._model = bench.session.model(self.role)

    def make(self) -> Making:
        """Make nothing."""
        return Making("nothing to make")

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Ask for each question; what cannot be asked of one question fails that one."""
        found: dict[int, Outcome] = {}
        numbered = list(enumerate(questions))
        for (number, _), future in ask_many(
            lambda each: self._ask(each[1]), numbered, self._bench.session.settings.concurrency
        ):
            found[number] = future.result()
        return [found[number] for number, _ in numbered]

    def _ask(self, question: str) -> Outcome:
        began = time.perf_counter()
        messages = answer_alike(self._bench.task.description, self._bench.split.labels, question)
        try:
            reply = self._model.complete(Request("direct", messages))
        except ReplyError as fault:
            spent = spent_before(fault)
            return Outcome(None, answered=False, way="no answer", tokens=spent.tokens, cost_usd=spent.cost_usd)
        except ModelError as fault:
            if fault.kind in STOPS:
                raise
            return Outcome(None, answered=False, way="failed", cost_usd=fault.cost_usd)
        said, spent = read_direct(reply), spent_on(reply)
        return Outcome(
            said.text if said else None,
            said is not None,
            "direct" if said else "no answer",
            tokens=spent.tokens,
            cost_usd=spent.cost_usd,
            ms=1000 * (time.perf_counter() - began),
        )


class DirectLight(Direct):
    """The light user model answers each question itself."""

    role = "user"


def estimated_tokens(task: EvaluationTask, split: Split, question: str, answer: str) -> int:
    """Estimate the tokens of asking directly: the request as it would be sent, and the answer alone.

    Four characters a token and ten tokens of framing; no reasoning is counted, so it errs on the cheap side.
    """
    messages = answer_alike(task.description, split.labels, question)
    characters = sum(len(message.content) for message in messages) + len("Answer: ") + len(answer)
    return -(-characters // _CHARACTERS_A_TOKEN) + _FRAMING_TOKENS
