"""One worker process and what the host knows of it: its tool, its size, how long it was busy.

It does NOT choose what it runs (`lane` does) or how long it lives (`pool` does).
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from latm_magic.sandbox.host.channel import REQUEST_CHARACTERS, WorkerLost, describe_status
from latm_magic.sandbox.host.kept_code import Kept, KeptCode, read_loaded
from latm_magic.sandbox.host.replies import new_ticket, read_check, read_reply
from latm_magic.sandbox.host.room import held_mb
from latm_magic.sandbox.host.startup import cannot_start, process_state, signal_group
from latm_magic.sandbox.records import Check
from latm_magic.sandbox.walls.walls import describe
from latm_magic.sandbox.wire.encode import clean, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.sandbox.host.startup import Handle
    from latm_magic.sandbox.records import Walls

GRACE_S = 0.25
"""Seconds between the soft limit in the worker and the end of its process group."""
_READY_S = 30.0
"""Seconds that a new worker may take until it says that it is ready."""
_GROWS_S = 0.005
"""A worker's size is read again when it was busy this long: filling memory takes time."""
_SMALL_MB = 1.0
"""What a small tool adds to its worker; it counts as the worker's own."""


def _nothing() -> None:
    """Do nothing."""


class Worker:
    """One worker process and what the host knows of it."""

    def __init__(self, handle: Handle, share_mb: float = 0.0) -> None:
        """Wait until it is ready; `share_mb` is what a worker with a small tool takes. Raises SandboxError."""
        self._handle = handle
        self.channel = handle.channel
        self.source: str | None = None
        self.check = Check()
        self.is_worn = False
        """Its memory may be spent; it is not used again."""
        self.busy_s = 0.0
        self.walls = self._await_ready()
        self.size_mb = share_mb
        """The memory that would be free without it."""
        self._new_mb = share_mb
        self._held_mb = held_mb(handle.pid)
        self._measured_s = -_GROWS_S

    def load(
        self, source: str, tested: int, timeout_s: float, code: KeptCode, meanwhile: Callable[[], None] = _nothing
    ) -> None:
        """Have it take `source` with the probes of `tested`, as kept in `code` or compiled; raises WorkerLost.

        Call it once, before anything is run: `code` believes what the worker sends here. `meanwhile` is done while the
        worker is at it.
        """
        self.source = source
        kept, ticket = code.get(source, tested), new_ticket()
        until = monotonic() + timeout_s + GRACE_S
        try:
            request = [ticket, "load", source, tested, None if kept is None else kept.code]
            self.channel.send(encode(request, REQUEST_CHARACTERS))
            meanwhile()
            _, content = read_reply(self.channel.receive(until), ticket)
            check, made = read_loaded(content)
        except WorkerLost:
            # Whatever was wrong with it: the next worker compiles the source.
            code.drop(source, tested)
            raise
        if check is None and kept is not None:
            self.check = kept.check
            return
        self.check = read_check(check)
        if made is not None and self.check.passed:
            code.put(source, tested, Kept(self.check, made))

    def measure(self) -> None:
        """Read its size again, where it may have grown."""
        if self.busy_s - self._measured_s >= _GROWS_S:
            self._measured_s = self.busy_s
            grown_mb = held_mb(self._handle.pid) - self._held_mb
            self.size_mb = self._new_mb + max(0.0, grown_mb - _SMALL_MB)

    def is_stalled(self, seconds: float = 0.0) -> bool:
        """Whether it is stopped, waits for a disk, or had a processor for less than half of the `seconds`."""
        state, cpu_s = process_state(self._handle.pid)
        return state in "TtD" or (state == "R" and cpu_s < seconds / 2)

    def rest(self) -> None:
        """Stop it until it is used again: what a tool left behind would go on computing."""
        signal_group(self._handle.pid, "SIGSTOP")

    def wake(self) -> None:
        """Have it go on."""
        signal_group(self._handle.pid, "SIGCONT")

    def stop(self) -> None:
        """End its process from another thread; whoever uses it finds it lost, and kills it."""
        self._handle.stop()

    def kill(self) -> int:
        """End it and return its exit status."""
        return self._handle.kill()

    def end(self) -> None:
        """End it; its exit status is nobody's concern."""
        self._handle.end()

    def _await_ready(self) -> Walls:
        try:
            verb, content = read_reply(self.channel.receive(monotonic() + _READY_S), "ready")
            if verb != "failed":
                return describe(tuple(content))
            why = clean(str(content))
            self._handle.kill()
        except WorkerLost as lost:
            lost.status = status = self._handle.kill()
            was_late = lost.reason == "timeout"
            if lost.from_outside:
                raise
            why = f"it took longer than {_READY_S:g} seconds" if was_late else f"it ended: {describe_status(status)}"
        except BaseException:
            self._handle.kill()
            raise
        raise cannot_start(why)
