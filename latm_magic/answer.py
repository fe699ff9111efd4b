"""Answers: what the dispatcher returns, one record an instance, held as columns until you look at one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, overload

from latm_magic.bill import in_words, total_usd
from latm_magic.errors import TaskError, did_you_mean
from latm_magic.reasons import explained, in_plain_words
from latm_magic.shown import Shown
from latm_magic.value_columns import are_alike, as_array, as_arrow_stream, as_pandas, chosen, cut, filled, picked
from latm_magic.ways import WAYS as WAYS  # noqa: PLC0414  others look for it here
from latm_magic.ways import Way as Way  # noqa: PLC0414
from latm_magic.ways import WayInfo as WayInfo  # noqa: PLC0414

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from latm_magic.bill import Bill
    from latm_magic.task import AnswerKind

DTYPES: Mapping[AnswerKind, str] = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}
"""The types of pandas' columns that hold answers of a kind beside missing ones."""

DRAFT = "draft: "
"""What the reason of an answer begins with that a draft gave."""

_OF_ALL = {"bill", "checked", "is_explained"}
"""What is known of a solve, and of none of its rows."""


@dataclass(frozen=True, slots=True)
class Answer(Shown):
    """The outcome of one instance."""

    question: str
    way: Way
    value: Any = None
    """The answer in the kind of the tool's examples (text, int, float, bool); None for unknown and failed, and where
    the answer is that there is none (`is_missing`)."""
    text: str | None = None
    tool: str | None = None
    version: int | None = None
    tokens: int = 0
    """Prompt and completion tokens spent on this instance."""
    cost_usd: float | None = 0.0
    """US dollars; None = unknown price."""
    ms: float = 0.0
    reason: str = ""
    """Why this way, in one line."""
    untested_lines: tuple[int, ...] = ()
    """The lines of the tool's source at whose branches its run was, and no right sample; as they were reached."""

    @property
    def untested(self) -> bool:
        """Whether the tool's run went through a branch that no right sample has run."""
        return bool(self.untested_lines)

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return WAYS[self.way].is_answer

    @property
    def is_missing(self) -> bool:
        """Whether the answer is that there is none: pandas' NA in a column."""
        return self.answered and self.text is None

    @property
    def by_draft(self) -> bool:
        """Whether a draft gave it, which did not pass its samples."""
        return self.reason.startswith(DRAFT)


