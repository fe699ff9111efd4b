"""What host and worker tell each other beside values: how to set up, what to do with rows, when to fork.

Control messages, each answered in turn: "F" with three descriptors forks a worker and answers its process id, or the
negative errno of what kept it from forking; "R" and a process id waits for a worker that the host has ended and answers
its exit status. A worker stays a zombie until then, so the host never signals a stranger's process.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MESSAGE = struct.Struct(">ci")
"""A command's letter and a number."""
COUNTER_BYTES = 8
"""Size of the file in which a worker counts the rows that it begins."""


class Setup(NamedTuple):
    """What the host tells a new process of the sandbox, as JSON on its command line."""

    control: int
    """The control socket's descriptor; 0 where there is no zygote."""
    memory_mb: int
    """Address space of a worker beyond what the interpreter takes."""
    cpu_s: int
    answer_bytes: int
    output_characters: int
    extra_modules: tuple[str, ...]


class Plan(NamedTuple):
    """What is done with each row: which functions, in which order."""

    kind: str
    """ "call", "solve", "formatted" or "snippet"."""
    names: tuple[str | None, ...]
    timeout_s: float
    is_fresh: bool
    """Each row gets a namespace of its own."""
    keeps: bool
    """The arguments that `parse` returned and the function's result are sent along."""
    tested: int = -1
    """Rows tell which branches they went through whose bit here is not set; -1 = of none."""
