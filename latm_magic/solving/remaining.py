"""The parsers that the router did not name, before a model is asked: one of them may accept all the same.

Tools whose questions differ in one word or number look alike to any router, and their parsers do not. A batch goes
through each tool once. What is open beyond a few questions, and will not be paid for, is sampled: a tool that accepts
nothing of the sample is not asked about the rest.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from latm_magic.solving.local import SWEPT, confirmed_routes, settle_accepted, swept
from latm_magic.solving.turns import MOST_AT_ONCE
from latm_magic.tools.runner import has_no_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from latm_magic.solving.batch import Batch
    from latm_magic.solving.context import SolvingContext
    from latm_magic.solving.local import Left
    from latm_magic.solving.open_questions import Accepted
    from latm_magic.tool import ToolVersion

MOST_ASKED = 128
"""Parsers that are asked about a question; with more tools, those of the tools that have most in common with it."""
_FEW = 1_000
"""Open questions about which all parsers are asked, and how many are sampled of more."""


class RemainingParsers:
    """Asks, for one batch, the parsers that are left; `on_tool` is called after each tool."""

    def __init__(
        self, context: SolvingContext, batch: Batch, tools: Sequence[ToolVersion], on_tool: Callable[[], None]
    ) -> None:
        self._context = context
        self._batch = batch
        self._tools = tools
        self._on_tool = on_tool
        self.cut: set[int] = set()
        """Rows that have something in common with more tools than were asked."""

    def ask(self, left: Left) -> None:
        """Settle what one of these parsers accepts; where several give different answers, that is put into `left`."""
        if len(self._tools) <= SWEPT:  # all were asked already
            return
        rows = self._unsettled(left.decisions, left)
        if not rows:
            return
        if len(rows) <= _FEW or self._context.economy.may_pay(len(rows)):
            self._ask(rows, self._tools, left)
            return
        sample = rows[:: -(-len(rows) // _FEW)]
        asked = set(sample)
        good = self._ask(sample, self._tools, left)
        self._ask([row for row in rows if row not in asked], [t for t in self._tools if t.name in good], left)
        if len(self._unsettled(rows, left)) < len(rows):
            self._again(rows, asked, left)

    def _again(self, rows: Sequence[int], asked: set[int], left: Left) -> None:
        """Ask all parsers about what was not sampled where so little is left now that models may be asked about it."""
        open_rows = self._unsettled(rows, left)
        if len(open_rows) <= _FEW or self._context.economy.may_pay(len(open_rows)):
            self._ask([row for row in open_rows if row not in asked], self._tools, left)

    def _unsettled(self, rows: Iterable[int], left: Left) -> list[int]:
        return [row for row in rows if self._batch.ways[row] is None and row not in left.disagreed]

    def _ask(self, rows: Sequence[int], tools: Sequence[ToolVersion], left: Left) -> set[str]:
        """Ask the parsers of `tools`; return the names of those that accepted something."""
        groups = self._by_tool(rows, left)
        accepted: defaultdict[int, Accepted] = defaultdict(list)
        for tool in tools:
            some = groups.get(tool.name, []) if tool.has_parser else []
            for start in range(0, len(some), MOST_AT_ONCE):
                self._ask_tool(tool, some[start : start + MOST_AT_ONCE], accepted)
                self._on_tool()
        for row, runs in accepted.items():
            settle_accepted(self._batch, row, runs, left)
        self._context.routing.learn(confirmed_routes(self._batch, accepted))
        return {tool.name for runs in accepted.values() for tool, _ in runs}

    def _ask_tool(self, tool: ToolVersion, rows: Sequence[int], accepted: defaultdict[int, Accepted]) -> None:
        runs = self._context.runner.solve_many(tool, [self._batch.questions[row] for row in rows])
        for row, run in zip(rows, runs, strict=True):
            if not has_no_answer(run):
                accepted[row].append((tool, run))

    def _by_tool(self, rows: Sequence[int], left: Left) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {tool.name: [] for tool in self._tools}
        for row in rows:
            decision = left.decisions[row]
            tried = {*swept(self._tools, decision), decision.tool if decision.sure else None}
            for name in self._likely(row):
                if name not in tried:
                    groups[name].append(row)
        return groups

    def _likely(self, row: int) -> Sequence[str]:
        if len(self._tools) <= MOST_ASKED:
            return [tool.name for tool in self._tools]
        names = self._context.routing.related(self._tools, self._batch.questions[row])
        if len(names) > MOST_ASKED:
            self.cut.add(row)
        return names[:MOST_ASKED]


def many_alike(questions: int) -> str:
    """Return in one line that not all parsers were asked about some questions, and what to do."""
    called = "1 question has" if questions == 1 else f"{questions:,} questions have"
    return (
        f"{called} something in common with more than {MOST_ASKED} tools, and the parsers of the nearest {MOST_ASKED}"
        " alone were asked: name the tool where you know it (%latm_solve --tool, session.solve(..., tool=...))."
    )
