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
from latm_magic.sandbox.runs import Runs
from latm_magic.solving.questions import as_questions
from latm_magic.task import Instance, to_value
from latm_magic.tools.runner import has_no_answer, reason_of, unsure_of, why_untested
from latm_magic.tools.user import Spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from latm_magic.cache.records import StoredAnswer
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion

_MOST_MARKS = 1024


class Batch:
    """Columns over the distinct questions; `row_of` leads from each instance to its row."""

    def __init__(self, questions: Iterable[Any]) -> None:
        """Take instances of any kind: one that is not text, or is empty, fails here with its reason."""
        instances, faults = as_questions(questions if isinstance(questions, list) else list(questions))
        self.questions: list[str]
        self.row_of: Sequence[int]
        distinct = dict.fromkeys(instances)
        count = len(distinct)
        if count == len(instances):
            self.questions, self.row_of = instances, range(count)
        else:
            self.questions = list(distinct)
            rows = dict(zip(distinct, range(count), strict=True))
            self.row_of = list(map(rows.__getitem__, instances))
        self.ways: list[Way | None] = [None] * count
        self.texts: list[str | None] = [None] * count
        self.values: list[Any] = [None] * count
        self.tools: list[ToolVersion | None] = [None] * count
        self.times = array("d", bytes(8 * count))
        self.spent: dict[int, Spent] = {}
        self.reasons = [""] * count
        self.untested: dict[int, tuple[int, ...]] = {}
        self.unsure: set[int] = set()
        self._aside: dict[int, tuple[Way | None, str | None, Any, ToolVersion | None, str, tuple[int, ...]]] = {}
        """The rows whose run went through branches that nothing right did before -> these, as they were reached."""
        self._marks: dict[tuple[int, tuple[int, ...], str], tuple[tuple[int, ...], str]] = {}
        self._giving_none: dict[int, bool] = {}
        for position, fault in faults.items():
            self.fail(self.row_of[position], fault)

    @property
    def open(self) -> Sequence[int]:
        """The rows without an outcome yet."""
        count = self.open_count
        if count == len(self.ways):
            return range(count)
        return [row for row, way in enumerate(self.ways) if way is None] if count else []

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

    def settle_runs(self, rows: Sequence[int], tool: ToolVersion, runs: Sequence[Run], reasons: list[str]) -> list[int]:
        """Record what a tool's parser made of many open rows, in order; return those that it refused."""
        columns = Runs.of(runs)
        others: Sequence[int] = columns.without_text() if tool.kind == "text" else range(len(rows))
        if len(others) < len(rows):
            self._settle_texts(rows, tool, columns, reasons)
        refused = []
        for position in others:
            row, run = rows[position], columns[position]
            self.reopen(row)
            self.times[row] = 0.0
            if has_no_answer(run):
                refused.append(row)
            else:
                self.settle_run(row, tool.way, tool, run, reasons[position])
        return refused

    def _settle_texts(self, rows: Sequence[int], tool: ToolVersion, runs: Runs, reasons: list[str]) -> None:
        """Record columns of texts; whoever calls this puts right what is none."""
        first, count = rows[0], len(rows)
        times = array("d", [1000.0 * seconds for seconds in runs.seconds])
        if isinstance(rows, range) or rows == list(range(first, first + count)):
            place = slice(first, first + count)
            self.ways[place], self.tools[place], self.times[place] = [tool.way] * count, [tool] * count, times
            self.texts[place] = self.values[place] = runs.values
            self.reasons[place] = reasons
        else:
            for row, text, time, reason in zip(rows, runs.values, times, reasons, strict=True):
                self.ways[row], self.tools[row], self.times[row] = tool.way, tool, time
                self.texts[row] = self.values[row] = text
                self.reasons[row] = reason
        if runs.branches is not None:
            for row, ran in zip(rows, runs.branches, strict=True):
                if ran:
                    self.mark(row, tool, ran)

    def settle_direct(self, row: int, way: Way, text: str, why: str) -> None:
        """Record what the strong model answered without a tool."""
        self.ways[row], self.texts[row], self.values[row], self.reasons[row] = way, text, text, why

    def settle_run(self, row: int, way: Way, tool: ToolVersion, run: Run, why: str = "") -> None:
        """Record what a run of the tool gave: an answer, or a failure with its reason."""
        if why_unsure := unsure_of(tool, run):
            self.unsure.add(row)
            return self.refuse(row, tool, f"{tool.name}: {why_unsure}")
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
        key = (id(tool), ran, self.reasons[row])
        found = self._marks.get(key)
        if found is None:
            if len(self._marks) >= _MOST_MARKS:
                self._marks.clear()
            # Many rows run the same branches: they share what is said of them.
            untested = tool.verification.branches.untested(ran)
            why = why_untested(tool, untested) if untested else ""
            found = self._marks[key] = untested, f"{why}; {self.reasons[row]}" if self.reasons[row] else why
        untested, why = found
        if untested and self.ways[row] != "failed":
            self.untested[row] = untested
            self.reasons[row] = why

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

    def set_aside(self, row: int) -> None:
        """Open a row again that keeps its outcome unless a model is asked about it."""
        kept = self.ways[row], self.texts[row], self.values[row], self.tools[row], self.reasons[row]
        self._aside[row] = *kept, self.untested.get(row, ())
        self.reopen(row)

    def withdraw(self, row: int) -> None:
        """Take an answer back, which leaves the row unknown; the reason and the tool stay."""
        self.ways[row], self.texts[row], self.values[row] = "unknown", None, None
        self.untested.pop(row, None)

    def leave_unknown(self, row: int, reason: str) -> None:
        """Record that no tool fits, or that none may answer."""
        self.ways[row], self.reasons[row] = "unknown", reason

    def leave_unasked(self, row: int, reason: str) -> None:
        """Record that only a model could say, and that none was asked; what was set aside is the outcome again."""
        if row in self._aside:
            way, text, value, tool, why, self.untested[row] = self._aside[row]
            self.ways[row], self.texts[row], self.values[row], self.tools[row] = way, text, value, tool
            self.reasons[row] = why
            return
        self.ways[row], self.reasons[row] = "unasked", reason

    def repeat_unanswered(self, row: int, way: Way, reason: str) -> None:
        """Record what came of asking models about this question before: no answer."""
        self.ways[row], self.reasons[row] = way, reason

    def spend(self, row: int, spent: Spent) -> None:
        """Add what a model call for this question cost."""
        self.spent[row] = self.spent.get(row, Spent()) + spent

    def counts(self) -> tuple[tuple[Way, int], ...]:
        """How many rows came which way so far."""
        counts = Counter(self.ways)
        return tuple((way, number) for way, number in counts.items() if way is not None)

    def answers(self, index: Any = None) -> Answers:
        """Return one answer an instance, in order; a repeated instance shares its answer and costs nothing more.

        They take over this batch's columns where no question was repeated: nothing is to be recorded any more.
        """
        tools = dict(zip(map(id, self.tools), self.tools, strict=True))
        first: dict[int, int] = {}
        for instance, row in enumerate(self.row_of if self.spent else ()):
            first.setdefault(row, instance)
        if None in self.ways:
            self.ways = [way or "failed" for way in self.ways]
        return Answers(
            questions=self._spread(self.questions),
            ways=self._spread(self.ways),
            texts=self._spread(self.texts),
            values=self._spread(self.texts if self.values == self.texts else self.values),
            tools=self._spread(self._of_tool({key: tool and tool.name for key, tool in tools.items()})),
            versions=self._spread(self._of_tool({key: tool and tool.version for key, tool in tools.items()})),
            tokens={first[row]: spent.tokens for row, spent in self.spent.items() if spent.tokens},
            costs={first[row]: spent.cost_usd for row, spent in self.spent.items() if spent.cost_usd != 0.0},
            times=self.times if isinstance(self.row_of, range) else array("d", self._spread(self.times)),
            whys=self._spread(self._marked_reasons(tools)),
            untested=self._lines_by_instance() if self.untested else {},
            index=index,
            na_dtype=_dtype_of(tools.values()),
        )

    def _spread(self, column: Any) -> Any:
        """Return a column over the rows as one over the instances."""
        return column if isinstance(self.row_of, range) else list(map(column.__getitem__, self.row_of))

    def _of_tool(self, known: dict[int, Any]) -> list[Any]:
        """Return for each row what is known of its tool, by that tool's identity."""
        if len(known) == 1:
            return [*known.values()] * len(self.tools)
        return list(map(known.__getitem__, map(id, self.tools)))

    def _marked_reasons(self, tools: Mapping[int, ToolVersion | None]) -> list[str]:
        """Return the reasons of rows; one that a draft answered begins with that."""
        if not any(tool is not None and tool.is_draft for tool in tools.values()):
            return self.reasons
        marks = self._of_tool({key: DRAFT if tool and tool.is_draft else "" for key, tool in tools.items()})
        return [mark + reason for mark, reason in zip(marks, self.reasons, strict=True)]

    def _lines_by_instance(self) -> dict[int, tuple[int, ...]]:
        lines: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}
        for row, untested in self.untested.items():
            tool, key = self.tools[row], (id(self.tools[row]), untested)
            if key not in lines:
                lines[key] = () if tool is None else tool.verification.branches.lines_of(untested)
        found = self.untested
        order = sorted(found) if isinstance(self.row_of, range) else range(len(self.row_of))
        pairs = ((instance, self.row_of[instance]) for instance in order)
        return {instance: lines[id(self.tools[row]), found[row]] for instance, row in pairs if row in found}


def _dtype_of(tools: Iterable[ToolVersion | None]) -> str | None:
    """Return the type of a column that can hold what these tools give; None where none of them may give none."""
    used = [tool for tool in tools if tool is not None]
    kinds = {tool.kind for tool in used}
    return DTYPES[kinds.pop()] if len(kinds) == 1 and any("missing" in tool.task.expected for tool in used) else None
