"""How many workers one run of rows gets: one lane in the calling thread, further ones where that pays.

It does NOT choose or send rows (`rows` and `lane` do) nor start workers (`pool` does).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from latm_magic.sandbox.host.lane import Lane
from latm_magic.sandbox.host.pool import cores

if TYPE_CHECKING:
    from latm_magic.sandbox.host.pool import Pool
    from latm_magic.sandbox.host.rows import Rows
    from latm_magic.sandbox.records import Run

_WORTH_A_WORKER_S = 0.05
"""A further worker is taken when each lane has at least this many seconds of work left."""


class Scheduler:
    """Runs `rows` on workers of `pool`."""

    def __init__(self, pool: Pool, rows: Rows) -> None:
        self._pool = pool
        self._rows = rows
        self._lock = Lock()
        self._lanes: list[Lane] = []

    def run(self) -> list[Run]:
        """Return the outcome of each row, in order."""
        lane = self._new_lane()
        try:
            lane.work()
        except BaseException:
            for other in self._lanes:
                other.stop()
            raise
        finally:
            for other in self._lanes:
                other.join()
        return self._rows.runs()

    def _new_lane(self) -> Lane:
        lane = Lane(self._pool, self._rows, self._chunk_done)
        self._lanes.append(lane)
        self._rows.lanes = len(self._lanes)
        return lane

    def _chunk_done(self, rows: int, seconds: float) -> None:
        """Note how long a chunk of `rows` rows took, and bring a further worker in where that pays."""
        self._rows.measured(rows, seconds)
        with self._lock:
            is_worth_it = self._rows.left_s > _WORTH_A_WORKER_S
            wants_lane = is_worth_it and len(self._lanes) < min(cores(), self._pool.per_source)
            lane = self._new_lane() if wants_lane else None
        if lane is not None:
            lane.start()
