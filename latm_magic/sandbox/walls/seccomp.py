"""Seccomp: the list of system calls that are left to a process (Linux on x86_64 and aarch64).

It does NOT look into memory: a path or an address is beyond it (`landlock` stands there). Whatever is not listed fails
with EPERM; a call in another calling convention kills. Reading and writing are left on the protocol's descriptors
alone, memory that can be executed cannot be had, and nothing can be opened, started or signalled.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from functools import cache
from typing import NamedTuple

# Name: its number on x86_64 and on aarch64 (None = it has no such call).
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getitimer": (36, 102),
    "setitimer": (38, 103),
    "getpid": (39, 172),
    "sendto": (44, 206),
    "recvmsg": (47, 212),
    "clone": (56, 220),
    "fork": (57, None),
    "exit": (60, 93),
    "wait4": (61, 260),
    "kill": (62, 129),
    "fcntl": (72, 25),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "times": (100, 153),
    "setsid": (112, 157),
    "sigaltstack": (131, 132),
    "prctl": (157, 167),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "dup3": (292, 24),
    "prlimit64": (302, 261),
    "seccomp": (317, 277),
    "getrandom": (318, 278),
    "rseq": (334, 293),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
}
_FREE = (
    "munmap",
    "brk",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "mremap",
    "madvise",
    "nanosleep",
    "getitimer",
    "setitimer",
    "getpid",
    "exit",
    "gettimeofday",
    "getrusage",
    "times",
    "sigaltstack",
    "gettid",
    "time",
    "futex",
    "sched_getaffinity",
    "restart_syscall",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "exit_group",
    "getrandom",
)
_TO_FORK = (
    "close",
    "sendto",
    "recvmsg",
    "clone",
    "fork",
    "wait4",
    "kill",
    "fcntl",
    "setsid",
    "prctl",
    "set_robust_list",
    "dup3",
    "prlimit64",
    "seccomp",
    "rseq",
    "landlock_create_ruleset",
    "landlock_restrict_self",
)

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32_BIT = 0x40000000
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050001
_LOAD, _JUMP_EQUAL, _JUMP_FROM, _JUMP_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE = 0, 4
_PROT_EXEC, _MAP_ANONYMOUS, _MAP_KINDS = 4, 0x20, 0x23
_SET_MODE_FILTER = 1


class Filter(NamedTuple):
    """A finished filter program and the number of the call that puts it up."""

    program: bytes
    call: int

    def install(self, libc: ctypes.CDLL) -> bool:
        """Put the filter up for this process and its children; False where the kernel refuses."""
        program = ctypes.create_string_buffer(self.program, len(self.program))
        header = struct.pack("HxxxxxxP", len(self.program) // 8, ctypes.addressof(program))
        return bool(libc.syscall(self.call, _SET_MODE_FILTER, 0, header) == 0)


def for_worker(reads: int, writes: tuple[int, ...]) -> Filter | None:
    """Return the filter of a worker with these descriptors; None for another architecture."""
    return _filter(_FREE, reads=(reads,), writes=writes)


def for_zygote() -> Filter | None:
    """Return the filter of the process that forks workers: it can still not open, connect or execute anything."""
    return _filter((*_FREE, *_TO_FORK, "read", "write"), reads=(), writes=())


def _filter(free: tuple[str, ...], reads: tuple[int, ...], writes: tuple[int, ...]) -> Filter | None:
    if platform.machine() not in _ARCHITECTURES or struct.calcsize("P") != 8:  # noqa: PLR2004 - 64 bits
        return None
    column, architecture = _ARCHITECTURES[platform.machine()]
    lines = [
        _line(_LOAD, _AT_ARCHITECTURE),
        _line(_JUMP_EQUAL, architecture, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _AT_NUMBER),
        _line(_JUMP_FROM, _X32_BIT, 0, 1),
        _line(_RETURN, _KILL),
    ]
    for name, descriptors in (("read", reads), ("write", writes)):
        if descriptors:
            lines += _only_for(_NUMBERS[name][column], descriptors)
    lines.append(_for_all(free, column, _MAP_ANONYMOUS if reads else _MAP_KINDS))
    seccomp = _NUMBERS["seccomp"][column]
    assert seccomp is not None  # noqa: S101 - both columns have it
    return Filter(b"".join(lines), seccomp)


@cache
def _for_all(free: tuple[str, ...], column: int, kinds: int) -> bytes:
    """Return what no descriptor changes: workers have it from the process that forked them."""
    number = {name: numbers[column] for name, numbers in _NUMBERS.items()}
    lines: list[bytes] = []
    for name in free:
        call = number[name]
        if call is not None:
            lines += [_line(_JUMP_EQUAL, call, 0, 1), _line(_RETURN, _ALLOW)]
    lines += _memory(number["mmap"], number["mprotect"], kinds)
    return b"".join([*lines, _line(_RETURN, _EPERM)])


def _only_for(call: int | None, descriptors: tuple[int, ...]) -> list[bytes]:
    """Allow `call` where its first argument is one of `descriptors`."""
    tests = [line for each in descriptors for line in (_line(_JUMP_EQUAL, each, 0, 1), _line(_RETURN, _ALLOW))]
    body = [_line(_LOAD, _argument(0)), *tests, _line(_RETURN, _EPERM)]
    return [_line(_JUMP_EQUAL, call or 0, 0, len(body)), *body]


def _memory(mmap: int | None, mprotect: int | None, kinds: int) -> list[bytes]:
    """Allow memory of these kinds that cannot be executed."""
    anonymous = [
        _line(_LOAD, _argument(2)),
        _line(_JUMP_ANY, _PROT_EXEC, 3, 0),
        _line(_LOAD, _argument(3)),
        _line(_JUMP_ANY, kinds, 0, 1),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _EPERM),
    ]
    protection = [
        _line(_LOAD, _argument(2)),
        _line(_JUMP_ANY, _PROT_EXEC, 1, 0),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _EPERM),
    ]
    return [
        _line(_JUMP_EQUAL, mmap or 0, 0, len(anonymous)),
        *anonymous,
        _line(_JUMP_EQUAL, mprotect or 0, 0, len(protection)),
        *protection,
    ]


def _argument(index: int) -> int:
    """Return the offset of an argument's low half; both architectures are little-endian."""
    return 16 + 8 * index


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
