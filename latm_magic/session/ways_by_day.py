"""How many answers came which way on each day: counted with every solve, and kept some minutes at a time.

Answers of parsers are not kept one by one, so this is all that is known of them later. A solve costs a count of its
ways, and one writing in five minutes; a killed kernel loses the counts since the last one.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.answer import Way
    from latm_magic.session.parts import Parts

_KIND = "ways of a day"
_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True)
class WayCount:
    """How many answers came one way."""

    way: str
    answers: int


@dataclass(frozen=True, slots=True)
class SomeWays:
    """A part of what was answered on a day."""

    counts: tuple[WayCount, ...]


class WaysByDay:
    """The counts of a project; any number of threads and kernels may add."""

    def __init__(
        self,
        parts: Parts,
        today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._today, self._clock = today, clock
        self._lock = threading.Lock()
        self._unwritten: dict[str, Counter[str]] = {}
        self._written_at = -_PAUSE_S
        mine = weakref.ref(self)
        atexit.register(lambda: _write_if_there(mine))

    def add(self, ways: Mapping[Way, int]) -> None:
        """Count the answers of a solve; writes where it is time, and fails for no disk."""
        with self._lock:
            self._unwritten.setdefault(self._today(), Counter()).update(ways)
            is_due = self._clock() - self._written_at >= _PAUSE_S
        if is_due:
            self.write()

    def write(self) -> None:
        """Keep what was counted since the last writing; it waits for the next one where it cannot be kept.

        Where nothing else is kept yet, no cache is made for it.
        """
        with self._lock, suppress(CacheError):
            self._written_at = self._clock()
            for day in list(self._unwritten) if self._parts.cache.exists else ():
                part = SomeWays(tuple(WayCount(way, number) for way, number in self._unwritten[day].items()))
                self._parts.cache.documents.keep(_KIND, day, part)
                del self._unwritten[day]

    def days(self) -> dict[str, Counter[str]]:
        """Return how many answers came which way, by day (ISO, UTC), oldest first."""
        self.write()
        documents = self._parts.cache.documents
        found: dict[str, Counter[str]] = {}
        for day in documents.names(_KIND):
            counts = found.setdefault(day, Counter())
            for part in documents.versions(_KIND, day, SomeWays):
                counts.update({each.way: each.answers for each in part.counts})
        return found


def _write_if_there(ways: weakref.ref[WaysByDay]) -> None:
    if (there := ways()) is not None:
        there.write()
