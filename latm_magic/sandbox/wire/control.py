"""What the parent and the zygote say to each other beside the workers' pipes.

Control messages, each answered in turn: "F" with three descriptors forks a worker and answers its process id; "R" and
a process id waits for a worker that the parent has ended and answers its exit status. A worker stays a zombie until
then, so the parent never signals a stranger's process.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["COUNTER_BYTES", "MESSAGE", "Setup"]

MESSAGE = struct.Struct(">ci")
"""A command's letter and a number."""
COUNTER_BYTES = 8
"""Size of the file in which a worker counts the rows that it begins."""


class Setup(NamedTuple):
    """What the parent tells a new zygote, as JSON on its command line."""

    control: int
    """The control socket's descriptor."""
    memory_mb: int
    """Address space of a worker beyond what the interpreter takes."""
    cpu_s: int
    answer_bytes: int
    output_characters: int
    extra_modules: tuple[str, ...]
