"""How many workers one run of rows gets: one lane in the calling thread, further ones where that pays.

It does NOT choose or send rows (`rows` and `lane` do) nor start workers (`pool` does).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.lane import Lane
from latm_magic.sandbox.host.rows import stopped
from latm_magic.sandbox.host.startup import cores
from latm_magic.sandbox.wire.encode import clean

if TYPE_CHECKING:
    from latm_magic.sandbox.host.pool import Pool
    from latm_magic.sandbox.host.rows import Rows
    from latm_magic.sandbox.runs import Runs

_WORTH_A_WORKER_S = 0.05
"""A further worker is taken when each lane has at least this many seconds of work left."""


class Scheduler:
    """Runs `rows` on workers of `pool`."""

    def __init__(self, pool: Pool, rows: Rows) -> None:
        self._pool = pool
        self._rows = rows
        self._lock = Lock()
        self._lanes: list[Lane] = []

    def run(self) -> Runs:
        """Return the outcome of each row, in order; raises SandboxError where no worker starts for the first."""
        lane = self._new_lane()
        try:
            lane.work()
            self._join()
            lane.work()  # what lanes gave back that could not go on
        except SandboxError as fault:
            self._join()
            if not self._rows.have_begun:
                raise
            # Nothing can be started any more, and what is done stays.
            self._rows.put_for_all(stopped("crashed", "SandboxError", clean(str(fault)), from_outside=True))
        except BaseException:
            for other in self._lanes:
                other.stop()
            raise
        finally:
            self._join()
        return self._rows.runs()

    def _join(self) -> None:
        for lane in self._lanes:
            lane.join()

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
