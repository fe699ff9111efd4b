"""A rate limit in the middle of a batch: all its questions pause together, and the one that met it is asked again.

The endpoint's own retries come before. Pauses are bounded, in all by what one call may take, until a reply comes.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from latm_magic.errors import ModelError
from latm_magic.models.attempts import LONGEST_SILENT_WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.models.model import Model, Reply, Request

_FIRST_PAUSE_S = 2.0
"""Where the endpoint does not say how long; each further one is twice as long."""
_MOST_PAUSES = 3
"""From one reply to the next."""


class Pace:
    """The pauses of one batch; safe between threads."""

    def __init__(
        self,
        most_s: float,
        on_pause: Callable[[float], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the seconds that pauses may take in all, from one reply to the next."""
        self._most_s = most_s
        self._on_pause = on_pause
        self._sleep = sleep
        self._clock = clock
        self._pauses, self._paused_s, self._resumes_at = 0, 0.0, clock()
        self._is_over = False
        self._planning = threading.Lock()

    def end(self) -> None:
        """Let nothing be asked after a pause any more: nobody waits for it."""
        self._is_over = True

    def ask(self, model: Model, request: Request) -> Reply:
        """Ask once there is no pause; raises what the model raises."""
        while True:
            self._wait()
            asked_at = self._clock()
            try:
                reply = model.complete(request)
            except ModelError as fault:
                if fault.kind != "rate" or not self._plans_pause(fault, asked_at):
                    raise
                self._wait()
                if self._is_over:
                    raise
            else:
                self._pauses, self._paused_s = 0, 0.0
                return reply

    def _wait(self) -> None:
        if (seconds := self._resumes_at - self._clock()) > 0:
            self._sleep(seconds)

    def _plans_pause(self, fault: ModelError, asked_at: float) -> bool:
        """Plan a pause after a rate limit, or join the one of another question; False where no more is waited."""
        with self._planning:
            if self._resumes_at > asked_at:
                return True
            seconds = getattr(fault, "retry_after_s", None) or _FIRST_PAUSE_S * 2**self._pauses
            if self._pauses == _MOST_PAUSES or seconds > min(LONGEST_SILENT_WAIT_S, self._most_s - self._paused_s):
                return False
            self._pauses += 1
            self._paused_s += seconds
            self._resumes_at = self._clock() + seconds
        self._on_pause(seconds)
        return True


class PacedModel:
    """A model of a batch, at the batch's pace."""

    def __init__(self, inner: Model, pace: Pace) -> None:
        self._inner = inner
        self._pace = pace

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    def complete(self, request: Request) -> Reply:
        """Answer through the inner model, after the pauses that its rate limits need."""
        return self._pace.ask(self._inner, request)
