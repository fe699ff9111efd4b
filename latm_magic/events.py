"""What happens while latm_magic works, as records given to one `on_event` callable, on the calling thread.

The core tells and never prints; `jupyter/` draws these, a script may ignore them, a test reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Disputed", "Event", "Grown", "MakingStep", "ModelAsked", "Note", "OnEvent", "Progress", "ignore"]


@dataclass(frozen=True, slots=True)
class Event:
    """Root of all events."""


@dataclass(frozen=True, slots=True)
class MakingStep(Event):
    """The making of a tool came to a step."""

    tool: str
    step: Literal["found", "proposing", "checking", "verifying", "repairing", "made", "failed"]
    attempt: int = 1
    max_attempts: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ModelAsked(Event):
    """A model call ended."""

    role: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """US dollars; None = unknown price."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """A batch came forward."""

    done: int
    total: int | None
    """None while the length of a stream is unknown."""
    ways: tuple[tuple[str, int], ...] = ()
    """How many answers came which way so far."""


@dataclass(frozen=True, slots=True)
class Note(Event):
    """Something that you should know, in one line."""

    text: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class Disputed(Note):
    """A tool and the strong model gave different answers to the same question."""

    tool: str = ""
    version: int = 0
    question: str = ""
    tool_text: str = ""
    model_text: str = ""


@dataclass(frozen=True, slots=True)
class Grown(Event):
    """A tool has a next version that learned from what the one before refused or got wrong."""

    tool: str
    version: int
    before: float
    """0 to 1: the share of all known questions that the version before accepted."""
    after: float
    """The same of this version."""
    learned: int
    """How many refused or corrected questions it answers."""
    left: int
    """How many it still refuses."""


OnEvent = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Take an event and do nothing."""
