"""Rows in groups by the tool whose parser is to try them: each tool has its turn once, not once a block.

A tool's worker takes milliseconds to start where it makes room for another's. So blocks of rows are put together, as
row numbers alone, until each tool has enough of them that its start is small beside them. What no tool was sure to be
for is counted too: the router learns from it, and should do so soon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.routing.router import Decision

MOST_AT_ONCE = 65_536
"""Rows that a tool is asked together, so that memory stays bounded."""
_WORTH_A_START = 1_024
"""Rows a tool, on average, from which on they wait for no further block."""
_MOST_ROWS = 1_048_576
"""Rows that wait, whatever tools they are for."""


class Turns:
    """The rows of some blocks, by the tool that is to try them; `unsure` are those that none is."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[Sequence[int], list[str]]]] = {}
        self._count = 0
        self.unsure: dict[int, Decision] = {}

    def add(self, tool: str, rows: Sequence[int], reasons: list[str]) -> None:
        """Put rows behind those that wait for `tool`; a reason each, of an answer by it."""
        self._waiting.setdefault(tool, []).append((rows, reasons))
        self._count += len(rows)

    def are_due(self, most_unsure: int) -> bool:
        """Whether waiting for more rows would gain little, or hold too much."""
        enough = min(_WORTH_A_START * len(self._waiting), _MOST_ROWS)
        return self._count >= enough or len(self.unsure) >= most_unsure

    def take(self) -> Iterator[tuple[str, Sequence[int], list[str]]]:
        """Yield each tool with its rows and their reasons, in pieces of at most `MOST_AT_ONCE`; none waits then."""
        waiting, self._waiting, self._count = self._waiting, {}, 0
        for tool, pieces in waiting.items():
            if len(pieces) == 1:
                rows, reasons = pieces[0]
            else:
                rows = [row for some, _ in pieces for row in some]
                reasons = [reason for _, some in pieces for reason in some]
            pieces.clear()
            for start in range(0, len(rows), MOST_AT_ONCE):
                yield tool, rows[start : start + MOST_AT_ONCE], reasons[start : start + MOST_AT_ONCE]
