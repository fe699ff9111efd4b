"""Work of a session beside an event loop.

On one thread, one call after another, so that events and budget stay in order.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


class Beside:
    """A thread that is started when it is first needed."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    async def run(self, call: Callable[[], _Result]) -> _Result:
        """Return what a call returns, or raise what it raises, while the event loop goes on."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "latm-session")
        return await asyncio.wrap_future(self._threads.submit(copy_context().run, call))

    def close(self) -> None:
        """Wait for the call that runs, and leave out those that wait."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None
