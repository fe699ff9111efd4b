"""Finished rows on their way to the host: kept as columns, sent as one frame from time to time.

It does NOT run rows (`tool` does). What it sends is read by `host/replies.py`.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.wire.columns import CODE, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FLUSH_S = 0.01
"""Finished rows wait at most this long for the next ones, so that a killed worker loses little."""
FLUSH_CHARACTERS = 1 << 18


class Outgoing:
    """The rows of one request that are finished and not sent. Whoever runs rows appends to `seconds` and `values`."""

    def __init__(self, send: Callable[[bytes], None], ticket: str, counter: Any) -> None:
        self._send = send
        self._ticket = ticket
        self.counter = counter
        """Its first item counts the rows that began."""
        self.flush_at = 0.0
        self.size = 0
        """Characters of texts."""
        self.seconds = array("d")
        self.values: list[Any] = []
        self._codes = array(CODE)
        """For each row its entry in the table, from 1; shorter than the others while no later row has one."""
        self._table: dict[tuple[int, ...], int] = {}
        self._more: list[str] = []

    def add(self, ran: Iterable[int], more: str) -> None:
        """Take what the last row says beyond its value: the branches to be told, and JSON."""
        if ran:
            went, codes, table = tuple(ran), self._codes, self._table
            code = table.get(went)
            if code is None:
                code = table[went] = len(table) + 1
            missing = len(self.values) - 1 - len(codes)
            if missing:
                codes.frombytes(bytes(codes.itemsize * missing))
            codes.append(code)
        if more:
            self._more.append(f"[{len(self.values) - 1},{more}]")
            self.size += len(more)

    def flush(self, verb: str) -> None:
        """Send all as one frame."""
        codes, seconds, values = self._codes, self.seconds, self.values
        more = ""
        if codes or self._more:
            table = ",".join([str(list(ran)) for ran in self._table])
            more = f"[[{table}],[{','.join(self._more)}]]"
        if codes and len(codes) < len(values):
            codes.frombytes(bytes(codes.itemsize * (len(values) - len(codes))))
        self._send(pack([self._ticket, verb, seconds.tobytes(), values, codes.tobytes(), more]))
        # Emptied, not replaced: whoever runs rows holds on to them.
        del seconds[:], values[:], codes[:]
        self._table.clear()
        self._more.clear()
        self.size = 0
