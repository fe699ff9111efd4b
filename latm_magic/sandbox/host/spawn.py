"""Starting workers where the system cannot fork (Windows): one process each, and one kept warm.

It works everywhere, slower than `fork`: a worker takes a tenth of a second to start, and rows go one at a time. Nothing
of it has been run on Windows; it follows the documentation of `subprocess`. The other end is `worker/spawned.py`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.channel import FRAME_SLACK, WorkerLost
from latm_magic.sandbox.host.startup import command, environment
from latm_magic.sandbox.wire.encode import WireError
from latm_magic.sandbox.wire.frames import FrameReader, frame

if TYPE_CHECKING:
    from latm_magic.sandbox.host.startup import Handle
    from latm_magic.sandbox.wire.control import Setup

PROGRAM = "from latm_magic.sandbox.worker.spawned import main; main()"
_MOST_FRAMES = 8
"""Replies that wait unread; a worker that sends more has to wait itself."""


class SpawnLauncher:
    """Starts each worker as a process of its own, the next one ahead of time."""

    tells_rows = False
    share_mb = 20.0

    def __init__(self, setup: Setup, program: str = PROGRAM) -> None:
        self._setup = setup
        self._program = program
        self._lock = Lock()
        self._standby: _SpawnedWorker | None = None
        self._workers: set[_SpawnedWorker] = set()

    def warm(self) -> None:
        """Start the worker that the first `start` returns; why it cannot be is told there."""
        with self._lock, contextlib.suppress(SandboxError, OSError):
            self._standby = self._standby or self._spawn()

    def start(self) -> Handle:
        """Return a worker; raises SandboxError."""
        with self._lock:
            worker = self._standby or self._spawn()
            self._standby = self._spawn()
            return worker

    def prepare(self) -> None:
        """Do nothing: each start starts the next one."""

    def close(self) -> None:
        """End every worker that is left."""
        with self._lock:
            workers, self._workers, self._standby = self._workers, set(), None
        for worker in workers:
            worker.kill()

    def forget(self) -> None:
        """After a fork, in the child: close this process's copies of the pipes."""
        self._lock = Lock()
        for worker in self._workers:
            worker.forget()
        self._workers, self._standby = set(), None

    def ended(self, worker: _SpawnedWorker) -> None:
        """Forget a worker that was ended."""
        with self._lock:
            self._workers.discard(worker)
            if self._standby is worker:
                self._standby = None

    def _spawn(self) -> _SpawnedWorker:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            command(self._program, self._setup),
            env=environment(self._setup),
            cwd=Path(sys.executable).anchor,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        worker = _SpawnedWorker(process, self, self._setup.answer_bytes + FRAME_SLACK)
        self._workers.add(worker)
        return worker


class _SpawnedWorker:
    """A worker that is this process's own child."""

    def __init__(self, process: subprocess.Popen[bytes], launcher: SpawnLauncher, frame_bytes: int) -> None:
        self._process = process
        self._launcher = launcher
        self.pid = process.pid
        self.channel = _ThreadChannel(process, frame_bytes)

    def stop(self) -> None:
        """End the worker's process group."""
        if hasattr(os, "killpg") and self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.kill()

    def kill(self) -> int:
        """Stop it, close its pipes, and return its exit status."""
        self.stop()
        code = self._process.wait()
        self.channel.close()
        self._launcher.ended(self)
        return -code if code < 0 else code << 8

    def end(self) -> None:
        """Stop it and close its pipes."""
        self.kill()

    def forget(self) -> None:
        """Close the pipes and leave the process to its own parent."""
        self._process.returncode = 0
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                os.close(stream.fileno())


class _ThreadChannel:
    """Frames through two threads: pipes cannot be awaited on every system."""

    def __init__(self, process: subprocess.Popen[bytes], frame_bytes: int) -> None:
        self._process = process
        self._frames = FrameReader(frame_bytes)
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._in: queue.Queue[bytes | WorkerLost] = queue.Queue(_MOST_FRAMES)
        self._is_closed = False
        self._threads = [Thread(target=work, daemon=True) for work in (self._write, self._read)]
        for thread in self._threads:
            thread.start()

    def send(self, content: str | bytes) -> None:
        """Have one frame sent; `receive` notices where it is not taken."""
        self._out.put(frame(content))

    def receive(self, until: float) -> bytes:
        """Return the content of the next frame; raises WorkerLost."""
        try:
            found = self._in.get(timeout=max(0.0, until - monotonic()))
        except queue.Empty:
            raise WorkerLost("A worker did not answer in time.", reason="timeout") from None
        if isinstance(found, WorkerLost):
            raise found
        return found

    def finished(self, rows: int) -> None:
        """Do nothing: rows are not told."""

    def began(self) -> int:
        """Return 0: rows are not told."""
        return 0

    def close(self) -> None:
        """End both threads and close the pipes; the worker has ended."""
        if self._is_closed:
            return
        self._is_closed = True
        self._out.put(None)
        for thread in self._threads:
            while thread.is_alive():
                self._empty()
                thread.join(0.01)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _empty(self) -> None:
        """Drop unread replies, so that the reader finds room to end."""
        try:
            while True:
                self._in.get_nowait()
        except queue.Empty:
            return

    def _write(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        descriptor = self._process.stdin.fileno()
        while (data := self._out.get()) is not None:
            view = memoryview(data)
            try:
                while view:
                    view = view[os.write(descriptor, view) :]
            except OSError:
                return

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        descriptor = self._process.stdout.fileno()
        try:
            while data := os.read(descriptor, 1 << 16):
                self._frames.feed(data)
                while (content := self._frames.next()) is not None:
                    self._in.put(content)
        except WireError as error:
            self._in.put(WorkerLost(str(error), reason="damaged"))
        except OSError:
            # The other end is gone, as after the end of the file.
            self._in.put(WorkerLost("A worker has ended.", reason="ended"))
        else:
            self._in.put(WorkerLost("A worker has ended.", reason="ended"))
