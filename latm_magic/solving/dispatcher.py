"""The dispatcher: each open question to a tool that answers it, or to "unknown"; the cheapest way first.

Exact repeat, the parsers in the router's order, then models (LATM, section 3.3, where a model is asked every time).
Here the steps are put in a row and what comes of them is put down; what a step does is in `parsing.py` and `asking.py`.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.cache.cache import StoredAnswer
from latm_magic.errors import CacheError, LatmError, ModelError, ReplyError
from latm_magic.events import Note, OnEvent, Progress, ignore
from latm_magic.solving.ask_many import DaemonThreads
from latm_magic.solving.asking import Asked, Question, ask, question_of
from latm_magic.solving.local import repeat_answers, repeat_direct, try_parsers, try_tool
from latm_magic.solving.suspects import way_on, withhold, withhold_all
from latm_magic.tools.user import spent_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from latm_magic.cache.records import Decision as Confirmed
    from latm_magic.solving.batch import Board
    from latm_magic.solving.context import Workshop
    from latm_magic.solving.local import Left
    from latm_magic.solving.suspects import Withheld
    from latm_magic.tool import ToolVersion

__all__ = ["Dispatcher"]

_LASTING_FAULTS = frozenset({"key", "credit", "model", "settings", "budget", "connection", "rate"})
"""Kinds of `ModelError` that would meet the next question just the same."""
_WITHOUT_TOOL = {way for way, info in WAYS.items() if info.needs_tool}
_MOST_PENDING = 5_000
"""Questions of one batch that are kept as pending: more alike ones say nothing more."""
_WORTH_A_TOOL = 3
"""Questions from which a tool can be made."""
_BETWEEN_TELLING_S = 0.2
_KEPT_TOGETHER = 20
"""Answers of models that are put into the cache in one transaction."""


class Dispatcher:
    """Solves the open questions of one board after another with the tools that are cached now."""

    def __init__(
        self, tools: Sequence[ToolVersion], workshop: Workshop, on_event: OnEvent = ignore, *, direct: bool = False
    ) -> None:
        """Keep the tools; with `direct` the strong model answers what is unknown, marked as such."""
        self._tools = tools
        self._by_name = {tool.name: tool for tool in tools}
        self._shop = workshop
        self._tell = on_event
        self._direct = direct
        self.fault: LatmError | None = None
        """The first fault of a model, or of the cache, that left questions without an answer."""
        self._told_at = 0.0
        self._answers: list[StoredAnswer] = []
        self._decisions: list[Confirmed] = []

    def solve(self, board: Board) -> None:
        """Bring every open question of the board to an outcome; model faults become failed rows and `self.fault`."""
        left = self.look(board)
        withheld = withhold(board, self._shop.suspects, self._by_name, left, direct=self._direct)
        self._tell_withheld(withheld)
        if self._direct:
            repeat_direct(self._shop, board)
        self._ask_models(board, ((place, self._question(board, place, left, withheld)) for place in board.open))
        self._keep_pending(board, withheld)

    def look(self, board: Board) -> Left:
        """Do the local steps alone, suspect tools included; gives what they leave."""
        repeat_answers(self._shop, board, self._tools)
        return try_parsers(self._shop, board, self._tools, lambda: self._progress(board))

    def try_with(self, board: Board, tool: ToolVersion) -> None:
        """Try one tool's parser alone, suspect or not."""
        try_tool(self._shop, board, tool, lambda: self._progress(board))

    def solve_with(self, board: Board, tool: ToolVersion) -> None:
        """Do the same where you named the one tool: a refusal goes straight to the user model."""
        repeat_answers(self._shop, board, [tool])
        if tool.name in self._shop.suspects and self._by_name.get(tool.name) == tool:
            withheld = withhold_all(board, self._shop.suspects, tool, direct=self._direct)
            self._tell_withheld(withheld)
            self._ask_models(board, ((p, Question(board.questions[p], why=withheld[p].reason)) for p in board.open))
        else:
            self.try_with(board, tool)
            self._ask_models(board, ((p, Question(board.questions[p], tool)) for p in board.open))

    def _question(self, board: Board, place: int, left: Left, withheld: Mapping[int, Withheld]) -> Question:
        if place in withheld:
            return Question(board.questions[place], why=withheld[place].reason)
        suspects = self._shop.suspects
        tools = [tool for tool in self._tools if tool.name not in suspects] if suspects else self._tools
        accepted = [(tool, run) for tool, run in left.disagreed.get(place, []) if tool.name not in suspects]
        return question_of(board.questions[place], tools, left.decisions.get(place), accepted)

    def _tell_withheld(self, withheld: Mapping[int, Withheld]) -> None:
        for name, number in Counter(each.tool for each in withheld.values()).items():
            questions = "1 question" if number == 1 else f"{number:,} questions"
            self._tell(Note(f"{name} is suspect and did not answer {questions}. {way_on(name)}", "warning"))

    def _progress(self, board: Board, *, is_last: bool = False) -> None:
        """Tell how far the batch is, a few times a second: counting a million rows takes longer than a block."""
        now = time.monotonic()
        if not is_last and now - self._told_at < _BETWEEN_TELLING_S:
            return
        self._told_at = now
        self._tell(Progress(len(board.questions) - board.open_count, len(board.questions), board.counts()))

    def _ask_models(self, board: Board, questions: Iterator[tuple[int, Question]]) -> None:
        """Ask about what is open, several questions at once; results are put down on this thread alone."""
        if not self._can_keep(board):
            return
        threads = DaemonThreads(self._shop.concurrency, "latm-models")
        under_way: dict[Future[Asked], int] = {}
        try:
            while True:
                for place, question in questions:
                    under_way[threads.submit(self._ask, question)] = place
                    if len(under_way) >= self._shop.concurrency:
                        break
                if not under_way:
                    break
                for future in wait(under_way, _BETWEEN_TELLING_S, return_when=FIRST_COMPLETED).done:
                    self._put_down(board, under_way.pop(future), future)
                self._keep_answers(_KEPT_TOGETHER)
                self._progress(board)
        finally:
            threads.close()
            self._keep_answers(1)
        self._progress(board, is_last=True)

    def _can_keep(self, board: Board) -> bool:
        """Fail what is open where the cache cannot be written: what a model answered, and its cost, would be lost."""
        if not board.open_count or not self._tools:
            return True
        try:
            self._shop.cache.prepare()
        except CacheError as fault:
            self.fault = fault
            for place in board.open:
                board.fail(place, str(fault))
        return self.fault is None

    def _ask(self, question: Question) -> Asked:
        fault = self.fault
        if isinstance(fault, CacheError) or (isinstance(fault, ModelError) and fault.kind in _LASTING_FAULTS):
            raise fault
        return ask(self._shop, question, direct=self._direct)

    def _put_down(self, board: Board, place: int, future: Future[Asked]) -> None:
        try:
            asked = future.result()
        except (ModelError, CacheError) as fault:
            return self._put_down_fault(board, place, fault)
        board.spend(place, asked.spent)
        if asked.direct is not None:
            board.settle_direct(place, "direct", asked.direct, asked.reason)
            self._answers.append(_stored(board, place, None))
        elif asked.tool is None:
            board.leave_unknown(place, asked.reason)
        else:
            self._put_down_tool(board, place, asked, asked.tool)
        return None

    def _put_down_fault(self, board: Board, place: int, fault: ModelError | CacheError) -> None:
        """Fail one question; a reply that came and cannot be used says nothing of the others."""
        if isinstance(fault, ModelError):
            board.spend(place, spent_on(fault))
        if not isinstance(fault, ReplyError) or fault.kind == "unreadable":
            self.fault = self.fault or fault
        board.fail(place, str(fault))

    def _put_down_tool(self, board: Board, place: int, asked: Asked, tool: ToolVersion) -> None:
        user, question = asked.user, board.questions[place]
        if asked.accepted is not None:
            board.settle_run(place, "dispatcher", tool, asked.accepted, "several parsers accepted; a model chose")
        elif user is not None and user.declined:
            return board.leave_unknown(place, asked.reason)
        elif user is not None:
            if tool.has_parser:
                self._keep("A refusal", lambda: self._shop.cache.keep_refusal(tool.name, tool.version, question))
            if user.run is None:
                return board.fail(place, asked.reason, tool)
            board.settle_run(place, "user", tool, user.run, asked.reason)
        if (way := board.ways[place]) and WAYS[way].asks_model:
            self._answers.append(_stored(board, place, tool))
            if asked.by_model:
                self._decisions.append(self._shop.routing.teaches(question, tool.name, "model"))
        return None

    def _keep_answers(self, least: int) -> None:
        if len(self._answers) >= least:
            answers, decisions = self._answers, self._decisions
            self._answers, self._decisions = [], []
            self._keep("Answers of models", lambda: self._shop.cache.keep_answers(answers))
            answered = [answer.question for answer in answers if answer.tool]
            self._keep("Pending questions", lambda: self._shop.cache.drop_pending(answered))
            self._shop.routing.learn(decisions)

    def _keep(self, what: str, write: Callable[[], None]) -> None:
        """Write into the cache; where that fails it is told, the answers stay, and nothing more is asked."""
        if isinstance(self.fault, CacheError):
            return
        try:
            write()
        except CacheError as fault:
            self.fault = fault
            self._tell(Note(f"{what} could not be kept: {fault}", "warning"))

    def _keep_pending(self, board: Board, withheld: Collection[int]) -> None:
        """Keep what no tool fits, so that one can be made of it."""
        unknown = (place for place, way in enumerate(board.ways) if way in _WITHOUT_TOOL)
        questions = [board.questions[place] for place in unknown if place not in withheld]
        if not questions:
            return
        try:
            self._shop.cache.keep_pending(questions[:_MOST_PENDING])
        except CacheError as fault:
            self._tell(Note(f"Questions without a tool were not kept: {fault}", "warning"))
            return
        if len(questions) >= _WORTH_A_TOOL:
            self._tell(Note(f"{len(questions):,} questions have no tool: %latm pending groups them."))


def _stored(board: Board, place: int, tool: ToolVersion | None) -> StoredAnswer:
    return StoredAnswer(
        question=board.questions[place],
        tool=tool.name if tool else None,
        version=tool.version if tool else None,
        fingerprint=tool.fingerprint if tool else "",
        text=board.texts[place] or "",
        way=board.ways[place] or "user",
        confirmed=False,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
