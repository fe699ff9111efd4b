"""The recorded makers of real columns are played through the product: a changed word in a request would make them stale."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ROOT.parent / "shared" / "data" / "columns"


@pytest.mark.skipif(not COLUMNS.is_dir(), reason="the columns are not part of the package")
@pytest.mark.parametrize(("task", "arm", "least"), [("npm_ranges", "column", 99), ("taxon_canonical", "rounds", 95)])
def test_a_recorded_column_is_made_and_answered(task, arm, least):
    """Most of the column is answered, nearly all of it right, and no request was without its recorded reply."""
    run = runpy.run_path(str(ROOT / "benchmarks" / "columns.py"))["run"]
    figures = run(COLUMNS / task, arm, {"replay": str(ROOT / "tests" / "recordings" / "columns" / f"{task}.jsonl")})
    assert figures.made == "tool"
    assert figures.column.coverage >= least
    assert (figures.column + figures.others).accuracy >= 98
