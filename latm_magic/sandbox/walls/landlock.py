"""Landlock: a process denies itself every file, TCP port, abstract socket and signal outwards (Linux 5.13 and later).

It does NOT touch what is already open, UDP, a file's metadata (chmod, xattr, utime, stat, access, readlink, chdir), or
system calls that name no file (`seccomp` does). Needs no_new_privs or
root. Each call adds a layer that nothing can take off again, also not for children.
"""

from __future__ import annotations

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many kinds of file access each version of the interface knows; later ones know as many as the last."""
_NET_SINCE, _NET_RIGHTS = 4, 0b11
_SCOPE_SINCE, _SCOPES = 6, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def deny_all(libc: ctypes.CDLL) -> bool:
    """Put up a layer that allows nothing; False where the kernel has no Landlock."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    ruleset, size = _everything(version)
    descriptor = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    if descriptor < 0:
        return False
    try:
        return bool(libc.syscall(_RESTRICT_SELF, descriptor, 0) == 0)
    finally:
        os.close(descriptor)


def _everything(version: int) -> tuple[_Ruleset, int]:
    """Return the ruleset that denies all that `version` knows of, and how much of the ruleset that version reads."""
    rights = _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]
    has_net, has_scopes = version >= _NET_SINCE, version >= _SCOPE_SINCE
    ruleset = _Ruleset((1 << rights) - 1, _NET_RIGHTS if has_net else 0, _SCOPES if has_scopes else 0)
    return ruleset, 8 * (1 + has_net + has_scopes)
