"""How many workers there is room for: by the memory of this machine, or of the container it is, and by open files.

It does NOT choose which worker leaves (`pool` does). Sizes are megabytes. What a system does not tell counts as little.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SHARE_OF_MEMORY = 4
_MOST_MB = 4096
"""Workers are kept in a quarter of the memory, and never in more than this."""
_UNKNOWN_MB = 2048
"""What a machine counts as that does not tell its memory."""
_FILES_A_WORKER = 3
_UNLIMITED_BYTES = 1 << 60
"""Old control groups write a number of this size where there is no limit."""


def workers_mb() -> int:
    """Return the memory that all workers together may take where no setting says."""
    return min(_memory_mb() // _SHARE_OF_MEMORY, _MOST_MB)


def most_by_files() -> int:
    """Return how many workers leave half of the files that this process may have open to others."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    except ImportError:
        # Windows counts no descriptors.
        return sys.maxsize
    return sys.maxsize if limit == resource.RLIM_INFINITY else max(2, limit // 2 // _FILES_A_WORKER)


def held_mb(pid: int) -> float:
    """Return the memory that a process holds, beside files; its parent's, not yet written to, is part of it.

    0.0 where no file says.
    """
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - asked often, and pathlib takes longer than the rest
            _, resident, of_files, *_ = map(int, file.read().split())
            return (resident - of_files) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, IndexError, ValueError):
        return 0.0


def _memory_mb() -> int:
    known = [size for size in (_physical_bytes(), *_group_bytes()) if size is not None]
    return min(known) // 2**20 if known else _UNKNOWN_MB


def _physical_bytes() -> int | None:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return size if size > 0 else None


def _group_bytes() -> list[int]:
    """Return the memory limits of this process's control group and of those that it stands in."""
    limits = []
    for folder, name in _group_folders():
        try:
            size = int((folder / name).read_text())
        except (OSError, ValueError):
            # No such file here, or "max".
            continue
        if size < _UNLIMITED_BYTES:
            limits.append(size)
    return limits


def _group_folders() -> list[tuple[Path, str]]:
    """Return each folder where a limit may stand, with the name of its file: version 2 and version 1 of the groups."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = Path("/sys/fs/cgroup", "memory" if controllers else "")
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        inside = root / group.lstrip("/")
        # A container sees its own group as the root.
        found += [(folder, name) for folder in (inside, *inside.parents) if folder.is_relative_to(root)]
    return found
