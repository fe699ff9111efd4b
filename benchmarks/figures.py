"""Keeps what the benchmarks print, so that `compare.py` can hold two runs against each other.

Set BENCH_JSON to a file: every figure is added to it, with its ratio to a bare loop of the same run. A run that is
added to the same file again gives its figures a spread. Without the variable nothing is kept.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def keep(name: str, value: float, unit: str, *, bare: float | None = None) -> None:
    """Add a figure to the file; `bare` is the bare loop's, in the same unit, where the script times one itself.

    Units of time, "MB" and "ratio of time" are better when they are lower; others ("rows/s", "share") when higher.
    """
    place = os.environ.get("BENCH_JSON")
    if not place:
        return
    path = Path(place)
    run = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"facts": facts(), "figures": []}
    base = bare if bare is not None else bare_s() / SECONDS[unit] if unit in SECONDS else None
    figure = {"script": Path(sys.argv[0]).stem, "name": name, "value": value, "unit": unit}
    run["figures"].append({**figure, "ratio": value / base if base else None})
    path.write_text(json.dumps(run, indent=1), encoding="utf-8")


def facts() -> dict[str, object]:
    """Return what a run was made on, without paths."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    python, cpus = platform.python_version(), os.cpu_count()
    return {
        "commit": commit,
        "python": python,
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": cpus,
    }


@cache
def bare_s() -> float:
    """Return the seconds that a bare Python function takes for one question, here and now."""

    def run() -> float:
        began = time.perf_counter()
        for number in range(2000):
            " ".join(sorted(f"Sort: pear apple fig {number} plum".partition(": ")[2].split()))
        return (time.perf_counter() - began) / 2000

    return statistics.median(run() for _ in range(9))
