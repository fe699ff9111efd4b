"""Address space of a worker, never touched, that is freed when guest code has taken all the rest.

Reporting that takes some itself.
"""

from __future__ import annotations

from mmap import mmap

_RESERVE_BYTES = 1 << 21


def reserve() -> mmap:
    """Return a piece of address space; `close()` frees it."""
    # Not bytes: those would be filled with zeros, which takes the memory itself.
    return mmap(-1, _RESERVE_BYTES)
