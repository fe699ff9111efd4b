"""Starting and ending workers on systems that can fork: one zygote a pool, a new worker in a few milliseconds.

Where workers come and go, one more than was asked for is forked ahead, while another loads its tool, and waits behind
its walls: they are the same for every tool. It does NOT choose which tool a worker serves (`pool` does). The other end
is `worker/zygote.py`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from threading import Lock
from typing import TYPE_CHECKING

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.channel import FRAME_SLACK, PipeChannel, WorkerLost, describe_status
from latm_magic.sandbox.host.forked import ForkedWorker, new_counter
from latm_magic.sandbox.host.startup import NoRoom, cannot_start, command, environment
from latm_magic.sandbox.wire.control import MESSAGE

if TYPE_CHECKING:
    from latm_magic.sandbox.host.startup import Handle
    from latm_magic.sandbox.wire.control import Setup

PROGRAM = "from latm_magic.sandbox.worker.zygote import main; main()"
"""What a zygote runs once its module path is set."""
_START_S = 30.0
"""Seconds after which a zygote that has not answered is taken for broken; a loaded machine needs a few."""

_FEW_STARTS = 2
"""After so many a spare worker is kept: whoever has one tool or two needs none."""


class ZygoteLauncher:
    """Forks workers from one warmed-up process, which is started when it is first needed."""

    tells_rows = True
    share_mb = 6.0

    def __init__(self, setup: Setup, program: str = PROGRAM) -> None:
        self._setup = setup
        self._program = program
        self._lock = Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._workers: set[ForkedWorker] = set()
        self._spare: list[ForkedWorker] = []
        """The worker that was forked ahead, if it was."""
        self._ended: list[ForkedWorker] = []
        """Workers that nobody has waited for."""
        self._starts = 0
        self._preparing = Lock()

    def warm(self) -> None:
        """Launch the zygote, which takes its time by itself; why it cannot be is told by the first `start`."""
        with self._lock, contextlib.suppress(SandboxError, OSError):
            self._launched()

    def start(self) -> Handle:
        """Return the spare worker, or fork one.

        Raises SandboxError, as WorkerLost where something outside ended what starts workers.
        """
        self._starts += 1
        try:
            # One step: two threads never get the same.
            return self._spare.pop()
        except IndexError:
            return self._new_worker(may_launch=True)

    def prepare(self) -> None:
        """Fork the next spare worker and wait for those that ended; does nothing where that cannot be now."""
        if not self._preparing.acquire(blocking=False):
            return
        try:
            if not self._spare and self._starts > _FEW_STARTS:
                self._spare.append(self._new_worker(may_launch=False))
            while self._ended:
                self.reap(self._ended.pop())
        except SandboxError:
            # Whoever needs a worker is told why there is none.
            return
        finally:
            self._preparing.release()

    def leave(self, worker: ForkedWorker) -> None:
        """Take a worker that was ended, to wait for it later."""
        self._workers.discard(worker)
        self._ended.append(worker)

    def _new_worker(self, *, may_launch: bool) -> ForkedWorker:
        opened: list[int] = []
        try:
            opened += os.pipe()
            opened += os.pipe()
            opened.append(new_counter())
            request, to_request, from_reply, reply, counter = opened
            pid, control = self._forked([request, reply, counter], may_launch=may_launch)
        except BaseException as error:
            for descriptor in opened:
                os.close(descriptor)
            if isinstance(error, OSError):
                raise cannot_start(str(error), NoRoom) from error
            raise
        os.close(request)
        os.close(reply)
        channel = PipeChannel(to_request, from_reply, counter, self._setup.answer_bytes + FRAME_SLACK)
        worker = ForkedWorker(pid, channel, control, self)
        self._workers.add(worker)
        return worker

    def close(self) -> None:
        """End the zygote; its workers end with it."""
        with self._lock:
            self._drop()

    def forget(self) -> None:
        """After a fork, in the child: close this process's copies of its parent's pipes."""
        self._lock = Lock()
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            if self._zygote.stderr is not None:
                self._zygote.stderr.close()
            # It is not this process's child; a Popen that believes otherwise warns when it goes.
            self._zygote.returncode = 0
        for worker in self._workers:
            worker.channel.close()
        self._control, self._zygote, self._workers = None, None, set()
        self._spare, self._ended, self._preparing = [], [], Lock()

    def is_current(self, control: socket.socket) -> bool:
        """Whether the zygote behind `control` is the one in use."""
        return self._control is control

    def reap(self, worker: ForkedWorker) -> int:
        """Return the exit status of a worker that was ended."""
        self._workers.discard(worker)
        with self._lock:
            if not self.is_current(worker.control):
                return signal.SIGKILL
            try:
                return self._ask(b"R", worker.pid, [])
            except OSError:
                # The zygote has ended or hangs, and every worker ends with it.
                self._drop()
                return signal.SIGKILL

    def _forked(self, descriptors: list[int], *, may_launch: bool) -> tuple[int, socket.socket]:
        """Have a worker forked, by a new zygote where the last one has ended and one may be launched."""
        with self._lock:
            is_new = self._control is None
            if is_new and not may_launch:
                raise cannot_start("its parent process is gone")
            try:
                try:
                    pid, control = self._ask(b"F", 0, descriptors), self._launched()
                except ConnectionError:
                    if is_new or not may_launch:
                        raise
                    self._drop()
                    pid, control = self._ask(b"F", 0, descriptors), self._launched()
            except ConnectionError:
                fault = self._why_it_ended()
                self._drop()
                raise fault from None
            except OSError as error:
                self._drop()
                raise cannot_start(str(error)) from error
        if pid < 0:
            raise cannot_start(os.strerror(-pid), NoRoom)
        return pid, control

    def _ask(self, command: bytes, number: int, descriptors: list[int]) -> int:
        """Return the zygote's answer; raises ConnectionError where it has ended. The caller holds the lock."""
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
        ours, theirs = socket.socketpair()
        with theirs:
            setup = self._setup._replace(control=theirs.fileno())
            try:
                self._zygote = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                    command(self._program, setup),
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

    def _why_it_ended(self) -> SandboxError:
        """Return what is raised of a zygote that ended while it started: a `WorkerLost` where a signal ended it."""
        zygote = self._zygote
        if zygote is None or zygote.stderr is None:
            return cannot_start("its parent process is gone")
        status = _awaited(zygote)
        lines = zygote.stderr.read().decode(errors="replace").strip().splitlines()
        if status < 0 and not lines:
            return WorkerLost("The process that starts workers was ended.", reason="ended", status=-status)
        why = lines[-1].rstrip(".") if lines else describe_status(status << 8)
        return SandboxError(
            f"The sandbox's process ended: {why}. Look at the settings `extra_modules` and `memory_mb`, and at the"
            " limits of this system (`ulimit -a`)."
        )

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            _awaited(self._zygote)
            if self._zygote.stderr is not None:
                self._zygote.stderr.close()
        self._control = self._zygote = None
        while self._spare:
            # It has ended with its zygote.
            spare = self._spare.pop()
            self._workers.discard(spare)
            spare.channel.close()
        self._ended.clear()


def _awaited(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process that is ending, and end it where it does not."""
    try:
        return process.wait(0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
