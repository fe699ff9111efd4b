"""What a router is: it learns which questions belong to which tool, and decides for new ones, without a model.

`Router` is what `ProjectRouter` needs of one; `lexical/` is the one in use. A router may be any classifier that fits
behind it: being sure of a tool means "let this tool's parser try", never "this is the answer", and not being sure
means "ask the dispatcher model", never "no tool fits".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from latm_magic.errors import LatmError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class NotReadable(LatmError):
    """A saved router cannot be used: it is damaged, of another version or of another kind of router."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool that a question may be for."""

    tool: str
    confidence: float
    """0 to 1."""
    grounds: object = ""
    """What the confidence rests on, as the router has it; `str` makes it plain text."""

    @property
    def explanation(self) -> str:
        """What the confidence rests on, in plain text; made only when it is read."""
        return str(self.grounds)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which tool a question is likely for."""

    tool: str | None
    """The likeliest tool; None when no tool has anything in common with the question."""
    confidence: float
    """0 to 1."""
    sure: bool
    """Whether the tool's parser should try without asking a model."""
    reason: str
    """One plain line: what speaks for the tool, and the runner-up."""
    candidates: tuple[Candidate, ...] = ()
    """The likeliest tools, best first; when sure, often just the tool and the runner-up."""


class Router(Protocol):
    """Learns which questions belong to which tool. Only one thread uses it at a time.

    No text makes it raise. Every question of a batch may go through it, so a decision should take microseconds.
    """

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools that it knows."""

    def __contains__(self, tool: object, /) -> bool:
        """Return whether it knows the tool."""

    def add(self, tool: str, questions: Sequence[str]) -> None:
        """Take a tool in with the questions that it owns, in place of what was known of it."""

    def learn(self, tool: str, question: str) -> bool:
        """Take in one more question that is confirmed to be the tool's; return whether anything changed by it."""

    def drop(self, tool: str) -> None:
        """Forget a tool, if it is known."""

    def decide(self, question: str, top: int = 5) -> Decision:
        """Return which tool a question is for, with at most `top` candidates."""

    def decide_many(self, questions: Iterable[str]) -> list[Decision]:
        """Return a decision for each question, in order."""

    def related(self, question: str) -> list[str]:
        """Return the names of all tools that have anything in common with a question, the likeliest first."""

    def save(self) -> bytes:
        """Return everything that was learned, for `load`."""

    def load(self, content: bytes) -> None:
        """Take in what `save` returned, in place of everything known; raises `NotReadable` and changes nothing then."""
