"""Many calls with hangs, crashes, memory bombs and floods mixed in: all others right, nothing grows, nothing left.

    python benchmarks/soak.py [CALLS]      (default 100000)

One call in a hundred misbehaves. The workers run without the policy, which would refuse most of what is tried here.
Prints the figures and ends with status 1 where one is not as it should be. Linux only.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from open_sandbox import OpenSandbox

SOURCE = """
import ctypes, os
def act(kind, n):
    if kind == "spin":
        while True:
            pass
    if kind == "hang_in_c":
        return sum(iter(int, 1))
    if kind == "exit":
        os._exit(n % 256)
    if kind == "crash":
        ctypes.string_at(0)
    if kind == "eat":
        return len([0] * 10**10)
    if kind == "nibble":
        kept = []
        while True:
            kept.append(bytearray(2**20))
    if kind == "flood":
        while True:
            print("x" * 1000)
    if kind == "big":
        return "x" * 20_000_000
    if kind == "deep":
        return act(kind, n)
    return n * n
"""
WANTED = {
    "spin": "timeout",
    "hang_in_c": "timeout",
    "exit": "crashed",
    "crash": "crashed",
    "eat": "memory",
    "nibble": "memory",
    "flood": "output",
    "big": "output",
    "deep": "recursion",
}
TOOLS = 3
ROWS = 1000


class Soak(NamedTuple):
    """What a soak found."""

    calls: int
    seconds: float
    wrong: list[str]
    outcomes: Counter
    grown_mb: float
    """Memory of this process after the run beyond what it was after a tenth of it."""
    more_descriptors: int
    processes_left: int


def main():
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = soak(calls)
    print(f"{found.calls} calls in {found.seconds:.1f} s; outcomes {dict(found.outcomes)}")
    print(f"wrong: {len(found.wrong)} {found.wrong[:5]}")
    print(f"memory grown {found.grown_mb:.1f} MB, descriptors {found.more_descriptors:+d}, ", end="")
    print(f"processes left {found.processes_left}")
    sys.exit(bool(found.wrong or found.more_descriptors > 0 or found.processes_left or found.grown_mb > 20))


def soak(calls, timeout_s=0.2):
    """Make `calls` calls, most in batches and some alone, on several tools."""
    chance = random.Random(1)
    wrong, outcomes = [], Counter()
    began = perf_counter()
    descriptors = count_descriptors()
    base_mb = memory_mb()
    sandbox = OpenSandbox(timeout_s=timeout_s, memory_mb=64, max_workers=4)
    for first in range(0, calls, ROWS):
        source = f"{SOURCE}# {first // ROWS % TOOLS}"
        numbers = range(first, min(calls, first + ROWS))
        rows = [(chance.choice(list(WANTED)) if chance.random() < 0.01 else "square", n) for n in numbers]
        alone = [chance.random() < 0.02 for _ in rows]
        runs = sandbox.map(source, "act", [row for row, single in zip(rows, alone, strict=True) if not single])
        together = iter(runs)
        for row, single in zip(rows, alone, strict=True):
            run = sandbox.run(source, "act", args=row) if single else next(together)
            outcomes[run.outcome] += 1
            # On a loaded machine what misbehaves may run out of time before it does its worst.
            is_known = run.outcome in {WANTED.get(row[0], "returned"), WANTED.get(row[0]) and "timeout"}
            if not is_known or (run.returned and run.value != row[1] ** 2):
                wrong.append(f"{row}: {run.outcome} {run.error}")
        if first <= calls // 10:
            base_mb = memory_mb()
    grown = memory_mb() - base_mb
    launcher = sandbox._pool._launcher  # noqa: SLF001 - only the launcher knows every process
    pids = [worker.pid for worker in launcher._workers] + [launcher._zygote.pid]  # noqa: SLF001 - as above
    sandbox.close()
    left = sum(Path(f"/proc/{pid}").exists() for pid in pids)
    seconds = perf_counter() - began
    return Soak(calls, seconds, wrong, outcomes, grown, count_descriptors() - descriptors, left)


def count_descriptors():
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def memory_mb():
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


if __name__ == "__main__":
    main()
