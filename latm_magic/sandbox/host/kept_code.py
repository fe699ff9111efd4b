"""Compiled code of the tools, kept for their next workers: opaque bytes, by the source and the probes that they are of.

It is taken with a worker's answer to `load` alone. That answer stands before any guest code has run in the worker, and
a worker loads once: what a tool does to its worker later cannot reach what is kept. It goes only to fresh workers of
the very same source, and nothing here looks into it; `worker/sealed.py` does, behind the walls.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from latm_magic.sandbox.host.channel import WorkerLost

if TYPE_CHECKING:
    from latm_magic.sandbox.records import Check

_MOST_BYTES = 1 << 26
"""Of all that is kept together, with the sources; the longest unused goes first."""
_LARGEST_BYTES = 1 << 22
"""A worker sends no code larger than this."""


class Kept(NamedTuple):
    """One compiled tool."""

    check: Check
    code: bytes


class KeptCode:
    """Compiled tools of one policy. Safe from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, source: str, tested: int) -> Kept | None:
        """Return what is kept of `source` with these probes."""
        with self._lock:
            kept = self._kept.get((source, tested))
            if kept is not None:
                self._kept.move_to_end((source, tested))
            return kept

    def put(self, source: str, tested: int, kept: Kept) -> None:
        """Keep the code of a source that passed its check."""
        self.drop(source, tested)
        with self._lock:
            self._kept[source, tested] = kept
            self._size += _size(source, kept)
            while self._size > _MOST_BYTES:
                (oldest, _), left = self._kept.popitem(last=False)
                self._size -= _size(oldest, left)

    def drop(self, source: str, tested: int) -> None:
        """Forget one: a worker that was given it was lost."""
        with self._lock:
            kept = self._kept.pop((source, tested), None)
            if kept is not None:
                self._size -= _size(source, kept)


def read_loaded(content: Any) -> tuple[Any, bytes | None]:
    """Return what a worker says of the source it loaded (None: it took kept code) and its code; raises WorkerLost."""
    if type(content) is list and len(content) == 2:  # noqa: PLR2004 - the two that are returned
        check, code = content
        if code is None or (type(code) is bytes and len(code) <= _LARGEST_BYTES):
            return check, code
    raise WorkerLost("A worker sent what no worker sends.", reason="damaged")


def _size(source: str, kept: Kept) -> int:
    return len(source) + len(kept.code)
