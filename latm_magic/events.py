"""What happens while latm_magic works, as records passed to one `on_event` callable, on the calling thread.

The core never prints: `jupyter/` shows these events, a script may ignore them, a test reads them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from latm_magic.answer import Answers, Way
    from latm_magic.provenance import ChangedRow
    from latm_magic.traces import Step as Call


Step = Literal["found", "proposing", "checking", "verifying", "repairing", "covering", "made", "failed"]


@dataclass(frozen=True, slots=True)
class Event:
    """Root of all events."""


@dataclass(frozen=True, slots=True)
class MakingStep(Event):
    """A step in the making of a tool began, or the making ended ("found", "made", "failed")."""

    tool: str
    step: Step
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
class Writing(Event):
    """A model that streams its reply has written more of it; told a few times a second while it writes."""

    role: str
    text: str
    """The end of what it wrote so far, in this reply."""
    characters: int
    """How many it wrote so far, in this reply."""


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How far a batch is."""

    done: int
    total: int | None
    """None while the length of a stream is unknown."""
    ways: tuple[tuple[Way, int], ...] = ()
    """How many answers came in each way so far."""


@dataclass(frozen=True, slots=True)
class Solved(Event):
    """Questions were answered; `answers.totals` is the line that says what came of them."""

    answers: Answers


@dataclass(frozen=True, slots=True)
class Note(Event):
    """A message for you, in one line."""

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
    """A tool has a next version, which learned from the questions that the one before refused or answered wrongly."""

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


@dataclass(frozen=True, slots=True)
class CoverageRound(Event):
    """A coverage round gave a tool a next version that answers more of its column."""

    tool: str
    round: int
    """From 1."""
    rows: int
    """The different questions of the column."""
    before: int
    """How many of them were accepted."""
    after: int
    changed: tuple[ChangedRow, ...] = ()
    """Rows that were answered before and get another answer now, or none."""


@dataclass(frozen=True, slots=True)
class LoopStep(Event):
    """The tool loop asks its model, or made a call that the model asked for."""

    round: int
    """From 1."""
    rounds: int
    """How many there may be."""
    step: Call | None = None
    """The call, and what came of it; None = the model is being asked."""
    ended: str | None = None
    """Which bound ended the run, or "" where there is an answer; None = it goes on."""


OnEvent = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Do nothing with an event."""


class EventRelay:
    """Passes events on to whoever listens, always on the thread that listens."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._thread = threading.get_ident()
        self._heard: deque[Event] = deque(maxlen=1000)

    @contextmanager
    def to(self, on_event: OnEvent | None) -> Iterator[None]:
        """Tell events to `on_event`, on this thread, meanwhile (None: to whoever listened before)."""
        before = self._on_event, self._thread
        self._on_event, self._thread = on_event or self._on_event, threading.get_ident()
        try:
            yield
        finally:
            self._on_event, self._thread = before

    def tell(self, event: Event) -> None:
        """Tell an event, after those that were heard on other threads meanwhile."""
        while self._heard:
            self._on_event(self._heard.popleft())
        self._on_event(event)

    def hear(self, event: Event) -> None:
        """Take an event from any thread; it is told now, or with the next one of the thread that listens.

        What a model writes on another thread is old by then, and not told.
        """
        if threading.get_ident() == self._thread:
            self.tell(event)
        elif not isinstance(event, Writing):
            self._heard.append(event)
