"""How long a batch will still take, by how fast it went lately: parsers take no time, models take theirs."""

from __future__ import annotations

from collections import deque

_LATELY_S = 20.0
_LEAST_S = 1.0
"""Seconds that must be seen before anything is said."""
_CELLS = 12


class TimeLeft:
    """What was done when."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, done: int) -> None:
        """Note that so much was done at a time, in seconds of a clock of yours."""
        self._seen.append((now_s, done))
        while len(self._seen) > 2 and now_s - self._seen[1][0] > _LATELY_S:  # noqa: PLR2004  a first and a last
            self._seen.popleft()

    def words(self, now_s: float, total: int) -> str:
        """Return about how long it will still take, in words; "" where that cannot be said."""
        if not self._seen:
            return ""
        (began_s, before), (_, done) = self._seen[0], self._seen[-1]
        span_s = now_s - began_s
        if span_s < _LEAST_S or done <= before or done >= total:
            return ""
        return f"about {_rounded((total - done) * span_s / (done - before))} left"


def bar(done: int, total: int) -> str:
    """Return a bar of text that is as full as the batch is done."""
    full = _CELLS * done // max(1, total)
    return "━" * full + "─" * (_CELLS - full)


def _rounded(left_s: float) -> str:
    if left_s < 90:  # noqa: PLR2004  seconds
        return f"{max(1, round(left_s))} s" if left_s < 10 else f"{round(left_s / 5) * 5} s"  # noqa: PLR2004
    minutes = round(left_s / 60)
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"  # noqa: PLR2004
