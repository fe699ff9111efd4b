"""Many rows at once: columns of plain values in one frame, as msgpack. The usual way; what is not plain goes as JSON.

Questions go to a worker as one column of texts. Outcomes come back as columns too: seconds, values, and for the few
rows that say more (they failed, kept their arguments, gave a list) one JSON text. Plain values keep their exact types
and half characters. It trusts nothing that it unpacks as to size and depth; that the columns fit together, and which
types they hold, is checked by who reads them (`host/replies.py`).
"""

from __future__ import annotations

import threading
from typing import Any

import msgpack

from latm_magic.sandbox.wire.encode import WireError

PLAIN = frozenset({str, int, float, bool, type(None)})
"""The types that a column holds."""
CODE = "H"
"""Typecode of the column that says which entry of the table of branches a row has, from 1; 0 = none."""
MOST_ROWS = 1 << 15
"""Rows that one frame may hold: every one can have a branch entry of its own."""
_HALVES = "surrogatepass"
"""A text may hold half a character; it comes back as it went."""


class _Packing(threading.local):
    """A packer has a buffer of its own, which is worth keeping, and serves one thread."""

    def __init__(self) -> None:
        self.pack = msgpack.Packer(unicode_errors=_HALVES).pack


_here = _Packing()


def pack(columns: list[Any]) -> bytes:
    """Return what `unpack` is to give back: lists, bytes and plain values, whole numbers of 64 bits at most."""
    packed: bytes = _here.pack(columns)
    return packed


def are_packed(content: bytes) -> bool:
    """Whether a frame holds columns; JSON, which the others hold, begins with a bracket here."""
    return content[:1] != b"["


def unpack_trusted(content: bytes) -> Any:
    """Return what the host packed."""
    return msgpack.unpackb(content, unicode_errors=_HALVES)


def unpack(content: bytes, rows: int) -> Any:
    """Return what a worker packed of `rows` rows at most; raises WireError for more, and for what is never packed."""
    try:
        return msgpack.unpackb(
            content,
            unicode_errors=_HALVES,
            max_array_len=max(rows, _COLUMNS),
            max_bin_len=8 * rows,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise WireError(f"A message between sandbox and worker is damaged: {type(error).__name__}.") from None


_COLUMNS = 6
"""Ticket, verb, seconds, values, codes of branches, and what some rows say beyond that."""
