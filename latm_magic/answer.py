"""Answers: what the dispatcher gives back, one record an instance, held as columns until you look at one.

Nothing here decides anything; which way an answer came is decided in `using/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

__all__ = ["Answer", "Answers", "Way"]

Way = Literal["cache", "parser", "dispatcher", "user", "direct", "unknown", "failed"]
"""The dearest step that an answer took: "cache" (a model's answer, kept), "parser" (no model), "dispatcher" (a model
chose the tool, its parser accepted), "user" (a model supplied the arguments), "direct" (the strong model answered
without a tool), "unknown" (nothing fits), "failed" (something broke; `reason` says what)."""

_MOST_EXACT = 2**53
"""Up to here a float holds every whole number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one instance."""

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
        return self.way not in {"unknown", "failed"}


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
        """Gather single answers."""
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
        """Give the values as a numpy array: numbers as numbers (NaN where there is none), the rest as objects.

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
        """How many answers came which way."""
        return dict(Counter(self.ways))

    @property
    def cost_usd(self) -> float | None:
        """US dollars for all answers; None when a price is unknown."""
        costs = list(self.costs.values())
        return None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs)

    @property
    def summary(self) -> str:
        """The line of totals, for example "94 by parser, 5 by user model, 1 unknown; 0.0012 USD"."""
        words = {
            "parser": "by parser",
            "cache": "from the cache",
            "dispatcher": "by dispatcher model",
            "user": "by user model",
            "direct": "direct",
            "unknown": "unknown",
            "failed": "failed",
        }
        counts = self.counts()
        parts = [f"{counts[way]:,} {word}" for way, word in words.items() if way in counts]
        cost = "unknown price" if self.cost_usd is None else f"{self.cost_usd:.4f} USD" if self.cost_usd else "0 USD"
        return f"{', '.join(parts) or 'no instances'}; {cost}"

    def to_frame(self) -> Any:
        """Give a pandas DataFrame, one row an instance, with the index of the Series that was solved."""
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
        """Give the values as a pandas Series with the index of the Series that was solved."""
        import pandas as pd

        return pd.Series(self.__array__(), index=self.index, name="answer")
