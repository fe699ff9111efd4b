"""How far work has come while it runs: one line that changes, with a clock that ticks, and one that stays in the end.

Reads the events of `events.py`. Where the line goes is in `screen.py`. A saved notebook, or one run by nbclient, keeps
the last state.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING

from IPython.display import display

from latm_magic.errors import MakingFailed
from latm_magic.events import CoverageRound, LoopStep, MakingStep, ModelAsked, Note, Progress, Writing
from latm_magic.jupyter.display.page import Line
from latm_magic.jupyter.display.plain import count, one_line, price, seconds
from latm_magic.jupyter.screen import screen_of
from latm_magic.jupyter.time_left import TimeLeft, bar
from latm_magic.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.events import Event, OnEvent
    from latm_magic.jupyter.display.page import Tone
    from latm_magic.jupyter.screen import Screen
    from latm_magic.provenance import ChangedRow

_STEPS = {
    "proposing": "the maker is writing",
    "repairing": "the maker is mending",
    "covering": "the maker is reading what was refused",
    "checking": "checking the code",
    "verifying": "verifying on the samples",
}
_QUICK_S = 0.5
_TICK_S = 0.1
_TEXT_LINES = 2
_TEXT_COLUMNS = 100
_CALLS_SHOWN = 20
"""Of a tool loop that runs."""


@contextmanager
def progress(shell: InteractiveShell) -> Iterator[OnEvent]:
    """Show the events that the callable is given until the block ends, however it ends."""
    work = _Work(screen_of(shell))
    try:
        with work.ticking():
            yield work.on_event
    except KeyboardInterrupt:
        work.end("interrupted", "care", "○")
        raise
    except BaseException as fault:
        work.end("stopped", "bad", "✗")
        if isinstance(fault, MakingFailed) and fault.attempts:
            from latm_magic.jupyter.display.drafts import failure_view

            display(failure_view(fault))
        raise
    work.end("done", "good", "✓")


class _Work:
    """What is known of the work so far. The clock's thread shows it too, so each change is made under a lock."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._changing = threading.RLock()
        self._started = time.monotonic()
        self._shown_at = -screen.pause_s
        self._shown: tuple[Line, ...] = ()
        self._tool = ""
        self._step = ""
        self._ending = ""
        self._batch: Progress | None = None
        self._left = TimeLeft()
        self._text: Writing | None = None
        self._made: list[Line] = []
        self._is_unanswered = False
        self._calls = 0
        self._tokens = 0
        self._cost_usd: float | None = 0.0

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Let the clock tick until the block ends, also while this thread waits for a model."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(_TICK_S):
                self._tick()

        # In the context of the cell: an output that a kernel is sent from another thread goes to the cell named there.
        clock = threading.Thread(target=copy_context().run, args=(tick,), daemon=True, name="latm-clock")
        if self._screen.is_live:
            clock.start()
        try:
            yield
        finally:
            ended.set()
            if clock.ident is not None:
                clock.join()

    def on_event(self, event: Event) -> None:
        """Show what an event changes."""
        with self._changing:
            if isinstance(event, MakingStep):
                self._on_step(event)
            elif isinstance(event, Writing):
                self._text = event
            elif isinstance(event, ModelAsked):
                self._calls += 1
                self._tokens += event.prompt_tokens + event.completion_tokens
                known = self._cost_usd is not None and event.cost_usd is not None
                self._cost_usd = (self._cost_usd or 0.0) + (event.cost_usd or 0.0) if known else None
            elif isinstance(event, LoopStep):
                self._on_loop(event)
            elif isinstance(event, Progress):
                self._on_progress(event)
            elif isinstance(event, CoverageRound):
                self._keep(Line(_round_line(event), "care" if event.changed else "quiet"))
            elif isinstance(event, Note):
                self._keep(Line(event.text, "care" if event.level == "warning" else "quiet"))
            if self._screen.is_live and not isinstance(event, Note):
                self._show_in_time()

    def _on_step(self, event: MakingStep) -> None:
        self._tool, self._text = event.tool, None
        if event.step in {"made", "found", "failed"}:
            done = {"made": "made", "found": "found in the cache; no model was asked", "failed": "not made"}[event.step]
            self._ending = f"{event.tool}: {done}{', ' + event.detail if event.detail else ''}"
            return
        which = f" (proposal {event.attempt} of {event.max_attempts})" if event.max_attempts > 1 else ""
        self._step = f"{event.tool}: {_STEPS[event.step]}{which}"
        self._batch = None
        if not self._screen.is_live:
            self._show()

    def _on_loop(self, event: LoopStep) -> None:
        """Show a line of each call until the card has them; meanwhile say that the model thinks about the next."""
        self._text = None
        if event.ended is not None:
            self._is_unanswered = bool(event.ended)
            self._ending = "stopped" if event.ended else "answered"
            return
        self._step = f"asking with tools, round {event.round}"
        if event.step is not None:
            from latm_magic.jupyter.display.asking import step_line

            line = Line(step_line(event.step), "bad" if event.step.error else "quiet", is_code=True)
            if self._screen.has_room:
                self._made.append(line)
            else:
                self._keep(line)

    def _on_progress(self, event: Progress) -> None:
        """Note how far a batch is, and show it once it takes its time: what parsers answer is done before you read."""
        took = time.monotonic() - self._started
        self._batch = event
        self._left.add(took, event.done)
        if took >= _QUICK_S:
            ways = ", ".join(f"{number:,} {WAYS[way].total}" for way, number in event.ways)
            total = "" if event.total is None else f" of {event.total:,}"
            self._step = self._ending = f"{event.done:,}{total} done" + (f": {ways}" if ways else "")
            if not self._screen.is_live:
                self._show_in_time()

    def _tick(self) -> None:
        with self._changing:
            if not self._step and time.monotonic() - self._started >= _QUICK_S:
                self._step = "working"
            self._show_in_time()

    def _show_in_time(self) -> None:
        now = time.monotonic()
        if self._step and now - self._shown_at >= self._screen.pause_s:
            self._show()

    def _show(self) -> None:
        lines = (
            *self._made[-_CALLS_SHOWN:],
            Line(" · ".join([self._step, *self._far(), *self._length(), *self._spent()]), "quiet", "…"),
            *self._written(),
        )
        if lines != self._shown:
            self._shown, self._shown_at = lines, time.monotonic()
            self._screen.show(*lines)

    def _keep(self, *lines: Line) -> None:
        self._shown, self._shown_at = (), -self._screen.pause_s
        self._screen.keep(*lines)

    def end(self, how: str, tone: Tone, mark: str) -> None:
        """Show how it ended; nothing where nothing was shown."""
        if not (self._step or self._ending):
            return
        words = self._ending or (f"{self._tool}: verified" if self._tool else "done")
        if how != "done" and not self._ending.endswith("not made"):
            words = f"{self._step or words}, {how}"
        if how == "done" and self._is_unanswered:
            tone, mark = "care", "○"
        # The calls of a run that ended stand in its card; of one that was broken off, here alone.
        made = () if how == "done" else self._made[-_CALLS_SHOWN:]
        self._keep(*made, Line(" · ".join([words, *self._spent(exactly=True)]), tone, mark))

    def _far(self) -> list[str]:
        """Return a bar and the time that is left of a batch."""
        batch = self._batch
        if batch is None or batch.total is None:
            return []
        left = self._left.words(time.monotonic() - self._started, batch.total)
        return [bar(batch.done, batch.total), *([left] if left else [])]

    def _spent(self, *, exactly: bool = False) -> list[str]:
        took_s = time.monotonic() - self._started
        took = seconds(took_s) if exactly or took_s >= 60 or not self._screen.is_live else f"{int(took_s)} s"  # noqa: PLR2004
        if not self._calls:
            return [took]
        return [count(self._calls, "model call"), count(self._tokens, "token"), price(self._cost_usd), took]

    def _length(self) -> list[str]:
        return [] if self._text is None else [count(self._text.characters, "character")]

    def _written(self) -> list[Line]:
        """Return the last lines of what a model writes just now."""
        if self._text is None:
            return []
        lines = [line for line in self._text.text.splitlines() if line.strip()][-_TEXT_LINES:]
        return [Line(one_line(line, _TEXT_COLUMNS), "quiet", is_code=True) for line in lines]


def _round_line(event: CoverageRound) -> str:
    """Say what a coverage round gained, and the first answers that it changed."""
    gained = f"{event.tool}: {event.after:,} of {event.rows:,} questions answered, {event.before:,} before"
    if not event.changed:
        return f"{gained}; no answer changed"
    first = "; ".join(f"{row.question[:60]!r}: {row.before[:40]!r} is {_now(row)}" for row in event.changed[:3])
    return f"{gained}; {count(len(event.changed), 'answer')} changed, which %latm check shows first: {first}"


def _now(row: ChangedRow) -> str:
    return "refused" if row.after is None else repr(row.after[:40])
