"""What asking models may cost: what was asked for nothing is not asked again, and what is dear is asked about first.

Stands between the local steps and the models. Who is asked, and how, is in `asking.py`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.cache.records import Unanswered
from latm_magic.events import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from latm_magic.cache.answers import UnansweredTable
    from latm_magic.events import OnEvent
    from latm_magic.models.ledger import CallEstimate
    from latm_magic.solving.batch import Batch
    from latm_magic.solving.open_questions import OpenQuestion
    from latm_magic.tool import ToolVersion

Asked = list[tuple[int, "OpenQuestion"]]
"""Rows of a batch, each with its question."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """Whether models are asked in one solve."""

    ask: bool | None = None
    """True: whatever it takes, within the budget; False: no model; None: as long as it is no more than `above`."""
    above: int = 50
    """Model calls above which you are asked first."""
    retry: bool = False
    """Ask again about what was asked for nothing before."""
    direct: bool = False
    """The strong model answers what no tool does."""


class Economy:
    """Decides for one solve which of the open questions go to models, and remembers those that came back unanswered."""

    def __init__(
        self,
        options: AskOptions,
        kept: UnansweredTable,
        models: Callable[[], Sequence[str]],
        estimate: Callable[[Sequence[OpenQuestion], int], CallEstimate],
        budget_left: Callable[[], float | None],
        tell: OnEvent,
    ) -> None:
        """Take what names the models that would be asked, and what estimates the cost of some calls.

        `budget_left` returns US dollars; None = no limit.
        """
        self._options = options
        self._kept = kept
        self._models = models
        self._estimate = estimate
        self._budget_left = budget_left
        self._tell = tell
        self._ground = ""
        self._paid: set[int] = set()
        self._unanswered: list[Unanswered] = []

    def admit(
        self,
        batch: Batch,
        questions: Iterable[tuple[int, OpenQuestion]],
        tools: Sequence[ToolVersion],
        *,
        alone: bool,
    ) -> Asked:
        """Return the questions to go on with, and give the others their outcome in the batch.

        `alone`: you named the one tool, so that no model chooses.
        """
        asked, direct = list(questions), self._options.direct
        if not asked:
            return asked
        self._ground = _ground_of(tools, [*self._models(), f"alone={alone}", f"direct={direct}"])
        if not self._options.retry:
            asked = self._without_remembered(batch, asked)
        calls_of = {row: question.calls(direct=direct) for row, question in asked}
        paid = [question for row, question in asked if calls_of[row]]
        calls = sum(calls_of.values())
        if not calls or self._may_ask(paid, calls):
            self._paid = {row for row, count in calls_of.items() if count}
            return asked
        why, advice = self._why_not(paid, calls)
        for row, count in calls_of.items():
            if count:
                batch.leave_unasked(row, why)
        self._tell(Note(advice, "info" if self._options.ask is False else "warning"))
        return [(row, question) for row, question in asked if not calls_of[row]]

    def may_pay(self, questions: int) -> bool:
        """Return whether models may be asked about so many questions, as far as their number goes."""
        return questions <= self._options.above if self._options.ask is None else self._options.ask

    def remember(self, batch: Batch, row: int) -> None:
        """Remember a row that models were asked about for nothing."""
        way = batch.ways[row]
        if row in self._paid and way in {"unknown", "failed"}:
            self._unanswered.append(Unanswered(batch.questions[row], self._ground, way, batch.reasons[row]))

    @property
    def waiting(self) -> int:
        """How many rows are remembered and not written down."""
        return len(self._unanswered)

    def keep(self) -> None:
        """Write down what was remembered; raises `CacheError`."""
        found, self._unanswered = self._unanswered, []
        self._kept.keep(found)

    def _without_remembered(self, batch: Batch, asked: Asked) -> Asked:
        known = self._kept.find([batch.questions[row] for row, _ in asked], self._ground) if asked else {}
        for row, _ in asked:
            before = known.get(batch.questions[row])
            if before is not None:
                batch.repeat_unanswered(row, before.way, f"{before.reason} (asked before; --retry asks again)")
        return [(row, question) for row, question in asked if batch.questions[row] not in known] if known else asked

    def _may_ask(self, paid: Sequence[OpenQuestion], calls: int) -> bool:
        options = self._options
        if options.ask is not None:
            return options.ask
        if calls > options.above:
            return False
        left = self._budget_left()
        return left is None or (self._estimate(paid, calls).cost_usd or 0.0) <= left

    def _why_not(self, paid: Sequence[OpenQuestion], calls: int) -> tuple[str, str]:
        rows = "1 row needs" if len(paid) == 1 else f"{len(paid):,} rows need"
        if self._options.ask is False:
            return "no model was asked, as you said", f"{rows} a model, and none was asked, as you said."
        estimate = self._estimate(paid, calls)
        advice = "%latm_solve --ask asks (session.solve(..., ask=True)), --no-model asks none"
        return f"not asked: {rows} a model", f"{rows} a model, {estimate}: {advice}."


def _ground_of(tools: Sequence[ToolVersion], models: Sequence[str]) -> str:
    content = [sorted((tool.name, tool.version, tool.fingerprint) for tool in tools), list(models)]
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()
