"""Where progress is shown: a display of a notebook, a line of a terminal that is rewritten, or printed lines.

What is said is in `progress.py`. Whatever was shown and is not kept is gone in the end, from a saved notebook too.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Protocol

from IPython.display import display

from latm_magic.jupyter.display.page import page
from latm_magic.jupyter.display.plain import one_line, pad, width

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import DisplayHandle

    from latm_magic.jupyter.display.page import Line


class Screen(Protocol):
    """Somewhere to show lines that change."""

    pause_s: float
    """At least this many seconds between two showings."""
    is_live: bool
    """What is shown is replaced by what comes next, so a clock may tick there; otherwise it stays."""
    has_room: bool
    """Any number of lines can be shown, and replaced together."""

    def show(self, *lines: Line) -> None:
        """Show lines in place of those that were shown before."""

    def keep(self, *lines: Line) -> None:
        """Show lines that stay, in place of what was shown; what comes next goes below them."""


def screen_of(shell: InteractiveShell) -> Screen:
    """Return where a shell shows progress."""
    if hasattr(shell, "kernel"):
        return _Display()
    return _RewrittenLine() if sys.stdout.isatty() else _PrintedLines()


class _Display:
    """A display of a notebook, updated in place."""

    pause_s = 0.1
    is_live = True
    has_room = True

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None

    def show(self, *lines: Line) -> None:
        if self._handle is None:
            self._handle = display(page(*lines), display_id=True)
        else:
            self._handle.update(page(*lines))

    def keep(self, *lines: Line) -> None:
        self.show(*lines)
        self._handle = None


class _RewrittenLine:
    """The last line of a terminal, written anew in place."""

    pause_s = 0.1
    is_live = True
    has_room = False

    def __init__(self) -> None:
        self._wide = 0

    def show(self, *lines: Line) -> None:
        text = one_line("  ".join(line.text() for line in lines), shutil.get_terminal_size().columns - 1)
        self._write(text, end="")

    def keep(self, *lines: Line) -> None:
        for line in lines:
            self._write(line.text(), end="\n")
            self._wide = 0

    def _write(self, text: str, end: str) -> None:
        print("\r" + pad(text, self._wide), end=end, flush=True)  # noqa: T201  this is the display
        self._wide = width(text)


class _PrintedLines:
    """Lines one below the other, where none can be taken back."""

    pause_s = 5.0
    is_live = False
    has_room = False

    def __init__(self) -> None:
        self._last = ""

    def show(self, *lines: Line) -> None:
        if lines[0].text() != self._last:
            self._last = lines[0].text()
            print(self._last, flush=True)  # noqa: T201  this is the display

    def keep(self, *lines: Line) -> None:
        for line in lines:
            self.show(line)
