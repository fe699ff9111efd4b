"""Starting and ending workers: the parent's hold on the process that forks them.

It does NOT choose which tool a worker serves (`pool` does). On systems that can fork there is one zygote a pool; a new
worker takes a few milliseconds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from threading import Lock
from typing import Protocol

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.channel import FRAME_SLACK, Channel
from latm_magic.sandbox.host.startup import FLAGS, environment, starter
from latm_magic.sandbox.wire.control import COUNTER_BYTES, MESSAGE, Setup

__all__ = ["PROGRAM", "Hold", "Launcher", "Talk", "ZygoteLauncher"]

PROGRAM = "from latm_magic.sandbox.worker.zygote import main; main()"
"""What a zygote runs once its module path is set."""
_START_S = 30.0
"""A zygote that has not answered by then is taken for broken: a loaded machine needs a few seconds at most."""


class Talk(Protocol):
    """A worker's pipes, seen from the parent; `channel.Channel` says what each does."""

    def send(self, text: str) -> None:
        """Send one frame; raises WorkerLost."""

    def receive(self, until: float) -> bytes:
        """Give the content of the next frame; raises WorkerLost."""

    def finished(self, rows: int) -> None:
        """Take note of rows that were answered."""

    def began(self) -> int:
        """Give how many rows began beyond those that were answered."""


class Hold(Protocol):
    """What the parent has in hand of one worker."""

    @property
    def channel(self) -> Talk:
        """Its pipes."""

    def stop(self) -> None:
        """End the worker and all that it started; its pipes stay open."""

    def kill(self) -> int:
        """Stop it, close its pipes, and give its exit status as `os.waitpid` has it."""


class Launcher(Protocol):
    """Whatever starts workers."""

    @property
    def tells_rows(self) -> bool:
        """Whether its workers tell as each row begins; where not, rows have to go one at a time."""

    def start(self) -> Hold:
        """Start a worker; raises SandboxError."""

    def close(self) -> None:
        """End everything that was started."""

    def forget(self) -> None:
        """After a fork, in the child: let go of what belongs to the parent, without ending it."""


class ZygoteLauncher:
    """Forks workers from one warmed-up process, which is started when it is first needed."""

    tells_rows = True

    def __init__(self, setup: Setup, program: str = PROGRAM) -> None:
        self._setup = setup
        self._program = program
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._holds: set[_Forked] = set()

    def start(self) -> Hold:
        """Fork a worker; raises SandboxError."""
        (request, to_request), (from_reply, reply), counter = os.pipe(), os.pipe(), _counter()
        try:
            pid, control = self._forked([request, reply, counter])
        except BaseException:
            for descriptor in (to_request, from_reply, counter):
                os.close(descriptor)
            raise
        finally:
            os.close(request)
            os.close(reply)
        channel = Channel(to_request, from_reply, counter, self._setup.answer_bytes + FRAME_SLACK)
        hold = _Forked(pid, channel, control, self)
        self._holds.add(hold)
        return hold

    def close(self) -> None:
        """End the zygote; its workers end with it."""
        with self._lock:
            self._drop()

    def forget(self) -> None:
        """Close this process's copies of the parent's pipes; the parent goes on as before."""
        self._lock = Lock()
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            if self._process.stderr is not None:
                self._process.stderr.close()
            # It is not this process's child; a Popen that believes otherwise warns when it goes.
            self._process.returncode = 0
        for hold in self._holds:
            hold.channel.close()
        self._control, self._process, self._holds = None, None, set()

    def is_current(self, control: socket.socket) -> bool:
        """Whether the zygote behind `control` is the one in use."""
        return self._control is control

    def reap(self, hold: _Forked) -> int:
        """Give the exit status of a worker that was ended."""
        self._holds.discard(hold)
        with self._lock:
            if not self.is_current(hold.control):
                return signal.SIGKILL
            try:
                return self._ask(b"R", hold.pid, [])
            except ConnectionError:
                # The zygote has ended, and every worker with it.
                self._drop()
                return signal.SIGKILL

    def _forked(self, descriptors: list[int]) -> tuple[int, socket.socket]:
        """Have a worker forked, by a new zygote where the last one has ended."""
        with self._lock:
            is_new = self._control is None
            try:
                try:
                    return self._ask(b"F", 0, descriptors), self._launched()
                except ConnectionError:
                    if is_new:
                        raise
                    self._drop()
                    return self._ask(b"F", 0, descriptors), self._launched()
            except ConnectionError:
                reason = self._why_it_ended()
                self._drop()
                raise SandboxError(reason) from None
            except OSError as error:
                self._drop()
                raise SandboxError(f"The sandbox cannot start a worker: {error}.") from error

    def _ask(self, command: bytes, number: int, descriptors: list[int]) -> int:
        """Give the zygote's answer; raises ConnectionError where it has ended. The caller holds the lock."""
        try:
            control = self._launched()
            socket.send_fds(control, [MESSAGE.pack(command, number)], descriptors)
            answer = control.recv(MESSAGE.size)
        except KeyboardInterrupt:
            # An interrupt between question and answer would leave the next answer to the wrong question.
            self._drop()
            raise
        if len(answer) < MESSAGE.size:
            raise ConnectionResetError
        return int(MESSAGE.unpack(answer)[1])

    def _launched(self) -> socket.socket:
        if self._control is None:
            self._control = self._launch()
        return self._control

    def _launch(self) -> socket.socket:
        if not sys.executable:
            raise SandboxError("The sandbox needs a Python interpreter to start; `sys.executable` names none.")
        program = starter(self._program, self._setup.extra_modules)
        ours, theirs = socket.socketpair()
        with theirs:
            setup = self._setup._replace(control=theirs.fileno())
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                    [sys.executable, *FLAGS, "-c", program, json.dumps(setup)],
                    env=environment(setup),
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        ours.settimeout(_START_S)
        return ours

    def _why_it_ended(self) -> str:
        lines = []
        if self._process is not None and self._process.stderr is not None:
            self._process.kill()
            lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return f"The sandbox's process ended: {lines[-1] if lines else 'it gave no reason'}."

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(0.5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr is not None:
                self._process.stderr.close()
        self._control = self._process = None


class _Forked:
    """A worker that the zygote forked. Its process id stays its own until the zygote is told to wait for it."""

    def __init__(self, pid: int, channel: Channel, control: socket.socket, launcher: ZygoteLauncher) -> None:
        self.pid = pid
        self.channel = channel
        self.control = control
        self._launcher = launcher
        self._status: int | None = None
        self._lock = Lock()

    def kill(self) -> int:
        """Stop it, close its pipes, and give its exit status."""
        with self._lock:
            if self._status is None:
                self.stop()
                self._status = self._launcher.reap(self)
                self.channel.close()
            return self._status

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


def _counter() -> int:
    """Give a nameless file of eight zero bytes."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("latm-rows")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, COUNTER_BYTES)
    return descriptor
