"""The local steps of the dispatcher: exact repeats, then the tools' own parsers in the router's order. No model.

The router only says whose parser tries first; an answer is what a parser accepted. What stays open is handed on with
the router's decisions and with the answers on which parsers disagreed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from latm_magic.cache.records import ConfirmedRoute
from latm_magic.comparison import text_or_none
from latm_magic.solving.turns import MOST_AT_ONCE, Turns
from latm_magic.tools.runner import has_no_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from latm_magic.cache.records import StoredAnswer
    from latm_magic.routing.router import Decision
    from latm_magic.sandbox.records import Run
    from latm_magic.solving.batch import Batch
    from latm_magic.solving.context import SolvingContext
    from latm_magic.solving.open_questions import Accepted
    from latm_magic.tool import ToolVersion

_FIRST_BLOCK = 8_192
"""Questions that are looked at together at first, so that memory stays bounded; later ones `MOST_AT_ONCE`."""
_BLOCK_S = 0.5
"""A block that took less is followed by a larger one: progress is told after each."""
_LARGE = 256
"""Questions from which on their beginnings are looked at before the router is asked."""
SWEPT = 8
"""Tools whose parsers are tried for a question that the router is not sure of; with no more than these, all."""
_LEARNED_A_BLOCK = 6
"""Confirmed routes of one tool that the router learns from a block: three make a wording known."""


@dataclass(slots=True)
class Left:
    """What the local steps leave open, and why."""

    decisions: dict[int, Decision] = field(default_factory=dict)
    """What the router made of a question."""
    disagreed: dict[int, Accepted] = field(default_factory=dict)
    """What parsers gave where they did not agree."""


class LocalSteps:
    """The steps that need no model, for one batch and the tools that are cached now."""

    def __init__(
        self, context: SolvingContext, batch: Batch, tools: Sequence[ToolVersion], on_block: Callable[[], None]
    ) -> None:
        """`on_block` is called after each block of rows, which may take a while."""
        self._context = context
        self._batch = batch
        self._tools = tools
        self._by_name = context.by_name.of(tools)
        self._on_block = on_block

    def repeat_answers(self) -> None:
        """Settle what a model's work answered before, with the tool versions of today, or what you answered."""
        context, batch = self._context, self._batch
        for row, stored in self._stored():
            tool = self._by_name.get(stored.tool or "")
            if tool is not None and tool.version != stored.version:
                tool = None
            if tool is not None and (stored.confirmed or tool.name not in context.suspects):
                why = "you said that this is right" if stored.confirmed else f"answered before: {stored.way}"
                batch.settle_stored(row, stored, tool, why)
                batch.mark(row, tool, stored.untested)
            elif stored.tool is None and stored.confirmed:
                batch.settle_stored(row, stored, None, "you said that this is right; no tool answers it")

    def repeat_direct(self) -> None:
        """Settle the questions that no tool answered, and that the strong model answered before."""
        why = "answered before by the strong model, without a tool"
        for row, stored in self._stored():
            if stored.tool is None:
                self._batch.settle_stored(row, stored, None, why)

    def try_tool(self, tool: ToolVersion) -> None:
        """Try the parser of the one tool that you named."""
        for rows in _blocks(self._batch.open if tool.has_parser else []):
            self._settle_all(tool, rows, [""] * len(rows))
            self._on_block()

    def try_parsers(self) -> Left:
        """Try the parsers of likely tools on every open row; return what that leaves."""
        left, turns = Left(), Turns()
        for rows in _blocks(self._batch.open if self._tools else []):
            self._route(rows, turns)
            if turns.are_due(len(rows)):
                turns = self._take_turns(turns, left)
            self._on_block()
        self._take_turns(turns, left)
        return left

    def _stored(self) -> Iterator[tuple[int, StoredAnswer]]:
        if not self._context.has_answers:
            return iter(())
        rows, questions = self._batch.open, self._batch.questions
        are_all = len(rows) == len(questions)
        found = self._context.cache.answers.find(questions if are_all else [questions[row] for row in rows])
        return ((row, found[questions[row]]) for row in (rows if found else ()) if questions[row] in found)

    def _runs(self, tool: ToolVersion, rows: Sequence[int]) -> Sequence[Run]:
        return self._context.runner.solve_many(tool, [self._batch.questions[row] for row in rows])

    def _route(self, rows: Sequence[int], turns: Turns) -> None:
        """Note for each row of a block the tool that is to try it: the one that it could be for alone, or is surely."""
        rest = self._note_owners(rows, turns) if len(rows) >= _LARGE else rows
        self._note_sure(self._decide(rest), turns)

    def _note_owners(self, rows: Sequence[int], turns: Turns) -> Sequence[int]:
        is_only = len(self._tools) == 1
        groups: dict[str | None, Sequence[int]] = {self._tools[0].name: rows} if is_only else self._by_owner(rows)
        why = "{} is the only tool" if is_only else "only questions of {} begin like this one"
        rest = [*groups.pop(None, ())]
        for name, some in groups.items():
            if name and self._by_name[name].has_parser:
                turns.add(name, some, [f"{why.format(name)}, and its parser accepted"] * len(some))
            else:
                rest += some
        return sorted(rest)

    def _by_owner(self, rows: Sequence[int]) -> dict[str | None, Sequence[int]]:
        beginnings = self._context.routing.beginnings(self._tools)
        owners = beginnings.owners([self._batch.questions[row] for row in rows])
        if len(set(owners)) == 1:
            return {owners[0]: rows}
        groups: defaultdict[str | None, list[int]] = defaultdict(list)
        for row, owner in zip(rows, owners, strict=True):
            groups[owner].append(row)
        return {**groups}

    def _settle_all(self, tool: ToolVersion, rows: Sequence[int], reasons: list[str]) -> list[int]:
        """Have one tool answer; return what its parser refused."""
        return self._batch.settle_runs(rows, tool, self._runs(tool, rows), reasons)

    def _decide(self, rows: Sequence[int]) -> dict[int, Decision]:
        questions = [self._batch.questions[row] for row in rows]
        decisions = self._context.routing.decide(self._tools, questions) if questions else []
        return dict(zip(rows, decisions, strict=True))

    def _note_sure(self, routed: dict[int, Decision], turns: Turns, refused: Mapping[int, str] | None = None) -> None:
        """Note the tool that the router is sure of, but for the one that refused the row already."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for row, decision in routed.items():
            name = decision.tool if decision.sure else None
            if name and self._by_name[name].has_parser and not (refused and refused[row] == name):
                groups[name].append(row)
            else:
                turns.unsure[row] = decision
        for name, rows in groups.items():
            turns.add(name, rows, [routed[row].reason for row in rows])

    def _take_turns(self, turns: Turns, left: Left) -> Turns:
        """Have each tool try its rows, and then the likely ones try what is still open; return turns for more rows."""
        refused = self._try_turns(turns)
        self._note_sure(self._decide([*refused]), turns, refused)
        refused_again = self._try_turns(turns)
        turns.unsure |= self._decide([*refused_again])
        self._context.routing.learn(self._sweep(turns.unsure, refused | refused_again, left))
        left.decisions |= {row: routed for row, routed in turns.unsure.items() if self._batch.ways[row] is None}
        return Turns()

    def _try_turns(self, turns: Turns) -> dict[int, str]:
        """Have each tool try the rows that wait for it; return those that it refused, each with its name."""
        refused: dict[int, str] = {}
        for name, rows, reasons in turns.take():
            refused |= dict.fromkeys(self._settle_all(self._by_name[name], rows, reasons), name)
            if len(self._tools) == 1:
                self._context.routing.learn(self._unsure(rows[:: max(1, len(rows) // _LEARNED_A_BLOCK)]))
            self._on_block()
        return refused

    def _sweep(self, routed: Mapping[int, Decision], refused: Mapping[int, str], left: Left) -> list[ConfirmedRoute]:
        """Try the parsers of the likely tools on what is open; return the decisions that this confirms."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for row, decision in routed.items():
            for name in swept(self._tools, decision):
                if refused.get(row) != name:
                    groups[name].append(row)
        accepted: defaultdict[int, Accepted] = defaultdict(list)
        for tool in self._tools if groups else ():
            rows = groups.get(tool.name, []) if tool.has_parser else []
            for row, run in zip(rows, self._runs(tool, rows) if rows else [], strict=True):
                if not has_no_answer(run):
                    accepted[row].append((tool, run))
        for row, runs in accepted.items():
            settle_accepted(self._batch, row, runs, left)
        return confirmed_routes(self._batch, accepted)

    def _unsure(self, rows: Sequence[int]) -> list[ConfirmedRoute]:
        """Return those of a few rows that the one tool there is answered, and that the router would not be sure of."""
        name = self._tools[0].name
        questions = [self._batch.questions[row] for row in rows if self._batch.ways[row] == self._tools[0].way]
        decisions = self._context.routing.decide(self._tools, questions)
        routes = (ConfirmedRoute(tool=name, question=question, by="parser") for question in questions)
        return [route for route, decision in zip(routes, decisions, strict=True) if not decision.sure]


