"""The instances of one call while they are being solved: columns, each question once, and which are still open.

Holds results and decides nothing.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

from latm_magic.answer import Answers, Way
from latm_magic.comparison import answer_text
from latm_magic.task import to_value
from latm_magic.tools.runs import has_no_answer, reason_of
from latm_magic.tools.user import Spent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion

__all__ = ["Board"]

MAX_QUESTION_CHARACTERS = 1_000_000


class Board:
    """Columns over the different questions of a batch; `rows` leads from each instance to its question."""

    def __init__(self, questions: Iterable[Any]) -> None:
        """Take instances of any kind: what is no text, or empty, fails here with its reason."""
        self.questions: list[str] = []
        self.rows: list[int] = []
        self._places: dict[str, int] = {}
        faults: dict[int, str] = {}
        count = 0
        for instance in questions:
            text, fault = _as_question(instance)
            place = self._places.setdefault(text, count)
            if place == count:
                count += 1
                self.questions.append(text)
                if fault:
                    faults[place] = fault
            self.rows.append(place)
        self.ways: list[Way | None] = [None] * count
        self.texts: list[str | None] = [None] * count
        self.values: list[Any] = [None] * count
        self.tools: list[ToolVersion | None] = [None] * count
        self.times = array("d", bytes(8 * count))
        self.spent: dict[int, Spent] = {}
        self.reasons = [""] * count
        for place, fault in faults.items():
            self.fail(place, fault)

    @property
    def open(self) -> list[int]:
        """Places of the questions without an outcome yet."""
        return [place for place, way in enumerate(self.ways) if way is None]

    @property
    def open_count(self) -> int:
        """How many questions have no outcome yet."""
        return self.ways.count(None)

    def settle(
        self, place: int, way: Way, tool: ToolVersion, text: str, *, seconds: float = 0.0, why: str = ""
    ) -> None:
        """Put down an answer; one whose text is not of the tool's kind is a failure."""
        try:
            self.values[place] = to_value(text, tool.kind)
        except ValueError as fault:
            return self.fail(place, f"{tool.name} gave an answer of the wrong kind: {fault}", tool)
        self.ways[place], self.texts[place], self.tools[place] = way, text, tool
        self.times[place] += 1000.0 * seconds
        self.reasons[place] = why
        return None

    def settle_runs(self, places: list[int], tool: ToolVersion, runs: list[Run], reasons: list[str]) -> list[int]:
        """Put down what a tool's parser made of many questions; gives the places that it refused."""
        refused = []
        is_text = tool.kind == "text"
        for place, run, reason in zip(places, runs, reasons, strict=True):
            if is_text and run.outcome == "returned" and type(run.value) is str:
                self.ways[place], self.tools[place], self.reasons[place] = "parser", tool, reason
                self.texts[place] = self.values[place] = run.value
                self.times[place] += 1000.0 * run.seconds
            elif has_no_answer(run):
                refused.append(place)
            else:
                self.settle_run(place, "parser", tool, run, reason)
        return refused

    def settle_direct(self, place: int, way: Way, text: str, why: str) -> None:
        """Put down what the strong model answered without a tool."""
        self.ways[place], self.texts[place], self.values[place], self.reasons[place] = way, text, text, why

    def settle_run(self, place: int, way: Way, tool: ToolVersion, run: Run, why: str = "") -> None:
        """Put down what a run of the tool gave: an answer, or a failure with its reason."""
        if not run.returned:
            return self.fail(place, f"{tool.name}: {reason_of(run)}", tool)
        try:
            text = answer_text(run.value, tool.verification.answer_form)
        except ValueError as fault:
            return self.fail(place, f"{tool.name}: {fault}", tool)
        return self.settle(place, way, tool, text, seconds=run.seconds, why=why)

    def fail(self, place: int, reason: str, tool: ToolVersion | None = None) -> None:
        """Put down a failure."""
        self.ways[place], self.reasons[place], self.tools[place] = "failed", reason, tool

    def reopen(self, place: int) -> None:
        """Take an outcome back; the time that it took stays."""
        self.ways[place] = self.texts[place] = self.values[place] = self.tools[place] = None
        self.reasons[place] = ""

    def leave_unknown(self, place: int, reason: str) -> None:
        """Put down that no tool fits."""
        self.ways[place], self.reasons[place] = "unknown", reason

    def spend(self, place: int, spent: Spent) -> None:
        """Add what a model call for this question cost."""
        self.spent[place] = self.spent.get(place, Spent()) + spent

    def counts(self) -> tuple[tuple[Way, int], ...]:
        """How many questions came which way so far."""
        return tuple(Counter(way for way in self.ways if way is not None).items())

    def answers(self, index: Any = None) -> Answers:
        """Give the answers, one an instance, in order; a repeated instance shares its answer and costs nothing more."""
        rows, first = self.rows, _first_rows(self.rows)
        return Answers(
            questions=[self.questions[p] for p in rows],
            ways=[self.ways[p] or "failed" for p in rows],
            texts=[self.texts[p] for p in rows],
            values=[self.values[p] for p in rows],
            tools=[tool.name if (tool := self.tools[p]) else None for p in rows],
            versions=[tool.version if (tool := self.tools[p]) else None for p in rows],
            tokens={first[p]: spent.tokens for p, spent in self.spent.items() if spent.tokens},
            costs={first[p]: spent.cost_usd for p, spent in self.spent.items() if spent.cost_usd != 0.0},
            times=array("d", (self.times[p] for p in rows)),
            reasons=[self.reasons[p] for p in rows],
            index=index,
        )


def _first_rows(rows: list[int]) -> dict[int, int]:
    first: dict[int, int] = {}
    for row, place in enumerate(rows):
        first.setdefault(place, row)
    return first


def _as_question(instance: Any) -> tuple[str, str]:
    """Give an instance's text and why it cannot be solved ("" when it can)."""
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
    """Say whether a column has nothing there: None, NaN, NaT, or pandas' NA, which is not even false."""
    try:
        return instance is None or bool(instance != instance)  # noqa: PLR0124
    except (TypeError, ValueError):  # NA; an array, which is something
        return not hasattr(instance, "__len__")
