"""What a method is: it may make something of a task's labels, and it answers questions.

A method gets a `Bench`: the task, its split, and a session on a project of the cell's own. It sees no unseen answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from latm_magic.answer import Answer
    from latm_magic.evaluation.task_files import EvaluationTask, Split
    from latm_magic.session.session import Session


STOPS = frozenset({"budget", "not recorded", "key", "credit", "model", "settings"})
"""Kinds of `ModelError` after which no other question would fare better: they end a run, and what was done is kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method made of one question."""

    text: str | None
    """The answer; None = that there is none, or that it is not answered."""
    answered: bool
    way: str
    version: int | None = None
    untested: bool = False
    tokens: int = 0
    cost_usd: float | None = 0.0
    ms: float = 0.0

    @classmethod
    def of(cls, answer: Answer) -> Outcome:
        """Return what the answer of a session is."""
        return cls(
            answer.text,
            answer.answered,
            answer.way,
            answer.version,
            answer.untested,
            answer.tokens,
            answer.cost_usd,
            answer.ms,
        )


@dataclass(frozen=True, slots=True)
class Making:
    """What making came to; its cost is on the bill that the run keeps."""

    outcome: str
    """As in `lines.Made`."""
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a method works with."""

    task: EvaluationTask
    split: Split
    session: Session
    """On a project of this cell; a method may ask `session.model(role)`."""
    folder: Path
    """What a method leaves here is there again when an interrupted run goes on."""
    seed: int
    asks_user: bool
    """Whether a user model may be asked about what a tool refuses."""
    rounds: int = 2
    """Coverage rounds at most."""


class Method(Protocol):
    """A way of answering the questions of a task; made with a `Bench`."""

    def make(self) -> Making:
        """Make what is needed, once; raises `ModelError` where a model cannot be asked."""

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Answer questions, in order; raises `ModelError` where a model cannot be asked."""

    def grow(self) -> Making | None:
        """Learn between groups of questions; None = there is nothing to learn, or the method does not."""
        return None

    def uses_column(self) -> bool:
        """Whether the unlabelled column takes part in the making."""
        return False
