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
    from latm_magic.sandbox.host.startup import Handle, Launcher
    from latm_magic.sandbox.records import Walls

GRACE_S = 0.25
"""Seconds between the soft limit in the worker and the end of its process group."""
_READY_S = 30.0
"""Seconds that a new worker may take until it says that it is ready."""
_GROWS_S = 0.005
"""A worker's size is read again when it was busy this long: filling memory takes time."""
_SMALL_MB = 1.0
"""What a small tool adds to its worker; it counts as the worker's own."""


class Worker:
    """One worker process and what the host knows of it."""

    def __init__(self, handle: Handle, launcher: Launcher | None = None, code: KeptCode | None = None) -> None:
        """Wait until what `launcher` started is ready; raises SandboxError. `code` holds what others compiled."""
        self._handle = handle
        self._launcher = launcher
        self._code = KeptCode() if code is None else code
        self.channel = handle.channel
        self.source: str | None = None
        self.check = Check()
        self.tested = -1
        """Of which branches its tool tells nothing, in the rows that it will run first."""
        self.is_worn = False
        """Its memory may be spent; it is not used again."""
        self.busy_s = 0.0
        self._rests = False
        self.walls = self._await_ready()
        self._new_mb = 0.0 if launcher is None else launcher.share_mb
        self.size_mb = self._new_mb
        """The memory that would be free without it."""
        self._held_mb = held_mb(handle.pid)
        self._measured_s = -_GROWS_S

    def load(self, source: str, timeout_s: float) -> None:
        """Have it take `source` with the probes of `tested`, as it was kept or compiled; raises WorkerLost.

        Call it once, before anything is run: what the worker sends here is kept for others of this source.
        """
        self.source = source
        kept, ticket = self._code.get(source, self.tested), new_ticket()
        until = monotonic() + timeout_s + GRACE_S
        try:
            request = [ticket, "load", source, self.tested, None if kept is None else kept.code]
            self.send(encode(request, REQUEST_CHARACTERS))
            if self._launcher is not None:
                # The worker is at it, and this thread would only wait.
                self._launcher.prepare()
            _, content = read_reply(self.channel.receive(until), ticket)
            check, made = read_loaded(content)
        except WorkerLost:
            # Whatever was wrong with it: the next worker compiles the source.
            self._code.drop(source, self.tested)
            raise
        if check is None and kept is not None:
            self.check = kept.check
            return
        self.check = read_check(check)
        if made is not None and self.check.passed:
            self._code.put(source, self.tested, Kept(self.check, made))

    def has_grown(self) -> bool:
        """Read its size again where it may have grown, and return whether it has."""
        if self.busy_s - self._measured_s < _GROWS_S:
            return False
        self._measured_s, before = self.busy_s, self.size_mb
        grown_mb = held_mb(self._handle.pid) - self._held_mb
        self.size_mb = self._new_mb + max(0.0, grown_mb - _SMALL_MB)
        return self.size_mb > before

    def is_stalled(self, seconds: float = 0.0) -> bool:
        """Whether it is stopped, waits for a disk, or had a processor for less than half of the `seconds`."""
        state, cpu_s = process_state(self._handle.pid)
        return state in "TtD" or (state == "R" and cpu_s < seconds / 2)

    def rest(self) -> None:
        """Stop it until it is used again: what a tool left behind would go on computing."""
        if not self._rests:
            self._rests = True
            signal_group(self._handle.pid, "SIGSTOP")

    def send(self, content: str | bytes) -> None:
        """Send one frame, and have the worker go on where it rests; raises WorkerLost.

        What it is to do lies there before it goes on: a worker that is woken first takes a turn to find nothing.
        """
        try:
            self.channel.send(content)
        finally:
            if self._rests:
                self._rests = False
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
