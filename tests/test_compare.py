"""Two runs of the benchmarks held against each other, as ratios to the bare loop of each."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def load(name):
    """Return a module of benchmarks/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that writes a run of figures (name, value, unit, bare) and returns its path."""
    figures = load("figures")

    def write(name, *rows):
        path = tmp_path / name
        monkeypatch.setenv("BENCH_JSON", str(path))
        for label, value, unit, bare in rows:
            figures.keep(label, value, unit, bare=bare)
        return str(path)

    return write


def test_a_machine_that_is_slower_is_no_regression(run, capsys):
    """Everything takes twice as long, the bare loop too: nothing moved, and the exit code is 0."""
    old = run("old.json", ("solve", 10.0, "us", 5.0), ("solve", 11.0, "us", 5.0), ("accepted", 0.9, "share", None))
    new = run("new.json", ("solve", 21.0, "us", 10.0), ("accepted", 0.9, "share", None))
    assert load("compare").main([old, new]) == 0
    assert "2 figures, 0 moved beyond their spread, 0 regressions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "unit", "bare", "code", "said"),
    [
        (10.0, "us", 5.0, 1, "REGRESSION 100% "),
        (6.0, "us", 5.0, 0, "worse 20% "),
        (4.0, "us", 5.0, 0, "better 20% "),
        (2.5, "rows/s", 5.0, 1, "REGRESSION 100% "),
    ],
)
def test_what_moved_is_told_and_a_regression_fails(run, capsys, value, unit, bare, code, said):
    """A figure that got worse by more than the tolerance is exit code 1; the direction follows from its unit."""
    old, new = run("old.json", ("solve", 5.0, unit, 5.0)), run("new.json", ("solve", value, unit, bare))
    assert load("compare").main([old, new]) == code
    assert said in " ".join(capsys.readouterr().out.split())
    assert load("compare").main([old, new, "--tolerance", "2"]) == 0


def test_runs_without_a_common_figure_are_told(run, capsys):
    """There is nothing to compare: exit code 2, and each figure says which run holds it."""
    old, new = run("old.json", ("one", 1.0, "MB", None)), run("new.json", ("two", 1.0, "MB", None))
    assert load("compare").main([old, new]) == 2
    assert "only in the old run" in capsys.readouterr().out


def test_a_run_tells_its_machine_without_paths(run):
    """Facts name the commit, Python and machine; a figure of time without a bare loop takes the run's own."""
    document = json.loads(Path(run("run.json", ("open", 3.0, "ms", None))).read_text(encoding="utf-8"))
    assert set(document["facts"]) == {"commit", "python", "system", "machine", "cpus"}
    assert document["figures"][0]["ratio"] > 0
    assert not any("/" in str(value) for value in document["facts"].values())
    assert str(Path(sys.prefix)) not in json.dumps(document)
