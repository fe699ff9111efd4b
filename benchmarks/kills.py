"""Kill and stop workers and the process that forks them, amid batches: no answer wrong, no row paid for, none lost.

    python benchmarks/kills.py [KILLS]      (default 300)

Four in five are SIGKILLs, at a worker or the zygote; the rest SIGSTOPs for longer than the time limit. In every
fifth batch another thread closes the session or changes a sandbox setting. A row that failed has to say so. Prints the
figures and ends with status 1 where one is not as it should be. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from latm_magic import Session
from latm_magic.errors import LatmError
from latm_magic.testing import ScriptedModel

SOURCE = '''
import re
def parse(question):
    found = re.fullmatch(r"(\\d+) plus (\\d+)", question)
    if found is None:
        raise ValueError("no sum")
    return {"a": int(found[1]), "b": int(found[2])}

def add(a: int, b: int) -> int:
    """Add."""
    for _ in range(1000):
        pass
    return a + b
'''
ROWS = 2000
TIMEOUT_S = 0.5


class Found(NamedTuple):
    """What the kills led to."""

    kills: Counter
    rows: int
    seconds: float
    wrong: list[str]
    raised: list[str]
    paid: int
    failed: Counter
    """The reasons of rows that failed, with how many."""
    more_descriptors: int


def main():
    found = kills(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    print(f"{dict(found.kills)} amid {found.rows} rows in {found.seconds:.1f} s")
    print(f"wrong: {len(found.wrong)} {found.wrong[:5]}, raised: {len(found.raised)} {found.raised[:5]}, ", end="")
    print(f"paid: {found.paid}")
    print(f"failed, and said so: {sum(found.failed.values())}; descriptors {found.more_descriptors:+d}")
    for reason, count in found.failed.most_common():
        print(f"  {count} {reason}")
    sys.exit(bool(found.wrong or found.raised or found.paid or found.more_descriptors > 0))


def kills(count, seed=1, rows=ROWS):
    """Solve batches of `rows` questions until `count` processes were killed or stopped."""
    began = perf_counter()
    wrong, raised, failed, done = [], [], Counter(), 0
    model = ScriptedModel(lambda _: '{"a": 1, "b": 1}')
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder, user=model, dispatcher=model, timeout_s=TIMEOUT_S)
        session.add("add", SOURCE, [(f"{n} plus 1", str(n + 1)) for n in range(6)])
        session.close()
        descriptors = _descriptors()
        with _Killer(count, seed) as killer:
            while not killer.is_done:
                questions = [f"{done + n} plus 2" for n in range(rows)]
                with _changes(session, done // rows):
                    try:
                        answers = session.solve(questions)
                    except LatmError as fault:
                        raised.append(f"{type(fault).__name__}: {fault}")
                        answers = []
                for n, answer in enumerate(answers):
                    if answer.way == "failed":
                        failed[answer.reason] += 1
                    elif answer.way != "parser" or answer.text != str(done + n + 2):
                        wrong.append(f"{questions[n]}: {answer.way} {answer.text!r}")
                done += rows
        session.close()
        more = _descriptors() - descriptors
    return Found(killer.kills, done, perf_counter() - began, wrong, raised, len(model.requests), failed, more)


@contextlib.contextmanager
def _changes(session, batch):
    """In every fifth batch, close the session or change a setting from another thread."""
    if batch % 10 not in {4, 9}:
        yield
        return

    def change():
        if batch % 10 == 4:
            session.close()
        else:
            session.settings.timeout_s = TIMEOUT_S + 0.001 * (batch % 100)

    timer = threading.Timer(0.03, change)
    timer.start()
    yield
    timer.join()


class _Killer:
    """A thread that kills and stops processes of this one's sandbox at random times."""

    def __init__(self, count, seed):
        self.kills = Counter()
        self._count = count
        self._chance = random.Random(seed)
        self._ended = threading.Event()
        self._stopped = set()
        self._thread = threading.Thread(target=self._work)

    @property
    def is_done(self):
        return self.kills.total() >= self._count

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _work(self):
        while not self._ended.wait(self._chance.choice((0.005, 0.05, 0.2)) * self._chance.random()):
            zygotes = _children([os.getpid()])
            workers = _children(zygotes)
            role = "zygote" if self._chance.random() < 0.1 else "worker"
            targets = zygotes if role == "zygote" else workers
            number = signal.SIGSTOP if role == "worker" and self._chance.random() < 0.2 else signal.SIGKILL
            if targets:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._chance.choice(targets), number)
                    self.kills[f"{role} {number.name}"] += 1


def _children(parents):
    """Return the process ids of the children of `parents` that were not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) in parents and state != "Z":
                found.append(int(folder.name))
    return found


def _descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    main()
