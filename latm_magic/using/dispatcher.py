"""The dispatcher: each open question to a tool that answers it, or to "unknown"; the cheapest way first.

Exact repeat, then the tools' own parsers, then the dispatcher model, then the user model. A model's choice counts only
when the tool's parser or a checked call bears it out. How a batch is cut up and shown is the session's business.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import ModelError, ReplyError
from latm_magic.events import OnEvent, Progress, ignore
from latm_magic.library.cache import StoredAnswer
from latm_magic.models.model import Model, Request
from latm_magic.using import prompts
from latm_magic.using.calls import answer_text, is_refusal, pipeline_of
from latm_magic.using.user import Spent, UserModel, UserRun, spent_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.library.cache import Cache
    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion
    from latm_magic.using.board import Board

__all__ = ["Dispatcher", "Workshop"]

_LASTING_FAULTS = frozenset({"key", "credit", "model", "settings", "budget", "connection", "rate"})
"""Kinds of `ModelError` that would meet the next question just the same."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the dispatcher works with."""

    sandbox: Sandbox
    cache: Cache
    user: UserModel
    model: Model
    """The dispatcher model."""
    walls_for: Callable[[ToolVersion], tuple[str, ...]]
    """The walls of the sandbox that a tool must not run without."""
    concurrency: int = 4
    """Model calls under way at once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking models about one question."""

    tool: ToolVersion | None = None
    chosen_by_model: bool = False
    accepted: Run | None = None
    user: UserRun | None = None
    reason: str = ""
    spent: Spent = field(default_factory=Spent)


