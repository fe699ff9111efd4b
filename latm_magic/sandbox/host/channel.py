"""The host's end of a worker's pipes: frames out and in, each until a point in time.

It does NOT judge what a frame says (`replies` does) and does not end the worker (`fork` does). Times are those of
`time.monotonic`. Where workers are spawned, `spawn` has a channel of its own.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from math import ceil
from time import monotonic
from typing import Literal

from latm_magic.errors import SandboxError
from latm_magic.sandbox.wire.encode import WireError
from latm_magic.sandbox.wire.frames import FrameReader, frame

FRAME_SLACK = 1 << 23
"""A frame may be this many bytes larger than the largest answer."""
REQUEST_CHARACTERS = 1 << 28
"""Most that one request may hold."""
_READ_BYTES = 1 << 20
_PIPE_BYTES, _WIDE_PIPE_BYTES = 1 << 16, 1 << 20
"""What a pipe holds, and what it holds once a larger frame was sent, where the system gives that."""
_OUTSIDE_SIGNALS = frozenset(
    getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)
"""Signals that come from outside of a process; guest code that breaks it ends it by others, or with an exit code."""
_OUTSIDE = "not the tool's doing: the machine may be busy or short of memory; try again"


try:
    import fcntl
except ImportError:  # Windows, whose pipes are another channel's
    fcntl = None  # type: ignore[assignment]


class WorkerLost(SandboxError):
    """A worker did not answer in time, ended, or sent what no worker sends. `reason` says which."""

    reason: Literal["timeout", "ended", "damaged"] = "ended"
    status: int = 0
    """Exit status as `os.waitpid` has it, where the worker was ended already."""
    was_stalled: bool = False
    """When its time was over it was stopped, or had got no processor."""

    @property
    def from_outside(self) -> bool:
        """Whether something other than guest code ended or stopped it: a signal, a full machine, a closed sandbox."""
        if self.reason == "timeout":
            return self.was_stalled
        number = self.status & 0x7F
        return self.reason == "ended" and (number in _OUTSIDE_SIGNALS if number else self.status == 0)

    def describe(self, timeout_s: float) -> str:
        """Return in words, for the reason of a run, how the worker was lost."""
        if self.reason == "timeout":
            why = f"ran longer than {timeout_s:g} seconds and was ended"
        elif self.reason == "damaged":
            why = "the worker process sent what it must not send, and was ended"
        else:
            why = f"the worker process ended: {describe_status(self.status)}"
        return f"{why} ({_OUTSIDE})" if self.from_outside else why


def describe_status(status: int) -> str:
    """Return an exit status as `os.waitpid` has it in words, for example "SIGKILL" or "exit code 1"."""
    number = status & 0x7F
    if not number:
        return f"exit code {status >> 8}"
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class PipeChannel:
    """Two pipes, requests to the worker and replies from it, and a file in which it counts the rows that it begins."""

    def __init__(self, request: int, reply: int, counter: int, frame_bytes: int) -> None:
        self._descriptors = [request, reply, counter]
        os.set_blocking(request, False)
        os.set_blocking(reply, False)
        self._request, self._reply, self._counter = request, reply, counter
        self._frames = FrameReader(frame_bytes)
        self._finished = 0
        self._is_waiting = False
        self._is_wide = False
        self._unsent = memoryview(b"")
        self._poller = select.poll()
        self._poller.register(reply, select.POLLIN)

    def send(self, content: str | bytes) -> None:
        """Send one frame; what the pipe cannot take goes out while `receive` waits. Raises WorkerLost."""
        data = frame(content)
        if len(data) > _PIPE_BYTES and not self._is_wide:
            self._is_wide = True
            _widen(self._request)
            _widen(self._reply)
        self._unsent = memoryview(bytes(self._unsent) + data if self._unsent else data)
        self._push()

    def receive(self, until: float) -> bytes:
        """Return the content of the next frame; raises WorkerLost."""
        try:
            while (content := self._frames.next()) is None:
                left = until - monotonic()
                if left <= 0:
                    raise WorkerLost("A worker did not answer in time.", reason="timeout")
                for descriptor, _ in self._poller.poll(ceil(left * 1000)):
                    if descriptor == self._reply:
                        self._take()
                    else:
                        self._push()
        except WireError as error:
            raise WorkerLost(str(error), reason="damaged") from None
        return content

    def _push(self) -> None:
        """Write what the pipe takes now, and wait for room in it where something is left."""
        had_waited = self._is_waiting
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._request, self._unsent) :]
        except BlockingIOError:
            self._is_waiting = True
        except OSError:
            raise WorkerLost("A worker has ended.", reason="ended") from None
        else:
            self._is_waiting = False
        if self._is_waiting and not had_waited:
            self._poller.register(self._request, select.POLLOUT)
        elif had_waited and not self._is_waiting:
            self._poller.unregister(self._request)

    def finished(self, rows: int) -> None:
        """Note that so many rows were answered."""
        self._finished += rows

    def began(self) -> int:
        """Return how many rows began beyond those that were answered, as far as the worker can be believed."""
        try:
            # Read, not mapped: a worker that cut the file short could not hurt the host.
            return int.from_bytes(os.pread(self._counter, 8, 0), sys.byteorder) - self._finished
        except OSError:
            # Closed by another thread.
            return 0

    def close(self) -> None:
        """Close the pipes; the worker ends when it next reads."""
        descriptors, self._descriptors = self._descriptors, []
        for descriptor in descriptors:
            os.close(descriptor)

    def _take(self) -> None:
        try:
            data = os.read(self._reply, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise WorkerLost("A worker has ended.", reason="ended")
        self._frames.feed(data)


def _widen(pipe: int) -> None:
    """Have a pipe hold large frames: fewer switches between host and worker. A person may have no more of them."""
    if fcntl is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDE_PIPE_BYTES)