@dataclass(slots=True, repr=False)
class Answers(Shown):
    """Answers in the order of their questions; an `Answer` is made when looked at. A sequence of those to you.

    To numpy, pandas, pyarrow and polars it is a column of the values, in this order: `df["answer"] = answers` goes by
    position, as with an array. `index` is the index of the pandas Series that the questions came from (None without
    one), and `to_series()` and `to_frame()` go by it. It is no `Sequence` by type: polars would read its records.
    """

    questions: Sequence[str]
    ways: list[Way]
    texts: list[str | None]
    values: list[Any]
    tools: list[str | None]
    versions: list[int | None]
    tokens: dict[int, int] = field(default_factory=dict)
    """Tokens by position, for the few that asked a model."""
    costs: dict[int, float | None] = field(default_factory=dict)
    times: Sequence[float] = ()
    """Milliseconds an instance."""
    whys: Sequence[str] = ()
    """Why each came its way, with the router's numbers; see `reasons`."""
    index: Any = None
    untested: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The positions of untested answers, in order -> the lines of the tool's source that no right sample has run."""
    na_dtype: str | None = None
    """The type of pandas' column that holds the answers where a missing one is an answer too ("Int64", "Float64",
    "boolean", "string"); None where it is not, or where tools of several kinds answered."""
    bill: Bill | None = None
    """What the solve that gave these spent in all, checks of answers included; None for some of its rows."""
    checked: str = ""
    """What answers that were checked say of all of a column, in words."""
    is_explained: bool = False
    """Whether reasons are given with the router's numbers."""

    @classmethod
    def of(cls, answers: Sequence[Answer], index: Any = None, na_dtype: str | None = None) -> Answers:
        """Return single answers as columns."""
        return cls(
            questions=[answer.question for answer in answers],
            ways=[answer.way for answer in answers],
            texts=[answer.text for answer in answers],
            values=[answer.value for answer in answers],
            tools=[answer.tool for answer in answers],
            versions=[answer.version for answer in answers],
            tokens={i: answer.tokens for i, answer in enumerate(answers) if answer.tokens},
            costs={i: answer.cost_usd for i, answer in enumerate(answers) if answer.cost_usd != 0.0},
            times=[answer.ms for answer in answers],
            whys=[answer.reason for answer in answers],
            index=index,
            untested={i: answer.untested_lines for i, answer in enumerate(answers) if answer.untested},
            na_dtype=na_dtype,
        )

    def __repr__(self) -> str:
        return f"<answers: {self.summary}>"

    def __len__(self) -> int:
        return len(self.ways)

    @overload
    def __getitem__(self, position: int) -> Answer: ...
    @overload
    def __getitem__(self, position: Any) -> Answers: ...
    def __getitem__(self, position: Any) -> Answer | Answers:
        """Return one answer, or those of a slice, a mask or a list of positions; their index, or else the positions."""
        if isinstance(position, slice):
            positions = range(len(self))[position]
            return self._some(lambda column: cut(column, position, positions))
        if hasattr(position, "__index__") and not isinstance(position, bool) and not hasattr(position, "__len__"):
            return self._at(range(len(self))[position])
        found = chosen(position, len(self), self.index)
        some = self._some(lambda column: picked(column, found))
        some.index = found if self.index is None else some.index
        return some

    def _some(self, part: Callable[[Any], Any]) -> Answers:
        return Answers(**{f.name: part(getattr(self, f.name)) for f in fields(Answers) if f.name not in _OF_ALL})

    def where(self, *, way: str | None = None, tool: str | None = None, untested: bool | None = None) -> Answers:
        """Return the answers of one way, of one tool, or those that are untested (or are not), with their index.

        Raises `TaskError` for a way that is none.
        """
        if way is not None and way not in WAYS:
            raise TaskError(f"{way!r} is no way of answering: {', '.join(WAYS)}.{did_you_mean(str(way), WAYS)}")
        alike = enumerate(zip(self.ways, self.tools, strict=True))
        rows = [row for row, found in alike if way in {None, found[0]} and tool in {None, found[1]}]
        return self[[row for row in rows if untested is None or (row in self.untested) is untested]]

    @property
    def failed(self) -> Answers:
        """The rows where something broke."""
        return self.where(way="failed")

    @property
    def unknown(self) -> Answers:
        """The rows that no tool fits."""
        return self.where(way="unknown")

    @property
    def unanswered(self) -> Answers:
        """The rows without an answer, whatever the way."""
        return self[[row for row, way in enumerate(self.ways) if not WAYS[way].is_answer]]

    @property
    def reasons(self) -> list[str]:
        """Why each came its way, in plain words; with the router's numbers where `is_explained`."""
        known = {why: (explained if self.is_explained else in_plain_words)(why) for why in set(self.whys)}
        return [known[why] for why in self.whys]

    def explained(self) -> Answers:
        """Return the same answers, to be shown and read with the reason of each and the router's numbers."""
        return replace(self, is_explained=True)

    def __iter__(self) -> Iterator[Answer]:
        rows, times, whys = range(len(self)), chain(self.times, repeat(0.0)), chain(self.reasons, repeat(""))
        columns = self.questions, self.ways, self.values, self.texts, self.tools, self.versions
        tokens, costs = map(self.tokens.get, rows, repeat(0)), map(self.costs.get, rows, repeat(0.0))
        return map(Answer, *columns, tokens, costs, times, whys, map(self.untested.get, rows, repeat(())))

    def _at(self, i: int) -> Answer:
        return Answer(
            question=self.questions[i],
            way=self.ways[i],
            value=self.values[i],
            text=self.texts[i],
            tool=self.tools[i],
            version=self.versions[i],
            tokens=self.tokens.get(i, 0),
            cost_usd=self.costs.get(i, 0.0),
            ms=self.times[i] if i < len(self.times) else 0.0,
            reason=self._reason(i),
            untested_lines=self.untested.get(i, ()),
        )

    def _reason(self, i: int) -> str:
        return (explained if self.is_explained else in_plain_words)(self.whys[i] if i < len(self.whys) else "")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return the values as a numpy array: numbers as numbers (NaN where there is none), the rest as objects.

        Whole numbers that a float cannot hold stay objects beside a missing one.
        """
        array = as_array(self.values)
        return array if dtype is None else array.astype(dtype)

    def __arrow_array__(self, type: Any = None) -> Any:  # noqa: A002  pyarrow's name
        """Return the values as a pyarrow array."""
        import pyarrow as pa

        return pa.array(self._alike(), type=type)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the values as an Arrow stream, which polars and others read; without pyarrow polars makes it."""
        return as_arrow_stream(self._alike(), requested_schema)

    def _alike(self) -> list[Any]:
        """Return the values as one kind, which an Arrow column has; where several tools gave several kinds, as text."""
        return self.values if are_alike(self.values) else list(self.texts)

    def to_list(self) -> list[Any]:
        """Return the values as a list, None where there is none."""
        return list(self.values)

    def counts(self) -> dict[Way, int]:
        """Return how many answers came which way."""
        return dict(Counter(self.ways))

    @property
    def cost_usd(self) -> float | None:
        """US dollars of the solve, checks of answers included, and of some of its rows theirs; None = unknown."""
        return total_usd(iter(self.costs.values())) if self.bill is None else self.bill.cost_usd

    @property
    def summary(self) -> str:
        """What came which way and was spent: "94 by parser, 1 unknown; 12 untested; 0.0012 USD for 3 model calls"."""
        counts = self.counts()
        parts = [f"{counts[way]:,} {info.total}" for way, info in WAYS.items() if way in counts]
        untested = f"{len(self.untested):,} untested; " if self.untested else ""
        return f"{', '.join(parts) or 'no instances'}; {untested}{self.bill or in_words(self.cost_usd)}"

    @property
    def totals(self) -> str:
        """The line of totals: rows, those without an answer, and the summary."""
        missing = sum(number for way, number in self.counts().items() if not WAYS[way].is_answer)
        rows = f"{len(self):,} row{'' if len(self) == 1 else 's'}" + (f", {missing:,} not answered" if missing else "")
        return f"{rows}: {self.summary}" if len(self) else self.summary

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row an instance, with the index of the Series that was solved.

        Where a missing answer is one too, the column "answer" has a type that knows NA (`na_dtype`).
        """
        import pandas as pd

        count = len(self)
        columns = {
            "question": list(self.questions),
            "answer": self._column(),
            "tool": self.tools,
            "version": pd.array(self.versions, dtype="Int64"),
            "way": self.ways,
            "untested": filled(dict.fromkeys(self.untested, True), count, fallback=False),
            "tokens": filled(self.tokens, count, 0),
            "cost_usd": filled(self.costs, count, 0.0),
            "ms": list(self.times),
            "reason": self.reasons,
        }
        return pd.DataFrame(columns, index=self.index)

    def to_series(self) -> Any:
        """Return the values as a pandas Series with the index of the Series that was solved.

        Where a missing answer is one too, it has a type that knows NA (`na_dtype`).
        """
        import pandas as pd

        return pd.Series(self.__array__() if self.na_dtype is None else self._column(), index=self.index, name="answer")

    def _column(self) -> Any:
        """Return the values as a column of `na_dtype`; as they are without one."""
        return self.values if self.na_dtype is None else as_pandas(self.values, self.na_dtype)
