"""What a generated task is: how its facts are drawn, worded and answered.

The answer is computed from the facts and never sees the wording; a tool sees the wording alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from latm_magic.task import AnswerKind

EASIEST, HARDEST = 1, 3
"""The ends of the difficulty dial: longer lists, larger numbers, more cases."""

Facts = dict[str, Any]
"""Plain values that one question is about, by name."""


def as_text(**facts: Any) -> dict[str, str]:
    """Return each fact as `str` writes it."""
    return {name: str(value) for name, value in facts.items()}


@dataclass(frozen=True, slots=True)
class TaskType:
    """A class of problems that makes its own questions."""

    name: str
    """A name that a tool can have."""
    domain: str
    """One word, the name of its file."""
    description: str
    """What a maker works from: the rule, with its corner cases and the form of the answer."""
    wordings: tuple[str, ...]
    """Templates for `str.format`; their fields are what `texts` returns."""
    draw: Callable[[Random, int], Facts]
    """Draws the facts of one question, given its difficulty (1 to 3)."""
    answer: Callable[..., str]
    """Takes the facts as keywords and returns the one right answer."""
    texts: Callable[..., Mapping[str, str]] = as_text
    """Takes the facts as keywords and returns what the wordings' fields hold."""
    kind: AnswerKind = "text"

    def instance(self, chance: Random, difficulty: int, wording: int) -> tuple[str, str]:
        """Draw one question, in the wording of that number (from 0), with its answer."""
        facts = self.draw(chance, difficulty)
        return self.wordings[wording].format(**self.texts(**facts)), self.answer(**facts)
