"""One deadline over a whole piece of waiting, whatever it waits for: name look-up, retries, a body that comes slowly.

Knows nothing of HTTP. The work runs on a daemon thread of its own, so that its caller is free in time, and at once when
the kernel is interrupted. It does NOT stop the thread: the work looks at the `Deadline`, and says what to cut.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")
_LONGEST_WAIT_S = 0.2
"""Seconds that one wait lasts at most: a wait without end cannot be interrupted on Windows."""


class DeadlinePassed(Exception):
    """The work was not done in time."""


class GivenUp(BaseException):
    """Raised by work that nobody waits for. No `Exception`: a library would take it for a failure, and try again."""


class Deadline:
    """A point in time on the monotonic clock, which the caller can bring forward to now by abandoning the work."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._abandoned = threading.Event()
        self._cut: Callable[[], None] | None = None
        self._cutting = threading.Lock()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, 0 when it has passed or the work was abandoned."""
        return 0.0 if self._abandoned.is_set() else max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the work any more."""
        return self.left_s <= 0

    @property
    def has_passed(self) -> bool:
        """Whether the time is up, whether or not the work was abandoned before."""
        return time.monotonic() >= self._end

    def check(self) -> None:
        """Raise `GivenUp` where nobody waits for the work any more."""
        if self.is_over:
            raise GivenUp

    def abandon(self) -> None:
        """Let the work see that nobody waits for it, and cut what it waits for."""
        self._abandoned.set()
        with self._cutting:
            if self._cut is not None:
                self._cut()

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """Have `cut` called where the work is abandoned inside the block: it ends a wait that looks at no deadline."""
        with self._cutting:
            self._cut = cut
        try:
            self.check()
            yield
        finally:
            with self._cutting:
                self._cut = None


def run_until(deadline: Deadline, work: Callable[[Callable[[Callable[[], None]], None]], Result]) -> Result:
    """Run `work(tell)` on a thread of its own; return what it returns, or raise what it raises.

    `tell(action)` runs `action` on the calling thread while that waits. Raises `DeadlinePassed` when the deadline comes
    first; the thread is then left to end by itself, as it is when waiting is interrupted.
    """
    news: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work(news.put))
        except BaseException as error:  # noqa: BLE001 - it is raised again, on the thread that waits
            errors.append(error)
        news.put(None)

    threading.Thread(target=copy_context().run, args=(run,), daemon=True, name="latm-model").start()
    try:
        while (action := _next(news, deadline)) is not None:
            action()
    except BaseException:
        deadline.abandon()
        raise
    if errors:
        raise errors[0]
    return results[0]


def _next(news: SimpleQueue[Callable[[], None] | None], deadline: Deadline) -> Callable[[], None] | None:
    while True:
        try:
            return news.get(timeout=min(_LONGEST_WAIT_S, max(deadline.left_s, 0.001)))
        except Empty:
            if deadline.is_over:
                raise DeadlinePassed from None
