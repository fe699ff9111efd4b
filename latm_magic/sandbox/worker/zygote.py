"""The process that forks workers: warmed up once, behind walls of its own, holding no secrets.

Runs on systems that can fork (Linux, macOS). It does NOT speak with workers and never runs guest code. It ends when
the host's end of the control socket closes, and takes its workers with it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import json
import mmap
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from latm_magic.sandbox.walls import walls
from latm_magic.sandbox.wire.control import COUNTER_BYTES, MESSAGE, Setup
from latm_magic.sandbox.wire.encode import encode
from latm_magic.sandbox.wire.frames import frame
from latm_magic.sandbox.worker.language import PolicyLanguage, warm_up
from latm_magic.sandbox.worker.loop import Pipes, serve

if TYPE_CHECKING:
    from latm_magic.sandbox.worker.language import Language

_MOST_HIDDEN = 356
"""Descriptors are hidden below this number, and below the limit of open files."""


def main(language: Language | None = None) -> NoReturn:
    """Warm up, put up the walls, then fork workers until the host is gone."""
    setup = Setup(*json.loads(sys.argv[1]))
    control = socket.socket(fileno=setup.control)
    chosen = language or PolicyLanguage(setup.extra_modules)
    warm_up(chosen, setup.extra_modules)
    memory = setup.memory_mb * 2**20 + walls.address_space()
    limits = walls.WorkerLimits(memory, setup.cpu_s)
    up = walls.lower_privileges()
    walls.filter_zygote()
    gc.collect()
    gc.freeze()
    gc.disable()
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE.size, 3)
        if len(message) < MESSAGE.size:
            _end(children)
        command, number = MESSAGE.unpack(message)
        if command == b"F":
            try:
                pid = os.fork()
            except OSError as error:
                # The machine has no room for one more; the workers that there are go on.
                pid = -(error.errno or errno.EAGAIN)
            if pid == 0:
                control.close()
                _become_worker(descriptors, chosen, setup, limits, up)
            if pid > 0:
                children.add(pid)
            for descriptor in descriptors:
                os.close(descriptor)
            control.send(MESSAGE.pack(command, pid))
        else:
            status = os.waitpid(number, 0)[1] if number in children else 0
            children.discard(number)
            control.send(MESSAGE.pack(command, status))


def _become_worker(
    descriptors: list[int], language: Language, setup: Setup, limits: walls.WorkerLimits, up: tuple[str, ...]
) -> NoReturn:
    reply = descriptors[1] if len(descriptors) > 1 else -1
    try:
        os.setsid()
        reply = _hidden(reply)
        request, counter_file = _hidden(descriptors[0]), _hidden(descriptors[2])
        counter = memoryview(mmap.mmap(counter_file, COUNTER_BYTES)).cast("Q")
        os.close(counter_file)
        for descriptor in (0, 1, 2):
            os.close(descriptor)
        walls.die_with_parent()
        up += walls.close_in(request, (reply,), limits)
        pipes = Pipes(request, reply, counter)
    except BaseException as error:  # noqa: BLE001 - no guest code has run yet; the host says what is wrong
        with contextlib.suppress(OSError):
            os.write(reply, frame(encode(["ready", "failed", f"{type(error).__name__}: {error}"[:500]], 1 << 13)))
        os._exit(1)
    try:
        serve(pipes, language, setup, up)
    finally:
        os._exit(1)


def _hidden(descriptor: int) -> int:
    """Move a descriptor to a number that guest code would have to guess, whatever this system's limit is."""
    limit = os.sysconf("SC_OPEN_MAX")
    most = min(limit, _MOST_HIDDEN) if limit > 0 else _MOST_HIDDEN
    least = min(100, most // 2)
    # Three descriptors find room above the highest start.
    start = least + int.from_bytes(os.urandom(4)) % max(1, most - least - 3)
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, start)
    os.close(descriptor)
    return moved


def _end(children: set[int]) -> NoReturn:
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for pid in children:
        # In a container nobody else may wait for them.
        os.waitpid(pid, 0)
    os._exit(0)
