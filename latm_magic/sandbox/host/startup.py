"""What both ways of starting workers share: their Protocols, and a process's command line and environment.

It does NOT start anything (`fork` and `spawn` do).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import sys
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from latm_magic.errors import SandboxError

if TYPE_CHECKING:
    from latm_magic.sandbox.wire.control import Setup

_FLAGS = ("-s", "-S", "-P", "-B", "-X", "utf8")
"""No site packages, no unsafe path, no bytecode written. Isolated mode (-I) would ignore the fixed hash seed."""


class Channel(Protocol):
    """The host's end of a worker's pipes; `channel.PipeChannel` is the usual one."""

    def send(self, content: str | bytes) -> None:
        """Send one frame; raises WorkerLost."""

    def receive(self, until: float) -> bytes:
        """Return the content of the next frame; raises WorkerLost."""

    def finished(self, rows: int) -> None:
        """Note that so many rows were answered."""

    def began(self) -> int:
        """Return how many rows began beyond those that were answered."""


class Handle(Protocol):
    """The host's hold on one worker process."""

    pid: int

    @property
    def channel(self) -> Channel:
        """Its pipes."""

    def stop(self) -> None:
        """End the worker and all that it started; its pipes stay open."""

    def kill(self) -> int:
        """Stop it, close its pipes, and return its exit status as `os.waitpid` has it."""

    def end(self) -> None:
        """Stop it and close its pipes; what is left of it goes with the next `Launcher.prepare`."""


class Launcher(Protocol):
    """Starts workers: `fork.ZygoteLauncher` or `spawn.SpawnLauncher`."""

    @property
    def tells_rows(self) -> bool:
        """Whether its workers tell as each row begins; where not, rows have to go one at a time."""

    @property
    def share_mb(self) -> float:
        """Megabytes that a worker with a small tool takes for itself."""

    def warm(self) -> None:
        """Start what workers come from, without waiting for it; does nothing where that cannot be."""

    def start(self) -> Handle:
        """Start a worker; raises SandboxError."""

    def prepare(self) -> None:
        """Have the next worker stand ready, and clear away what ended; does nothing where that cannot be now."""

    def close(self) -> None:
        """End everything that was started."""

    def forget(self) -> None:
        """After a fork, in the child: close what belongs to its parent, without ending it."""


def command(program: str, setup: Setup) -> list[str]:
    """Return the command line that runs `program`; raises SandboxError.

    It finds this package, RestrictedPython, msgpack and the extra modules after the standard library.
    """
    if not sys.executable:
        raise SandboxError("The sandbox needs a Python interpreter to start; `sys.executable` names none.")
    names = ["latm_magic", "RestrictedPython", "msgpack", *(name.partition(".")[0] for name in setup.extra_modules)]
    folders = dict.fromkeys(_folder(name) for name in names)
    program = f"import sys; sys.path += {list(folders)!r}; {program}"
    return [sys.executable, *_FLAGS, "-c", program, json.dumps(setup)]


def _folder(module: str) -> str:
    spec = importlib.util.find_spec(module)
    paths = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
    if not paths or not paths[0]:
        raise SandboxError(
            f"The sandbox needs the module {module!r}, which is not installed. Install it, or leave it out."
        )
    return str(Path(paths[0]).resolve().parent)


class NoRoom(SandboxError):
    """The system has no memory, process or open file left for one more worker."""


def cannot_start(why: str, kind: type[SandboxError] = SandboxError) -> SandboxError:
    """Return the error of a worker that did not start, with what to do."""
    return kind(
        f"A worker of the sandbox could not start: {why}. Where memory, processes or open files ran out, close other"
        " programs, set `max_workers` lower, or raise the limit (`ulimit -n` for files, `ulimit -u` for processes);"
        " else look at the setting `memory_mb`."
    )


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_state(pid: int) -> tuple[str, float]:
    """Return the state letter of a process and the seconds of CPU that it used; ("R", inf) where no file says."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "R", inf
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def signal_group(pid: int, name: str) -> None:
    """Send the signal of this name to the process group that `pid` leads, where it is alive and the system has both."""
    if hasattr(os, "killpg") and hasattr(signal, name):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, getattr(signal, name))


def environment(setup: Setup) -> dict[str, str]:
    """Return an environment with nothing of the person's in it; a fixed hash seed gives sets one order everywhere."""
    kept = {"PYTHONHASHSEED": "0"}
    if sys.platform == "win32" and "SYSTEMROOT" in os.environ:
        # Python does not start without it there.
        kept["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    if setup.extra_modules:
        # Threads of a numeric library would not survive the fork.
        kept |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept
