"""What came of a run of the tool loop, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from latm_magic.shown import Shown

if TYPE_CHECKING:
    from latm_magic.traces import Step, Trace


@dataclass(frozen=True)
class Asked(Shown):
    """The answer of a run, and how it came."""

    trace: Trace
    """The run: inputs, steps, and the answer as plain data."""
    value: Any = None
    """The answer: text, or what the schema makes of it; None where there is none."""
    text: str = ""
    """What the model wrote last."""
    seconds: float = 0.0
    is_kept: bool = False
    """Whether the trace is in the cache."""

    way: ClassVar[Literal["ask"]] = "ask"

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return self.trace.answer_by is not None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The calls, in order."""
        return self.trace.steps

    @property
    def tokens(self) -> int:
        """Of all its model calls."""
        return self.trace.tokens

    @property
    def cost_usd(self) -> float | None:
        """US dollars of its model calls; None = unknown."""
        return self.trace.cost_usd

    @property
    def stopped(self) -> str:
        """Which bound ended it, or why there is no answer, in one line; "" where it ended by itself."""
        return self.trace.stopped