class Dispatcher:
    """Solves the open questions of a board with the given tools."""

    def __init__(self, tools: Sequence[ToolVersion], workshop: Workshop, on_event: OnEvent = ignore) -> None:
        """Keep the tools; the same object may solve several boards."""
        self._tools = tuple(tools)
        self._shop = workshop
        self._tell = on_event
        self.fault: ModelError | None = None
        """The first fault of a model that left questions without an answer."""

    def solve(self, board: Board) -> None:
        """Bring every open question of the board to an outcome; model faults become failed rows and `self.fault`."""
        self._repeat(board)
        accepted = self._parse(board)
        self._tell(Progress(len(board.questions) - len(board.open), len(board.questions), board.counts()))
        self._ask_models(board, accepted)

    def solve_with(self, board: Board) -> None:
        """Do the same where you named the one tool: a refusal goes straight to the user model."""
        self._repeat(board)
        self._parse(board)
        self._ask_models(board, {}, chosen=self._tools[0])

    def _repeat(self, board: Board) -> None:
        by_name = {(tool.name, tool.version): tool for tool in self._tools}
        places = board.open
        found = self._shop.cache.answers([board.questions[place] for place in places])
        for place in places:
            stored = found.get(board.questions[place])
            tool = by_name.get((stored.tool or "", stored.version or 0)) if stored else None
            if stored and tool:
                board.settle(place, "cache", tool, stored.text, why=f"answered before by the {stored.way} model")

    def _parse(self, board: Board) -> dict[int, list[tuple[ToolVersion, Run]]]:
        """Try the tools' own parsers; gives what more than one tool answered differently."""
        accepted: dict[int, list[tuple[ToolVersion, Run]]] = {}
        broken: dict[int, tuple[ToolVersion, Run]] = {}
        places = board.open
        for tool in self._tools:
            if not tool.has_parser or not places:
                continue
            questions = [board.questions[place] for place in places]
            walls = self._shop.walls_for(tool)
            runs = self._shop.sandbox.solve_many(tool.source, pipeline_of(tool), questions, require_walls=walls)
            for place, run in zip(places, runs, strict=True):
                if run.returned:
                    accepted.setdefault(place, []).append((tool, run))
                elif not is_refusal(run) and run.stage != "parse":
                    broken.setdefault(place, (tool, run))
        for place, runs_of in accepted.items():
            self._settle_accepted(board, place, runs_of)
        for place, (tool, run) in broken.items():
            if place not in accepted:
                board.settle_run(place, "parser", tool, run)
        return {place: runs_of for place, runs_of in accepted.items() if board.ways[place] is None}

    @staticmethod
    def _settle_accepted(board: Board, place: int, runs: list[tuple[ToolVersion, Run]]) -> None:
        tool, run = runs[0]
        if len(runs) == 1:
            board.settle_run(place, "parser", tool, run)
        elif len({_text_of(other) for _, other in runs}) == 1:
            names = ", ".join(other.name for other, _ in runs)
            board.settle_run(place, "parser", tool, run, f"the parsers of {names} accepted and gave the same text")

    def _ask_models(
        self, board: Board, accepted: dict[int, list[tuple[ToolVersion, Run]]], chosen: ToolVersion | None = None
    ) -> None:
        """Ask about what is open, several questions at once; results are put down on this thread alone."""
        waiting = iter(board.open)
        kept: list[StoredAnswer] = []
        pool = ThreadPoolExecutor(self._shop.concurrency, thread_name_prefix="latm-models")
        under_way: dict[Future[_Asked], int] = {}
        try:
            while True:
                for place in waiting:
                    question = board.questions[place]
                    under_way[pool.submit(self._ask, question, accepted.get(place, []), chosen)] = place
                    if len(under_way) >= self._shop.concurrency:
                        break
                if not under_way:
                    break
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    self._put_down(board, under_way.pop(future), future, kept)
                self._tell(Progress(len(board.questions) - len(board.open), len(board.questions), board.counts()))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._shop.cache.keep_answers(kept)

    def _ask(self, question: str, accepted: list[tuple[ToolVersion, Run]], chosen: ToolVersion | None) -> _Asked:
        """Ask the models about one question; on a thread of the pool."""
        if self.fault is not None and self.fault.kind in _LASTING_FAULTS:
            raise self.fault
        spent = Spent()
        tool = chosen
        if tool is None:
            tools = [tool for tool, _ in accepted] or self._tools
            if not tools:
                return _Asked(reason="there are no tools yet: make one with %%latm")
            names = [candidate.name for candidate in tools]
            reply = self._shop.model.complete(
                Request("dispatcher", prompts.choose_tool(tools, question), max_tokens=512)
            )
            spent = spent_on(reply)
            try:
                name = prompts.read_choice(reply.text, names)
            except ValueError as fault:
                return _Asked(reason=str(fault), spent=spent)
            if name is None:
                return _Asked(reason="the dispatcher model says that no tool fits", spent=spent)
            tool = tools[names.index(name)]
        for candidate, run in accepted:
            if candidate.name == tool.name:
                return _Asked(tool, True, run, spent=spent)  # noqa: FBT003
        user = self._shop.user.answer(tool, question)
        return _Asked(tool, chosen is None, None, user, spent=spent + user.spent)

    def _put_down(self, board: Board, place: int, future: Future[_Asked], kept: list[StoredAnswer]) -> None:
        try:
            asked = future.result()
        except ReplyError as fault:
            return board.fail(place, str(fault))
        except ModelError as fault:
            self.fault = self.fault or fault
            return board.fail(place, str(fault))
        board.spend(place, asked.spent)
        tool, user = asked.tool, asked.user
        if tool is None:
            return board.leave_unknown(place, asked.reason)
        if asked.accepted is not None:
            board.settle_run(place, "dispatcher", tool, asked.accepted, "several parsers accepted; a model chose")
        elif user is not None:
            self._put_down_user(board, place, tool, user)
        if board.ways[place] in {"user", "dispatcher"}:
            kept.append(_stored(board, place, tool))
        return None

    def _put_down_user(self, board: Board, place: int, tool: ToolVersion, user: UserRun) -> None:
        if tool.has_parser and not user.declined:
            self._shop.cache.keep_refusal(tool.name, tool.version, board.questions[place])
        if user.run is not None:
            board.settle_run(place, "user", tool, user.run, user.reason)
        elif user.declined:
            board.leave_unknown(place, f"{tool.name}: {user.reason}")
        else:
            board.fail(place, f"{tool.name}: {user.reason}", tool)


def _text_of(run: Run) -> str | None:
    try:
        return answer_text(run.value)
    except ValueError:
        return None


def _stored(board: Board, place: int, tool: ToolVersion) -> StoredAnswer:
    return StoredAnswer(
        question=board.questions[place],
        tool=tool.name,
        version=tool.version,
        fingerprint=tool.fingerprint,
        text=board.texts[place] or "",
        way=board.ways[place] or "user",
        confirmed=False,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
