"""The walls of this system around a worker: which there are, putting them up, and saying what is open without them.

They do NOT look at what guest code says (`policy` does) and do not stop a kernel's own defects. `lower_privileges` and
`close_in` run inside the processes that they restrict; `describe` is for a person, in the host.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import sys
from functools import cache
from typing import NamedTuple

from latm_magic.sandbox.records import Walls
from latm_magic.sandbox.walls import landlock, seccomp

ALL = ("process", "limits", "not_root", "no_new_privs", "landlock", "seccomp")
"""Every wall, from the one that every system has to the strongest."""

_OPEN_WITHOUT = {
    "limits": "memory is not limited",
    "not_root": "workers have all rights of your account",
    "no_new_privs": "programs that gain rights are not barred",
    "landlock": "files and TCP ports are guarded by the policy alone",
    "seccomp": "system calls are guarded by the policy alone",
}
_LEFT_BY_LANDLOCK = (
    "Landlock guards what files hold, but not their metadata (chmod, xattr, utime, stat, access, readlink, chdir), nor"
    " SysV IPC, kernel keys, user namespaces and memory that can be executed"
)
"""What is open behind Landlock where seccomp is missing, to code that breaks the policy."""
_NOBODY = 65534
_SET_NO_NEW_PRIVS, _SET_DEATH_SIGNAL, _SET_DUMPABLE = 38, 1, 4
_SIGKILL = 9


class WorkerLimits(NamedTuple):
    """What a worker may use of the system."""

    memory_bytes: int
    """Of address space, what the interpreter itself takes included."""
    cpu_s: int


def lower_privileges() -> tuple[str, ...]:
    """Give up root, the gaining of rights, and all files; returns the names of the walls that are up now."""
    up = ["process"]
    if _is_not_root():
        up.append("not_root")
    libc = _libc()
    if libc is not None:
        if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            up.append("no_new_privs")
        if landlock.deny_all(libc):
            up.append("landlock")
    return tuple(up)


def address_space() -> int:
    """Return the bytes of address space that this process takes now, or a rough figure where no file says."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - pathlib costs a worker milliseconds
            return int(file.read().split()[0]) * mmap.PAGESIZE
    except OSError:
        return 256 * 2**20


def set_limits(limits: WorkerLimits) -> tuple[str, ...]:
    """Limit memory, CPU, files and processes of this process for good; () where the system cannot."""
    try:
        import resource
    except ImportError:
        return ()
    each = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_s,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for kind, value in each.items():
        # macOS knows some of these limits by name only.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most := min(value, sys.maxsize), most))
    return ("limits",)


def filter_zygote() -> None:
    """Leave this process only what forking and watching workers takes."""
    libc = _libc()
    seccomp.for_worker(0, (1,))  # most of it is the same for each worker, and made once
    program = seccomp.for_zygote()
    if libc is not None and program is not None:
        program.install(libc)


def die_with_parent() -> None:
    """Have the kernel end this process with the thread that forked it: only for a parent of one thread."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)


def close_in(reads: int, writes: tuple[int, ...], limits: WorkerLimits) -> tuple[str, ...]:
    """Put up what is left of the walls around this worker; returns the names of those that are new."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
        # A layer of its own keeps each worker from tracing and signalling its siblings.
        landlock.deny_all(libc)
    up = set_limits(limits)
    program = seccomp.for_worker(reads, writes) if libc is not None else None
    if libc is not None and program is not None and program.install(libc):
        up += ("seccomp",)
    return up


def describe(active: tuple[str, ...]) -> Walls:
    """Return the record of which walls are up, with one plain line about what the others leave open."""
    known = tuple(name for name in ALL if name in active)
    missing = tuple(name for name in ALL if name not in active)
    if not missing:
        return Walls(known, (), f"All walls are up: {', '.join(known)}.")
    gaps = [_OPEN_WITHOUT[name] for name in missing if name in _OPEN_WITHOUT]
    if "landlock" in known and "seccomp" in missing:
        gaps.append(_LEFT_BY_LANDLOCK)
    summary = f"Up: {', '.join(known)}. Missing on this system: {', '.join(missing)} ({'; '.join(gaps)})."
    return Walls(known, missing, summary)


@cache
def _libc() -> ctypes.CDLL | None:
    """Return the C library, opened once: workers have it from the process that forked them."""
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _is_not_root() -> bool:
    if not hasattr(os, "geteuid"):
        return False
    if os.geteuid() == 0:
        # In a container root may not be able to become anybody else; then the wall is reported missing.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    return os.geteuid() != 0
