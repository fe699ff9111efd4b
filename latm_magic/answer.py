"""Answers: what the dispatcher returns, one record an instance, held as columns until you look at one; and the ways.

Which way an answer comes is decided in `solving/`; what a way means to the rest of the package is in `WAYS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

Way = Literal["cache", "parser", "dispatcher", "user", "direct", "unknown", "failed"]
"""The most expensive step that an answer took: "cache" (a model's answer, kept), "parser" (no model), "dispatcher" (a
model chose the tool, its parser accepted), "user" (a model supplied the arguments), "direct" (the strong model answered
without a tool), "unknown" (no tool fits), "failed" (something broke; `reason` says what)."""


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
    "failed": WayInfo("failed", "failed", is_answer=False),
}
"""Every way, in the order of the line of totals. A new one is an entry here, its name in `Way`, and what settles it."""

DRAFT = "draft: "
"""What the reason of an answer begins with that a draft gave."""

_MOST_EXACT = 2**53
"""Up to here a float holds every whole number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one instance."""

    question: str
    way: Way
    value: Any = None
    """The answer in the kind of the tool's examples (text, int, float, bool); None for unknown and failed."""
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

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return WAYS[self.way].is_answer

    @property
    def by_draft(self) -> bool:
        """Whether a draft gave it, which did not pass its samples."""
        return self.reason.startswith(DRAFT)


@dataclass(slots=True, repr=False)
class Answers(Sequence[Answer]):
    """Answers in the order of their questions, array-like over the values; an `Answer` is made when looked at.

    `index` is the index of the Series that the questions came from (None without one).
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

    @classmethod
    def of(cls, answers: Sequence[Answer], index: Any = None) -> Answers:
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
        if isinstance(position, slice):
            index = None if self.index is None else self.index[position]
            return Answers.of([self._at(i) for i in range(*position.indices(len(self)))], index)
        return self._at(range(len(self))[position])

    def __iter__(self) -> Iterator[Answer]:
        return (self._at(i) for i in range(len(self)))

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
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return the values as a numpy array: numbers as numbers (NaN where there is none), the rest as objects.

        Whole numbers that a float cannot hold stay objects beside a missing one.
        """
        import numpy as np

        kinds = {type(value) for value in self.values}
        is_exact = all(type(value) is not int or abs(value) <= _MOST_EXACT for value in self.values)
        if is_exact and kinds and kinds <= {int, float, type(None)} and type(None) in kinds and len(kinds) > 1:
            array = np.array([np.nan if value is None else value for value in self.values], dtype=float)
        elif kinds in ({int}, {float}, {bool}) or (is_exact and kinds == {int, float}):
            array = np.array(self.values)
        else:
            array = np.empty(len(self.values), dtype=object)
            array[:] = self.values
        return array if dtype is None else array.astype(dtype)

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
        """The line of totals, for example "94 by parser, 5 by user model, 1 unknown; 0.0012 USD"."""
        counts = self.counts()
        parts = [f"{counts[way]:,} {info.total}" for way, info in WAYS.items() if way in counts]
        cost = "unknown price" if self.cost_usd is None else f"{self.cost_usd:.4f} USD" if self.cost_usd else "0 USD"
        return f"{', '.join(parts) or 'no instances'}; {cost}"

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row an instance, with the index of the Series that was solved."""
        import pandas as pd

        rows = range(len(self))
        columns = {
            "question": list(self.questions),
            "answer": self.values,
            "tool": self.tools,
            "version": self.versions,
            "way": self.ways,
            "tokens": [self.tokens.get(i, 0) for i in rows],
            "cost_usd": [self.costs.get(i, 0.0) for i in rows],
            "ms": list(self.times),
            "reason": list(self.reasons),
        }
        return pd.DataFrame(columns, index=self.index)

    def to_series(self) -> Any:
        """Return the values as a pandas Series with the index of the Series that was solved."""
        import pandas as pd

        return pd.Series(self.__array__(), index=self.index, name="answer")
