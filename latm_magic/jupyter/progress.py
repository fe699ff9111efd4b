"""How far work has come while it runs: one updating line in a notebook, one line a step in a terminal.

Reads the events of `events.py`. A saved notebook, or one run by nbclient, keeps the last state.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from IPython.display import display

from latm_magic.answer import WAYS
from latm_magic.errors import MakingFailed
from latm_magic.events import CoverageRound, MakingStep, ModelAsked, Note, Progress
from latm_magic.jupyter.display.drafts import failure_view
from latm_magic.jupyter.display.page import Line, page
from latm_magic.jupyter.display.plain import count, price, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import DisplayHandle

    from latm_magic.events import Event, OnEvent
    from latm_magic.jupyter.display.page import Tone
    from latm_magic.provenance import ChangedRow

_STEPS = {
    "proposing": "the maker is writing",
    "repairing": "the maker is mending",
    "covering": "the maker is reading what was refused",
    "checking": "checking the code",
    "verifying": "verifying on the samples",
}
_QUICK_S = 0.5


@contextmanager
def progress(shell: InteractiveShell) -> Iterator[OnEvent]:
    """Show the events that the callable is given until the block ends, however it ends."""
    line = _UpdatingLine() if hasattr(shell, "kernel") else _PrintedLines()
    work = _Work(line)
    try:
        yield work.on_event
    except KeyboardInterrupt:
        work.end("interrupted", "care", "○")
        raise
    except BaseException as fault:
        work.end("stopped", "bad", "✗")
        if isinstance(fault, MakingFailed) and fault.attempts:
            display(failure_view(fault))
        raise
    work.end("done", "good", "✓")


class _UpdatingLine:
    """One display that is updated in place."""

    pause_s = 0.2
    """At least this many seconds between two updates of a batch."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None

    def show(self, line: Line) -> None:
        if self._handle is None:
            self._handle = display(page(line), display_id=True)
        else:
            self._handle.update(page(line))

    def keep(self, line: Line) -> None:
        """Show a line that stays; what is updated goes on below it."""
        display(page(line))
        self._handle = None


class _PrintedLines:
    """Lines of a terminal."""

    pause_s = 5.0
    """At least this many seconds between two updates of a batch."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, line: Line) -> None:
        if line.text() != self._last:
            self._last = line.text()
            print(self._last, flush=True)  # noqa: T201  this is the display

    keep = show


class _Work:
    """What is known of the work so far."""

    def __init__(self, line: _UpdatingLine | _PrintedLines) -> None:
        self._line = line
        self._started = time.monotonic()
        self._updated = -self._line.pause_s
        self._tool = ""
        self._step = ""
        self._ending = ""
        self._calls = 0
        self._tokens = 0
        self._cost_usd: float | None = 0.0

    def on_event(self, event: Event) -> None:
        """Show what an event changes."""
        if isinstance(event, MakingStep):
            self._on_step(event)
        elif isinstance(event, ModelAsked):
            self._calls += 1
            self._tokens += event.prompt_tokens + event.completion_tokens
            known = self._cost_usd is not None and event.cost_usd is not None
            self._cost_usd = (self._cost_usd or 0.0) + (event.cost_usd or 0.0) if known else None
        elif isinstance(event, Progress):
            self._on_progress(event)
        elif isinstance(event, CoverageRound):
            self._line.keep(Line(_round_line(event), "care" if event.changed else "quiet"))
        elif isinstance(event, Note):
            self._line.keep(Line(event.text, "care" if event.level == "warning" else "quiet"))

    def _on_step(self, event: MakingStep) -> None:
        self._tool = event.tool
        if event.step in {"made", "found", "failed"}:
            done = {"made": "made", "found": "found in the cache; no model was asked", "failed": "not made"}[event.step]
            self._ending = f"{event.tool}: {done}{', ' + event.detail if event.detail else ''}"
            return
        which = f" (proposal {event.attempt} of {event.max_attempts})" if event.max_attempts > 1 else ""
        self._show_step(f"{event.tool}: {_STEPS[event.step]}{which}")

    def _on_progress(self, event: Progress) -> None:
        """Show how far a batch is once it takes its time: what parsers answer is done before you could read it."""
        took = time.monotonic() - self._started
        if took >= _QUICK_S:
            ways = ", ".join(f"{number:,} {WAYS[way].total}" for way, number in event.ways)
            total = "" if event.total is None else f" of {event.total:,}"
            self._ending = f"{event.done:,}{total} done" + (f": {ways}" if ways else "")
            if took - self._updated >= self._line.pause_s:
                self._updated = took
                self._show_step(self._ending)

    def _show_step(self, step: str) -> None:
        self._step = step
        self._line.show(Line(" · ".join([step, *self._spent()]), "quiet", "…"))

    def end(self, how: str, tone: Tone, mark: str) -> None:
        """Show how it ended; nothing where nothing was shown."""
        if not (self._step or self._ending):
            return
        words = self._ending or f"{self._tool}: verified"
        if how != "done" and not self._ending.endswith("not made"):
            words = f"{self._step}, {how}"
        self._line.show(Line(" · ".join([words, *self._spent()]), tone, mark))

    def _spent(self) -> list[str]:
        took = [seconds(time.monotonic() - self._started)]
        if not self._calls:
            return took
        return [count(self._calls, "model call"), count(self._tokens, "token"), price(self._cost_usd), *took]


def _round_line(event: CoverageRound) -> str:
    """Say what a coverage round gained, and the first answers that it changed."""
    gained = f"{event.tool}: {event.after:,} of {event.rows:,} questions answered, {event.before:,} before"
    if not event.changed:
        return f"{gained}; no answer changed"
    first = "; ".join(f"{row.question[:60]!r}: {row.before[:40]!r} is {_now(row)}" for row in event.changed[:3])
    return f"{gained}; {count(len(event.changed), 'answer')} changed, which %latm check shows first: {first}"


def _now(row: ChangedRow) -> str:
    return "refused" if row.after is None else repr(row.after[:40])
