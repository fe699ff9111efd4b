"""Hold two runs of `make bench` against each other, each as ratios to the bare loop of its own run.

    python benchmarks/compare.py OLD.json NEW.json [--tolerance 0.25]

Says which figures moved beyond their spread. Exit code 1: one got worse by more than the tolerance; 2: nothing to
compare.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

LOWER_IS_BETTER = {"us", "ms", "s", "MB", "ratio of time"}


def figures(path: Path) -> dict[tuple[str, str, str], list[float]]:
    """Return the ratios of each figure, one a run in the file; the value itself where it has no ratio."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for each in json.loads(path.read_text(encoding="utf-8"))["figures"]:
        ratio = each["value"] if each["ratio"] is None else each["ratio"]
        found.setdefault((each["script"], each["name"], each["unit"]), []).append(ratio)
    return found


def change(old: list[float], new: list[float], unit: str) -> float:
    """Return how much worse a figure got: 0.5 = half as much again, below 0 = better, 0 = within its spread."""
    if min(new) <= max(old) and min(old) <= max(new):
        return 0.0
    before, after = statistics.median(old), statistics.median(new)
    if unit not in LOWER_IS_BETTER:
        before, after = after, before
    return after / before - 1 if before > 0 else float("inf")


def main(arguments: list[str] | None = None) -> int:
    """Print what moved; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("old", type=Path)
    options.add_argument("new", type=Path)
    options.add_argument(
        "--tolerance", type=float, default=0.25, help="how much worse is a regression; 0.25 = a quarter"
    )
    given: Any = options.parse_args(arguments)
    old, new = figures(given.old), figures(given.new)
    both = [key for key in old if key in new]
    for key in sorted(old.keys() ^ new.keys()):
        print(f"only in the {'old' if key in old else 'new'} run: {key[0]}: {key[1]}")
    moved = {key: worse for key in both if (worse := change(old[key], new[key], key[2]))}
    regressions = [key for key, worse in moved.items() if worse > given.tolerance]
    for key, worse in sorted(moved.items(), key=lambda item: -item[1]):
        script, name, unit = key
        word = "REGRESSION" if key in regressions else "worse" if worse > 0 else "better"
        values = f"{statistics.median(old[key]):.3g} -> {statistics.median(new[key]):.3g}"
        print(f"{word:11}{abs(worse):7.0%}  {script}: {name} ({unit}; against the bare loop {values})")
    print(f"{len(both)} figures, {len(moved)} moved beyond their spread, {len(regressions)} regressions")
    return 2 if not both else int(bool(regressions))


if __name__ == "__main__":
    sys.exit(main())
