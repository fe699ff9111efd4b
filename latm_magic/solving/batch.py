"""The questions of one call while they are being solved: columns with a row for each distinct question.

`read_column` takes them as people hold them: a string, a list, a Series of any table library, an iterator. A `Batch`
holds outcomes and decides nothing. An *instance* is a question as it was given; instances that are alike share a row.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

from latm_magic.answer import DRAFT, DTYPES, WAYS, Answers, Way
from latm_magic.comparison import answer_text
from latm_magic.solving.questions import as_question
from latm_magic.task import Instance, to_value
from latm_magic.tools.runner import has_no_answer, reason_of
from latm_magic.tools.user import Spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.cache.records import StoredAnswer
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion


class Batch:
    """Columns over the distinct questions; `row_of` leads from each instance to its row."""

    def __init__(self, questions: Iterable[Any]) -> None:
        """Take instances of any kind: one that is not text, or is empty, fails here with its reason."""
        self.questions: list[str] = []
        self.row_of: list[int] = []
        rows: dict[str, int] = {}
        faults: dict[int, str] = {}
        count = 0
        for instance in questions:
            text, fault = as_question(instance)
            row = rows.setdefault(text, count)
            if row == count:
                count += 1
                self.questions.append(text)
                if fault:
                    faults[row] = fault
            self.row_of.append(row)
        self.ways: list[Way | None] = [None] * count
        self.texts: list[str | None] = [None] * count
        self.values: list[Any] = [None] * count
        self.tools: list[ToolVersion | None] = [None] * count
        self.times = array("d", bytes(8 * count))
        self.spent: dict[int, Spent] = {}
        self.reasons = [""] * count
        self.untested: dict[int, tuple[int, ...]] = {}
        """The rows whose run went through branches that nothing right did before -> these, as they were reached."""
        self._marks: dict[tuple[str, int, tuple[int, ...]], tuple[tuple[int, ...], str]] = {}
        self._giving_none: dict[int, bool] = {}
        for row, fault in faults.items():
            self.fail(row, fault)

    @property
    def open(self) -> list[int]:
        """The rows without an outcome yet."""
        return [row for row, way in enumerate(self.ways) if way is None]

    @property
    def open_count(self) -> int:
        """How many rows have no outcome yet."""
        return self.ways.count(None)

    def settle(self, row: int, way: Way, tool: ToolVersion, text: str, *, seconds: float = 0.0, why: str = "") -> None:
        """Record an answer; one whose text is not of the tool's kind is a failure."""
        try:
            self.values[row] = to_value(text, tool.kind)
        except ValueError as fault:
            return self.fail(row, f"{tool.name} gave an answer of the wrong kind: {fault}", tool)
        self.ways[row], self.texts[row], self.tools[row] = way, text, tool
        self.times[row] += 1000.0 * seconds
        self.reasons[row] = why
        return None

    def settle_none(self, row: int, way: Way, tool: ToolVersion | None, *, seconds: float = 0.0, why: str = "") -> None:
        """Record that there is no answer, which is one."""
        self.ways[row], self.tools[row], self.reasons[row] = way, tool, why
        self.times[row] += 1000.0 * seconds

    def refuse(self, row: int, tool: ToolVersion | None, why: str) -> None:
        """Record that the question is to be refused; it waits for no tool."""
        self.ways[row], self.tools[row], self.reasons[row] = "unknown", tool, why

    def settle_stored(self, row: int, stored: StoredAnswer, tool: ToolVersion | None, why: str) -> None:
        """Record an answer that was kept."""
        if stored.expects == "refusal":
            self.refuse(row, tool, "you said that it is to be refused")
        elif stored.expects == "missing":
            self.settle_none(row, "cache", tool, why=why)
        elif tool is not None:
            self.settle(row, "cache", tool, stored.text, why=why)
        else:
            self.settle_direct(row, "cache", stored.text, why)

    def sample(self, row: int) -> Instance:
        """Return a question with the answer that it has."""
        way, text = self.ways[row], self.texts[row]
        is_none = text is None and way is not None and WAYS[way].is_answer
        return Instance(self.questions[row], text, "missing" if is_none else "answer")

    def settle_runs(self, rows: list[int], tool: ToolVersion, runs: Sequence[Run], reasons: list[str]) -> list[int]:
        """Record what a tool's parser made of many rows; return those that it refused."""
        refused = []
        is_text = tool.kind == "text"
        for row, run, reason in zip(rows, runs, reasons, strict=True):
            if is_text and run.outcome == "returned" and type(run.value) is str:
                self.ways[row], self.tools[row], self.reasons[row] = "parser", tool, reason
                self.texts[row] = self.values[row] = run.value
                self.times[row] += 1000.0 * run.seconds
                if run.branches:
                    self.mark(row, tool, run.branches)
            elif has_no_answer(run):
                refused.append(row)
            else:
                self.settle_run(row, "parser", tool, run, reason)
        return refused

    def settle_direct(self, row: int, way: Way, text: str, why: str) -> None:
        """Record what the strong model answered without a tool."""
        self.ways[row], self.texts[row], self.values[row], self.reasons[row] = way, text, text, why

    def settle_run(self, row: int, way: Way, tool: ToolVersion, run: Run, why: str = "") -> None:
        """Record what a run of the tool gave: an answer, or a failure with its reason."""
        if not run.returned:
            return self.fail(row, f"{tool.name}: {reason_of(run)}", tool)
        if run.value is None and self._may_give_none(tool):
            return self.settle_none(row, way, tool, seconds=run.seconds, why=why)
        try:
            text = answer_text(run.value, tool.verification.answer_form)
        except ValueError as fault:
            return self.fail(row, f"{tool.name}: {fault}", tool)
        self.settle(row, way, tool, text, seconds=run.seconds, why=why)
        return self.mark(row, tool, run.branches)

    def mark(self, row: int, tool: ToolVersion, ran: tuple[int, ...]) -> None:
        """Mark an answer whose run went through branches that nothing right did before."""
        key = (tool.name, tool.version, ran)
        if key not in self._marks:
            # Many rows run the same branches: they share what is said of them.
            untested = tool.verification.branches.untested(ran)
            self._marks[key] = untested, _why_untested(tool, untested) if untested else ""
        untested, why = self._marks[key]
        if untested and self.ways[row] != "failed":
            self.untested[row] = untested
            self.reasons[row] = f"{why}; {self.reasons[row]}" if self.reasons[row] else why

    def _untested_lines(self, row: int) -> tuple[int, ...]:
        tool = self.tools[row]
        return () if tool is None else tool.verification.branches.lines_of(self.untested.get(row, ()))

    def _may_give_none(self, tool: ToolVersion) -> bool:
        """Return whether None is an answer of this tool: looked at once, as a tool may have thousands of samples."""
        if id(tool) not in self._giving_none:
            self._giving_none[id(tool)] = "missing" in tool.task.expected
        return self._giving_none[id(tool)]

    def fail(self, row: int, reason: str, tool: ToolVersion | None = None) -> None:
        """Record a failure."""
        self.ways[row], self.reasons[row], self.tools[row] = "failed", reason, tool

    def reopen(self, row: int) -> None:
        """Take an outcome back; the time that it took stays."""
        self.ways[row] = self.texts[row] = self.values[row] = self.tools[row] = None
        self.reasons[row] = ""
        self.untested.pop(row, None)

    def withdraw(self, row: int) -> None:
        """Take an answer back, which leaves the row unknown; the reason and the tool stay."""
        self.ways[row], self.texts[row], self.values[row] = "unknown", None, None
        self.untested.pop(row, None)

    def leave_unknown(self, row: int, reason: str) -> None:
        """Record that no tool fits, or that none may answer."""
        self.ways[row], self.reasons[row] = "unknown", reason

    def leave_unasked(self, row: int, reason: str) -> None:
        """Record that only a model could say, and that none was asked."""
        self.ways[row], self.reasons[row] = "unasked", reason

    def repeat_unanswered(self, row: int, way: Way, reason: str) -> None:
        """Record what came of asking models about this question before: no answer."""
        self.ways[row], self.reasons[row] = way, reason

    def spend(self, row: int, spent: Spent) -> None:
        """Add what a model call for this question cost."""
        self.spent[row] = self.spent.get(row, Spent()) + spent

    def counts(self) -> tuple[tuple[Way, int], ...]:
        """How many rows came which way so far."""
        return tuple(Counter(way for way in self.ways if way is not None).items())

    def answers(self, index: Any = None) -> Answers:
        """Return one answer an instance, in order; a repeated instance shares its answer and costs nothing more."""
        rows = self.row_of
        first: dict[int, int] = {}
        for instance, row in enumerate(rows):
            first.setdefault(row, instance)
        return Answers(
            questions=[self.questions[row] for row in rows],
            ways=[self.ways[row] or "failed" for row in rows],
            texts=[self.texts[row] for row in rows],
            values=[self.values[row] for row in rows],
            tools=[tool.name if (tool := self.tools[row]) else None for row in rows],
            versions=[tool.version if (tool := self.tools[row]) else None for row in rows],
            tokens={first[row]: spent.tokens for row, spent in self.spent.items() if spent.tokens},
            costs={first[row]: spent.cost_usd for row, spent in self.spent.items() if spent.cost_usd != 0.0},
            times=array("d", (self.times[row] for row in rows)),
            reasons=self._marked_reasons(rows),
            untested=self._lines_by_instance() if self.untested else {},
            index=index,
            na_dtype=_dtype_of(self.tools),
        )

    def _marked_reasons(self, rows: Iterable[int]) -> list[str]:
        """Return the reasons of rows; one that a draft answered begins with that."""
        marks = {id(tool): DRAFT for tool in {id(t): t for t in self.tools if t}.values() if tool.is_draft}
        if not marks:
            return [self.reasons[row] for row in rows]
        return [marks.get(id(self.tools[row]), "") + self.reasons[row] for row in rows]

    def _lines_by_instance(self) -> dict[int, tuple[int, ...]]:
        lines = {row: self._untested_lines(row) for row in self.untested}
        return {instance: lines[row] for instance, row in enumerate(self.row_of) if row in lines}


def _why_untested(tool: ToolVersion, untested: Sequence[int]) -> str:
    lines = tool.verification.branches.lines_of(untested)
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return f"untested: it went through line {lines[0]}{more} of {tool.name}, which no verified sample has run"


def _dtype_of(tools: Iterable[ToolVersion | None]) -> str | None:
    """Return the type of a column that can hold what these tools give; None where none of them may give none."""
    used = {id(tool): tool for tool in tools if tool is not None}.values()
    kinds = {tool.kind for tool in used}
    return DTYPES[kinds.pop()] if len(kinds) == 1 and any("missing" in tool.task.expected for tool in used) else None
