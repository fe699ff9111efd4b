"""Answers: what the dispatcher returns, one record an instance, held as columns until you look at one; and the ways.

Which way an answer comes is decided in `solving/`; what a way means to the rest of the package is in `WAYS`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, overload

from latm_magic.value_columns import are_alike, as_array, as_pandas, cut, filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from latm_magic.task import AnswerKind

Way = Literal["cache", "parser", "dispatcher", "user", "direct", "unknown", "unasked", "failed"]
"""The most expensive step that an answer took: "cache" (a model's answer, kept), "parser" (no model), "dispatcher" (a
model chose the tool, its parser accepted), "user" (a model supplied the arguments), "direct" (the strong model answered
without a tool), "unknown" (no tool fits), "unasked" (only a model could say, and none was asked), "failed" (something
broke; `reason` says what)."""


@dataclass(frozen=True, slots=True)
class WayInfo:
    """What the readers of answers need to know of a way."""

    total: str
    """The words behind a number of answers, for example "by user model"."""
    label: str
    """The words beside a single answer, for example "user model"."""
    is_answer: bool = True
    asks_model: bool = False
    """A model was asked, and may have been paid."""
    parser_accepted: bool = False
    """The tool's own parser accepted the question, so that nothing but an audit checks the answer."""
    needs_tool: bool = False
    """No tool fits the question, so it waits for one to be made."""


WAYS: Mapping[Way, WayInfo] = {
    "parser": WayInfo("by parser", "parser", parser_accepted=True),
    "cache": WayInfo("from the cache", "cache"),
    "dispatcher": WayInfo("by dispatcher model", "dispatcher model", asks_model=True, parser_accepted=True),
    "user": WayInfo("by user model", "user model", asks_model=True),
    "direct": WayInfo("direct", "direct", asks_model=True, needs_tool=True),
    "unknown": WayInfo("unknown", "unknown", is_answer=False, needs_tool=True),
    "unasked": WayInfo("not asked", "not asked", is_answer=False),
    "failed": WayInfo("failed", "failed", is_answer=False),
}
"""Every way, in the order of the line of totals. A new one is an entry here, its name in `Way`, and what settles it."""

DTYPES: Mapping[AnswerKind, str] = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}
"""The types of pandas' columns that hold answers of a kind beside missing ones."""

DRAFT = "draft: "
"""What the reason of an answer begins with that a draft gave."""


@dataclass(frozen=True, slots=True)
class Answer:
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
class Answers:
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
    reasons: Sequence[str] = ()
    index: Any = None
    untested: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The positions of untested answers, in order -> the lines of the tool's source that no right sample has run."""
    na_dtype: str | None = None
    """The type of pandas' column that holds the answers where a missing one is an answer too ("Int64", "Float64",
    "boolean", "string"); None where it is not, or where tools of several kinds answered."""

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
            reasons=[answer.reason for answer in answers],
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
    def __getitem__(self, position: slice) -> Answers: ...
    def __getitem__(self, position: int | slice) -> Answer | Answers:
        if not isinstance(position, slice):
            return self._at(range(len(self))[position])
        positions = range(len(self))[position]
        columns = {each.name: getattr(self, each.name) for each in fields(Answers)}
        return Answers(**{name: cut(column, position, positions) for name, column in columns.items()})

    def __iter__(self) -> Iterator[Answer]:
        return map(self._at, range(len(self)))

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
            reason=self.reasons[i] if i < len(self.reasons) else "",
            untested_lines=self.untested.get(i, ()),
        )

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
        try:
            import pyarrow as pa
        except ImportError:
            import polars as pl

            return pl.Series(self._alike()).__arrow_c_stream__(requested_schema)
        values = self.__arrow_array__()
        column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
        return column.__arrow_c_stream__(requested_schema)

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
        """US dollars for all answers; None when a price is unknown."""
        costs = list(self.costs.values())
        return None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs)

    @property
    def summary(self) -> str:
        """The line of totals, for example "94 by parser, 5 by user model, 1 unknown; 12 untested; 0.0012 USD"."""
        counts = self.counts()
        parts = [f"{counts[way]:,} {info.total}" for way, info in WAYS.items() if way in counts]
        cost = "unknown price" if self.cost_usd is None else f"{self.cost_usd:.4f} USD" if self.cost_usd else "0 USD"
        untested = f"{len(self.untested):,} untested; " if self.untested else ""
        return f"{', '.join(parts) or 'no instances'}; {untested}{cost}"

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
            "version": self.versions,
            "way": self.ways,
            "untested": filled(dict.fromkeys(self.untested, True), count, fallback=False),
            "tokens": filled(self.tokens, count, 0),
            "cost_usd": filled(self.costs, count, 0.0),
            "ms": list(self.times),
            "reason": list(self.reasons),
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
