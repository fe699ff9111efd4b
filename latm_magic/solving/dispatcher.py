"""The dispatcher: each question to a tool that answers it, or to "unknown"; the cheapest way first.

Exact repeats, the parsers in the router's order, then models (LATM, section 3.3, where a model is asked every time).
Here the steps follow each other and their outcomes are recorded; what a step does is in `local.py` and `asking.py`.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.cache.records import ConfirmedRoute, Refusal, StoredAnswer
from latm_magic.errors import CacheError, LatmError, ReplyError
from latm_magic.events import Note, OnEvent, Progress, ignore
from latm_magic.solving.ask_many import WAIT_S, ask_many
from latm_magic.solving.asking import ModelOutcome, ask
from latm_magic.solving.local import Left, LocalSteps
from latm_magic.solving.open_questions import OpenQuestion, question_of
from latm_magic.solving.remaining import RemainingParsers, many_alike
from latm_magic.solving.stopping import NotAsked, Stopping
from latm_magic.solving.suspects import take_back, way_on, withhold
from latm_magic.solving.untested import refuse, to_ask, to_go_on
from latm_magic.text import one_line
from latm_magic.tools.user import spent_before

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from concurrent.futures import Future

    from latm_magic.solving.batch import Batch
    from latm_magic.solving.context import SolvingContext
    from latm_magic.solving.suspects import Withheld
    from latm_magic.tool import ToolVersion

_WITHOUT_TOOL = {way for way, info in WAYS.items() if info.needs_tool}
_MOST_PENDING = 5_000
"""Questions of one batch that are kept as pending: more alike ones say nothing more."""
_WORTH_A_TOOL = 3
"""Questions from which a tool can be made."""
_KEPT_TOGETHER = 20
"""Answers of models that are put into the cache in one transaction."""


class Dispatcher:
    """Solves the open questions of one batch after another with the tools that are cached now."""

    def __init__(
        self, tools: Sequence[ToolVersion], context: SolvingContext, on_event: OnEvent = ignore, *, direct: bool = False
    ) -> None:
        """Keep the tools; with `direct` the strong model answers what is unknown, marked as such."""
        self._tools = tools
        self._by_name = context.by_name.of(tools)
        self._context = context
        self._tell = on_event
        self._direct = direct
        self._stopping = Stopping()
        self._told_at = 0.0
        self._answers: list[StoredAnswer] = []
        self._routes: list[tuple[int, ConfirmedRoute]] = []

    @property
    def fault(self) -> LatmError | None:
        """The first fault of a model, or of the cache, that left questions without an answer."""
        return self._stopping.first

    def solve(self, batch: Batch) -> None:
        """Bring every open row of the batch to an outcome; model faults become failed rows and `self.fault`."""
        left = self.look(batch)
        withheld = withhold(batch, self._context.suspects, self._by_name, left, direct=self._direct)
        self._tell_withheld(withheld)
        self._refuse_known(batch, self._tools, left)
        again = self._take_untested(batch)
        if self._direct:
            self._local(batch).repeat_direct()
        questions = ((row, again.get(row) or self._question(batch, row, left, withheld)) for row in batch.open)
        self._ask_models(batch, self._context.economy.admit(batch, questions, self._tools, alone=False))
        self._keep_pending(batch, withheld)

    def look(self, batch: Batch) -> Left:
        """Do the local steps alone, suspect tools included; return what they leave."""
        local = self._local(batch)
        local.repeat_answers()
        left = local.try_parsers()
        remaining = RemainingParsers(self._context, batch, self._tools, lambda: self._progress(batch))
        remaining.ask(left)
        if remaining.cut:
            self._tell(Note(many_alike(len(remaining.cut))))
        return left

    def try_with(self, batch: Batch, tool: ToolVersion) -> None:
        """Try one tool's parser alone, suspect or not."""
        self._local(batch).try_tool(tool)

    def solve_with(self, batch: Batch, tool: ToolVersion) -> None:
        """Do the same where you named the one tool: a refusal goes straight to the user model."""
        self._local(batch, [tool]).repeat_answers()
        if tool.name in self._context.suspects and self._by_name.get(tool.name) == tool:
            whose = dict.fromkeys(batch.open, tool.name)
            withheld = take_back(batch, self._context.suspects, self._by_name, whose, direct=self._direct)
            self._tell_withheld(withheld)
            questions = [OpenQuestion(batch.questions[row], why=withheld[row].reason) for row in batch.open]
        else:
            self.try_with(batch, tool)
            self._refuse_known(batch, [tool], Left())
            again = self._take_untested(batch)
            questions = [again.get(row) or OpenQuestion(batch.questions[row], tool) for row in batch.open]
        asked = zip(batch.open, questions, strict=True)
        self._ask_models(batch, self._context.economy.admit(batch, asked, [tool], alone=True))

    def _refuse_known(self, batch: Batch, tools: Sequence[ToolVersion], left: Left) -> None:
        """Ask nobody about a question that an example says is to be refused, unless it is sure to be another tool's."""
        samples = ((sample, tool) for tool in (tools if batch.open_count else ()) for sample in tool.all_samples)
        refused = {sample.question: tool for sample, tool in samples if sample.expects == "refusal"}
        for row in batch.open if refused else ():
            tool, decision = refused.get(batch.questions[row]), left.decisions.get(row)
            is_anothers = row in left.disagreed or (tool and decision and decision.sure and decision.tool != tool.name)
            if tool and not is_anothers:
                batch.refuse(row, tool, f"an example of {tool.name} says that it is to be refused")

    def _local(self, batch: Batch, tools: Sequence[ToolVersion] | None = None) -> LocalSteps:
        tools = self._tools if tools is None else tools
        return LocalSteps(self._context, batch, tools, lambda: self._progress(batch))

    def _question(self, batch: Batch, row: int, left: Left, withheld: Mapping[int, Withheld]) -> OpenQuestion:
        if row in withheld:
            return OpenQuestion(batch.questions[row], why=withheld[row].reason)
        suspects = self._context.suspects
        accepted = [(tool, run) for tool, run in left.disagreed.get(row, []) if tool.name not in suspects]
        return question_of(batch.questions[row], self._unsuspected, left.decisions.get(row), accepted)

    @cached_property
    def _unsuspected(self) -> Mapping[str, ToolVersion]:
        suspects, by_name = self._context.suspects, self._by_name
        return {name: by_name[name] for name in by_name if name not in suspects} if suspects else by_name

    def _take_untested(self, batch: Batch) -> dict[int, OpenQuestion]:
        """Do with untested answers what the setting says; return what models are asked about, what flows leave too."""
        if self._context.untested == "refuse":
            refuse(batch)
        return to_go_on(batch, self._context.asked_before) | (to_ask(batch) if self._context.untested == "ask" else {})

    def _tell_withheld(self, withheld: Mapping[int, Withheld]) -> None:
        for name, number in Counter(each.tool for each in withheld.values()).items():
            questions = "1 question" if number == 1 else f"{number:,} questions"
            self._tell(Note(f"{name} is suspect and did not answer {questions}. {way_on(name)}", "warning"))

    def _progress(self, batch: Batch, *, is_last: bool = False) -> None:
        """Tell how far the batch is, a few times a second: counting a million rows takes longer than a block."""
        now = time.monotonic()
        if not is_last and (now - self._told_at < WAIT_S or len(batch.questions) == 1):
            return
        self._told_at = now
        self._tell(Progress(len(batch.questions) - batch.open_count, len(batch.questions), batch.counts()))

    def _ask_models(self, batch: Batch, asked: Sequence[tuple[int, OpenQuestion]]) -> None:
        """Ask about open rows, several at once; outcomes are recorded on this thread alone."""
        if asked and self._can_keep(batch):
            self._ask_all(batch, asked)
        if self._stopping.has_cache:
            self._progress(batch, is_last=True)

    def _ask_all(self, batch: Batch, asked: Sequence[tuple[int, OpenQuestion]]) -> None:
        concurrency, on_wait = self._context.concurrency, lambda: self._progress(batch)
        try:
            for (row, _), future in ask_many(self._ask, asked, concurrency, on_wait):
                self._record(batch, row, future)
                self._keep_answers(_KEPT_TOGETHER)
        finally:
            self._context.pace.end()
            self._keep_answers(1)
            # In the order of the rows, whichever thread was the first to be done.
            routes, self._routes = sorted(self._routes, key=itemgetter(0)), []
            self._context.routing.learn([route for _, route in routes])
        self._tell_not_asked()

    def _tell_not_asked(self) -> None:
        if number := self._stopping.not_asked:
            questions = "1 question was" if number == 1 else f"{number:,} questions were"
            self._tell(Note(f"{questions} not asked: {self._stopping.why}", "warning"))

    def _can_keep(self, batch: Batch) -> bool:
        """Fail what is open where the cache cannot be written: what a model answered, and its cost, would be lost."""
        if not batch.open_count or not self._tools:
            return True
        try:
            self._context.cache.prepare()
        except CacheError as fault:
            self._stopping.met(fault)
            for row in batch.open:
                batch.fail(row, str(fault))
        return self._stopping.has_cache

    def _ask(self, item: tuple[int, OpenQuestion]) -> ModelOutcome:
        self._stopping.check()
        return ask(self._context, item[1], direct=self._direct)

    def _record(self, batch: Batch, row: int, future: Future[ModelOutcome]) -> None:
        try:
            outcome = future.result()
        except NotAsked as fault:
            self._stopping.not_asked += 1
            return batch.fail(row, str(fault))
        except Exception as fault:  # noqa: BLE001  whatever one question met, the others keep their answers
            return self._record_fault(batch, row, fault)
        self._stopping.answered()
        batch.spend(row, outcome.spent)
        self._take(batch, row, outcome)
        if outcome.user is None or outcome.user.run is None or not outcome.user.run.was_lost:
            self._context.economy.remember(batch, row)
        return None

    def _take(self, batch: Batch, row: int, outcome: ModelOutcome) -> None:
        if outcome.direct is not None:
            batch.settle_direct(row, "direct", outcome.direct, outcome.reason)
            self._answers.append(_stored(batch, row, None))
        elif outcome.tool is None:
            batch.leave_unknown(row, outcome.reason)
        else:
            self._record_tool(batch, row, outcome, outcome.tool)

    def _record_fault(self, batch: Batch, row: int, fault: Exception) -> None:
        """Fail one question; what that says of the others is left to `stopping.py`."""
        batch.spend(row, spent_before(fault))
        if not isinstance(fault, LatmError):
            fault = LatmError(one_line(f"{type(fault).__name__}: {fault}. This should not happen: please report it."))
        self._stopping.met(fault)
        batch.fail(row, str(fault))
        if isinstance(fault, ReplyError) and fault.kind != "unreadable":
            self._context.economy.remember(batch, row)

    def _record_tool(self, batch: Batch, row: int, outcome: ModelOutcome, tool: ToolVersion) -> None:
        user, question = outcome.user, batch.questions[row]
        if outcome.loop is not None:
            batch.settle_run(row, "ask", tool, outcome.loop, outcome.reason)
        elif outcome.accepted is not None:
            batch.settle_run(row, "dispatcher", tool, outcome.accepted, "several parsers accepted; a model chose")
        elif user is not None and user.declined:
            return batch.leave_unknown(row, outcome.reason)
        elif user is not None:
            if tool.has_parser and tool.way != "flow":
                refusal, feedback = Refusal(tool.name, tool.version, question), self._context.cache.feedback
                self._keep("A refusal", lambda: feedback.keep_refusals([refusal]))
            if user.run is None:
                return batch.fail(row, outcome.reason, tool)
            batch.settle_run(row, "user", tool, user.run, outcome.reason)
        if self._context.untested == "refuse":
            refuse(batch)
        if (way := batch.ways[row]) and WAYS[way].asks_model and tool.way != "flow":  # the loop's trace is kept
            self._answers.append(_stored(batch, row, tool))
            if outcome.by_model:
                self._routes.append((row, ConfirmedRoute(tool=tool.name, question=question, by="model")))
        return None

    def _keep_answers(self, least: int) -> None:
        if len(self._answers) >= least:
            answers, self._answers = self._answers, []
            self._keep("Answers of models", lambda: self._context.cache.answers.keep(answers))
            answered = [answer.question for answer in answers if answer.tool]
            self._keep("Pending questions", lambda: self._context.cache.feedback.drop_pending(answered))
        if self._context.economy.waiting >= least:
            self._keep("What models could not answer", self._context.economy.keep)

    def _keep(self, what: str, write: Callable[[], None]) -> None:
        """Write into the cache; where that fails it is told, the answers stay, and no model is asked any more."""
        if not self._stopping.has_cache:
            return
        try:
            write()
        except CacheError as fault:
            self._stopping.met(fault)
            self._tell(Note(f"{what} could not be kept: {fault}", "warning"))

    def _keep_pending(self, batch: Batch, withheld: Collection[int]) -> None:
        """Keep what no tool fits, so that one can be made of it."""
        if _WITHOUT_TOOL.isdisjoint(batch.ways):
            return
        unknown = (row for row, way in enumerate(batch.ways) if way in _WITHOUT_TOOL and batch.tools[row] is None)
        questions = [batch.questions[row] for row in unknown if row not in withheld]
        if not questions:
            return
        try:
            self._context.cache.feedback.keep_pending(questions[:_MOST_PENDING])
        except CacheError as fault:
            self._tell(Note(f"Questions without a tool were not kept: {fault}", "warning"))
            return
        if len(questions) >= _WORTH_A_TOOL:
            self._tell(Note(f"{len(questions):,} questions have no tool: %latm pending groups them."))


def _stored(batch: Batch, row: int, tool: ToolVersion | None) -> StoredAnswer:
    untested = batch.untested.get(row, ())
    return StoredAnswer.now(batch.sample(row), batch.ways[row] or "user", tool, confirmed=False, untested=untested)
