"""What probes cost a batch: its speed with the probes that a tool has, against none, and how many rows are marked.

    python benchmarks/probed_batch.py [--rows 100000] [--tasks price_amount ...]

The tools are those of tests/recordings/columns, made of a column; rows repeat until there are enough. Arms take turns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path

import figures
from bbh import ROOT
from columns import make, read_rows

from latm_magic import Session
from latm_magic.tools.runner import pipeline_of

TURNS = 3


def measure(folder: Path, replay: Path, rows: int) -> float:
    """Print and return the speed with probes as a share of that without."""
    recording = str(replay / f"{folder.name}.jsonl")
    with tempfile.TemporaryDirectory() as project, closing(Session(project, replay=recording)) as session:
        make(session, folder, "rounds")
        tool = session.tool(folder.name).record
        known = [question for question, _ in read_rows(folder / "hidden.csv")]
        questions = list(islice(cycle(known), rows))
        seconds: dict[int, list[float]] = {-1: [], tool.verification.branches.known_bits: []}
        marked = 0
        for turn in range(TURNS + 1):
            for bits, taken in seconds.items():
                began = time.perf_counter()
                runs = session.sandbox.solve_many(tool.source, pipeline_of(tool), questions, tested=bits)
                if bits != -1:
                    marked = sum(bool(run.branches) for run in runs[:2000])
                if turn:
                    taken.append(time.perf_counter() - began)
    without, probed = (statistics.median(each) for each in seconds.values())
    us = 1e6 / rows
    print(f"{folder.name:22}{us * without:11.2f}{us * probed:7.2f}{without / probed:8.2f}{marked / 20:9.1f}")
    figures.keep(f"probed batch, {folder.name}", probed, "s", bare=without)
    return without / probed


def main() -> None:
    """Measure each tool."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--tasks", nargs="*")
    options.add_argument("--tasks-folder", type=Path, default=ROOT.parent / "shared" / "data" / "columns")
    options.add_argument("--replay", type=Path, default=ROOT / "tests" / "recordings" / "columns")
    given = options.parse_args()
    print(f"{'task':22}{'us without':>11}{'with':>7}{'speed':>8}{'marked %':>9}")
    folders = [path for path in sorted(given.tasks_folder.iterdir()) if path.name in (given.tasks or [path.name])]
    shares = [measure(folder, given.replay, given.rows) for folder in folders]
    print(f"median {statistics.median(shares):.2f}")


if __name__ == "__main__":
    main()
