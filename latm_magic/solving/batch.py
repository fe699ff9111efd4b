"""The questions of one call while they are being solved: columns with a row for each distinct question.

`read_column` takes them as people hold them: a string, a list, a Series of any table library, an iterator. A `Batch`
holds outcomes and decides nothing. An *instance* is a question as it was given; instances that are alike share a row.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from latm_magic.answer import DRAFT, Answers, Way
from latm_magic.comparison import answer_text
from latm_magic.errors import TaskError
from latm_magic.task import to_value
from latm_magic.tools.runner import has_no_answer, reason_of
from latm_magic.tools.user import Spent

if TYPE_CHECKING:
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion

MAX_QUESTION_CHARACTERS = 1_000_000


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
            text, fault = _as_question(instance)
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

    def settle_runs(self, rows: list[int], tool: ToolVersion, runs: list[Run], reasons: list[str]) -> list[int]:
        """Record what a tool's parser made of many rows; return those that it refused."""
        refused = []
        is_text = tool.kind == "text"
        for row, run, reason in zip(rows, runs, reasons, strict=True):
            if is_text and run.outcome == "returned" and type(run.value) is str:
                self.ways[row], self.tools[row], self.reasons[row] = "parser", tool, reason
                self.texts[row] = self.values[row] = run.value
                self.times[row] += 1000.0 * run.seconds
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
        try:
            text = answer_text(run.value, tool.verification.answer_form)
        except ValueError as fault:
            return self.fail(row, f"{tool.name}: {fault}", tool)
        return self.settle(row, way, tool, text, seconds=run.seconds, why=why)

    def fail(self, row: int, reason: str, tool: ToolVersion | None = None) -> None:
        """Record a failure."""
        self.ways[row], self.reasons[row], self.tools[row] = "failed", reason, tool

    def reopen(self, row: int) -> None:
        """Take an outcome back; the time that it took stays."""
        self.ways[row] = self.texts[row] = self.values[row] = self.tools[row] = None
        self.reasons[row] = ""

    def leave_unknown(self, row: int, reason: str) -> None:
        """Record that no tool fits."""
        self.ways[row], self.reasons[row] = "unknown", reason

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
            index=index,
        )

    def _marked_reasons(self, rows: Iterable[int]) -> list[str]:
        """Return the reasons of rows; one that a draft answered begins with that."""
        marks = {id(tool): DRAFT for tool in {id(t): t for t in self.tools if t}.values() if tool.is_draft}
        if not marks:
            return [self.reasons[row] for row in rows]
        return [marks.get(id(self.tools[row]), "") + self.reasons[row] for row in rows]


def read_column(questions: Any) -> tuple[Iterable[Any], Any]:
    """Return the instances in order, and the index of the Series that they came from (None without one).

    Raises `TaskError` for what is not a column.
    """
    if isinstance(questions, str):
        return [questions], None
    if hasattr(questions, "columns"):
        raise TaskError("A whole table was given: name the column with the questions, for example df['question'].")
    if hasattr(questions, "tolist"):
        index, instances = getattr(questions, "index", None), questions.tolist()
        # An array without dimensions is one instance.
        return instances if isinstance(instances, list) else [instances], None if callable(index) else index
    if hasattr(questions, "to_list"):
        return questions.to_list(), None
    if isinstance(questions, (Mapping, bytes)) or not isinstance(questions, Iterable):
        raise TaskError(
            f"Questions cannot be read from a {type(questions).__name__}: give a string, a list or a Series."
        )
    return list(questions), None


def _as_question(instance: Any) -> tuple[str, str]:
    """Return an instance's text and why it cannot be solved ("" when it can)."""
    if type(instance) is str and 0 < len(instance) <= MAX_QUESTION_CHARACTERS and not instance.isspace():
        return instance, ""
    if isinstance(instance, str):
        if not instance.strip():
            return instance, "the question is empty"
        if len(instance) > MAX_QUESTION_CHARACTERS:
            size = f"{len(instance):,} characters (at most {MAX_QUESTION_CHARACTERS:,})"
            return instance, f"the question has {size}"
        return str(instance), ""
    kind = "missing" if _is_missing(instance) else f"a {type(instance).__name__}, not text"
    return f"<{kind}: {type(instance).__name__}>", f"the question is {kind}"


def _is_missing(instance: Any) -> bool:
    """Return whether a column has nothing there: None, NaN, NaT, or pandas' NA, which is not even false."""
    try:
        return instance is None or bool(instance != instance)  # noqa: PLR0124
    except (TypeError, ValueError):  # NA; an array, which is something
        return not hasattr(instance, "__len__")
