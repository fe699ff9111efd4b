"""A worker that is a process of its own from the start, where the system cannot fork (Windows): fewer walls, same loop.

It does NOT tell which row it is at, so the host sends one row at a time. Requests come on standard input, replies go
to standard output; both are moved away before guest code runs.
"""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from latm_magic.sandbox.walls import walls
from latm_magic.sandbox.wire.control import Setup
from latm_magic.sandbox.worker.language import PolicyLanguage, warm_up
from latm_magic.sandbox.worker.loop import Pipes, serve


def main() -> NoReturn:
    """Warm up, put up the walls that this system has, and serve."""
    setup = Setup(*json.loads(sys.argv[1]))
    language = PolicyLanguage(setup.extra_modules)
    warm_up(language, setup.extra_modules)
    limits = walls.WorkerLimits(setup.memory_mb * 2**20 + walls.address_space(), setup.cpu_s)
    request, reply = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    up = walls.lower_privileges()
    up += walls.close_in(request, (reply,), limits)
    serve(Pipes(request, reply, None), language, setup, up)
