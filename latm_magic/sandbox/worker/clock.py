"""The soft time limit inside a worker: guest code is interrupted by an exception, and the worker lives on.

It does NOT stop code that hangs inside C or that swallows the exception again and again; the host kills its worker.
Where the system has no interval timer (Windows) only the host's limit is left.
"""

from __future__ import annotations

import signal
from math import inf
from time import perf_counter
from typing import Any

_AGAIN_S = 0.05
"""Seconds until the exception is raised again in code that swallowed it."""

_LATE_S = 0.0002
"""A timer is set this much after the limit, so that it does not ring too early and then again."""


class TimeLimitReached(BaseException):
    """The time of a run is over."""


class Clock:
    """One timer for all runs of a worker. It is set anew only when it rings, so a run pays for one assignment."""

    def __init__(self) -> None:
        self.until = inf
        """When the run under way must end, on `perf_counter`; inf = no run is under way."""
        self.rings_at = inf
        """When the timer rings; a run that must end earlier calls `ring_by`."""

    def install(self) -> None:
        """Take SIGALRM for this clock."""
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._ring)

    def ring_by(self, until: float) -> None:
        """Have it ring by `until`: for a run that must end before the timer would ring."""
        self._set(until, max(until - perf_counter(), _LATE_S))

    def _set(self, rings_at: float, seconds: float) -> None:
        if hasattr(signal, "setitimer"):
            self.rings_at = rings_at
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def _ring(self, _number: int, _frame: Any) -> None:
        self.rings_at = inf
        until, now = self.until, perf_counter()
        if until == inf:
            return
        if until > now:
            self._set(until, until - now + _LATE_S)
            return
        self._set(now + _AGAIN_S, _AGAIN_S)
        raise TimeLimitReached