def _blocks(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    start, size = 0, _FIRST_BLOCK
    while start < len(rows):
        began = monotonic()
        yield rows[start : start + size]
        start += size
        if monotonic() - began < _BLOCK_S:
            size = min(2 * size, MOST_AT_ONCE)


def swept(tools: Sequence[ToolVersion], decision: Decision) -> Iterable[str]:
    """Name the tools to try: the router's candidates, or all where there are few; not the one that just refused."""
    tried = decision.tool if decision.sure else None
    names = [tool.name for tool in tools] if len(tools) <= SWEPT else [c.tool for c in decision.candidates]
    return [name for name in names if name != tried]


def settle_accepted(batch: Batch, row: int, runs: Accepted, left: Left) -> None:
    """Settle what parsers accepted where one did, or all gave the same text; else put it into `left`."""
    # Your own tools come before shared ones, which have no version here.
    runs = [(tool, run) for tool, run in runs if tool.version and run.returned] or runs
    tool, run = runs[0]
    good = [(other, found) for other, found in runs if found.returned]
    if len(runs) == 1 or not good:
        batch.settle_run(row, tool.way, tool, run, f"only the parser of {tool.name} accepted")
    elif len({text_or_none(found.value) for _, found in good}) == 1:
        names = ", ".join(other.name for other, _ in good)
        good.sort(key=lambda each: bool(each[1].branches))  # one that stands on tested branches alone speaks for all
        why = f"the parsers of {names} gave the same text" if len(good) > 1 else f"only {names} gave an answer"
        batch.settle_run(row, good[0][0].way, good[0][0], good[0][1], why)
    else:
        left.disagreed[row] = good


def confirmed_routes(batch: Batch, accepted: Mapping[int, Accepted]) -> list[ConfirmedRoute]:
    """Return a few decisions a tool in which its parser alone accepted what the router was not sure of."""
    count: defaultdict[str, int] = defaultdict(int)
    confirmed = []
    for row, runs in accepted.items():
        name = runs[0][0].name
        if len(runs) == 1 and runs[0][1].returned and count[name] < _LEARNED_A_BLOCK:
            count[name] += 1
            confirmed.append(ConfirmedRoute(tool=name, question=batch.questions[row], by="parser"))
    return confirmed
