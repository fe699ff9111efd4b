"""A few threads that wait for models, and that nobody waits for: an interrupt is over at once, and so is the process.

`concurrent.futures` joins its threads when Python ends, so a script that was interrupted would hang until the deadline
of every call under way. What is asked, and of whom, is left to `asking.py`.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DaemonThreads"]

Result = TypeVar("Result")


class DaemonThreads:
    """At most `most` threads, begun as work comes."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._begun = 0
        self._is_closed = False

    def submit(self, work: Callable[..., Result], *arguments: object) -> Future[Result]:
        """Have a thread do `work`; gives what will hold its result or what it raised."""
        future: Future[Result] = Future()
        self._waiting.put((future, work, arguments))
        if self._begun < self._most:
            self._begun += 1
            threading.Thread(target=self._run, daemon=True, name=f"{self._name}-{self._begun}").start()
        return future

    def close(self) -> None:
        """Let nothing more begin; what is under way is left to end by itself."""
        self._is_closed = True
        for _ in range(self._begun):
            self._waiting.put(None)

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            future, work, arguments = task
            if self._is_closed or not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work(*arguments))
            except BaseException as fault:  # noqa: BLE001  it is raised again where the result is taken
                future.set_exception(fault)
