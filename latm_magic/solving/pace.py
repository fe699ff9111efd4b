"""A rate limit in the middle of a batch: all its questions pause together, and then one is asked first.

The endpoint's own retries come before. Pauses are bounded, in all by what one call may take, until a reply comes.
"""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
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
_MOST_UNHEARD = 2
"""The same where none has come yet and the endpoint does not say how long: it may be closed for the day."""


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
        self._is_over = self._gave_up = self._has_answered = False
        self._planning, self._alone = threading.Lock(), threading.Lock()

    def end(self) -> None:
        """Let nothing be asked after a pause any more: nobody waits for it."""
        self._is_over = True

    def ask(self, model: Model, request: Request) -> Reply:
        """Ask once there is no pause, alone while the rate is limited; raises what the model raises."""
        met: ModelError | None = None
        while True:
            with self._alone if self._pauses else nullcontext():
                self._wait()
                if met is not None and (self._is_over or self._gave_up):
                    raise met
                asked_at = self._clock()
                try:
                    reply = model.complete(request)
                except ModelError as fault:
                    if fault.kind != "rate" or not self._plans_pause(fault, asked_at):
                        raise
                    met = fault
                else:
                    self._pauses, self._paused_s, self._gave_up, self._has_answered = 0, 0.0, False, True
                    return reply

    def _wait(self) -> None:
        seconds = self._resumes_at - self._clock()
        if seconds > 0 and not self._is_over:
            self._sleep(seconds)

    def _plans_pause(self, fault: ModelError, asked_at: float) -> bool:
        """Plan a pause after a rate limit, or join the one of another question; False where no more is waited."""
        with self._planning:
            if self._resumes_at > asked_at:
                return True
            rest_s = getattr(fault, "retry_after_s", None)
            seconds = rest_s or _FIRST_PAUSE_S * 2**self._pauses
            most = _MOST_PAUSES if rest_s or self._has_answered else _MOST_UNHEARD
            if self._pauses >= most or seconds > min(LONGEST_SILENT_WAIT_S, self._most_s - self._paused_s):
                self._gave_up = True
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
