"""The hold on one worker that a zygote forked: ending it, and the file in which it counts its rows.

It does NOT fork (`fork` does). A worker's number stays its own until the zygote is told to wait for it.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from latm_magic.sandbox.wire.control import COUNTER_BYTES

if TYPE_CHECKING:
    import socket

    from latm_magic.sandbox.host.channel import PipeChannel


class Forker(Protocol):
    """What forked a worker: `fork.ZygoteLauncher`."""

    def is_current(self, control: socket.socket) -> bool:
        """Whether the zygote behind `control` is the one in use."""

    def reap(self, worker: ForkedWorker) -> int:
        """Return the exit status of a worker that was ended."""

    def leave(self, worker: ForkedWorker) -> None:
        """Take a worker that was ended, to wait for it later."""


class ForkedWorker:
    """A worker that the zygote forked. Its process id stays its own until the zygote is told to wait for it."""

    def __init__(self, pid: int, channel: PipeChannel, control: socket.socket, launcher: Forker) -> None:
        self.pid = pid
        self.channel = channel
        self.control = control
        self._launcher = launcher
        self._status: int | None = None
        self._lock = Lock()

    def kill(self) -> int:
        """Stop it, close its pipes, and return its exit status."""
        with self._lock:
            if self._status is None:
                self.stop()
                try:
                    self._status = self._launcher.reap(self)
                finally:
                    self.channel.close()
            return self._status

    def end(self) -> None:
        """Stop it and close its pipes; it is waited for later."""
        with self._lock:
            if self._status is None:
                self._status = signal.SIGKILL
                self.stop()
                self.channel.close()
                self._launcher.leave(self)

    def stop(self) -> None:
        """End the worker's process group."""
        if sys.platform == "linux" and not self._launcher.is_current(self.control):
            # It ended with its zygote, and the number may be another process's by now.
            return
        for end in (os.killpg, os.kill):
            try:
                end(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                # Not yet the leader of a group, or gone with its zygote.
                continue


def new_counter() -> int:
    """Return a nameless file of eight zero bytes."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("latm-rows")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, COUNTER_BYTES)
    return descriptor
