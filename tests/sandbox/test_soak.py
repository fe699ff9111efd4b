"""The soaks of benchmarks/, shortened: misbehaving calls cost nobody else anything, nor do killed workers."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


def script(name):
    """Return a script of benchmarks/ as a module."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_calls_when_one_in_a_hundred_misbehaves():
    """Every other call is right, no descriptor and no process is left, and memory does not grow."""
    found = script("soak").soak(3000)
    assert found.wrong == []
    assert sum(found.outcomes.values()) == 3000
    assert (found.more_descriptors, found.processes_left) == (0, 0)
    assert found.grown_mb < 20


def test_batches_when_workers_are_killed():
    """No answer is wrong, no row is paid for, and no batch is lost."""
    found = script("kills").kills(30)
    assert (found.wrong, found.raised, found.paid) == ([], [], 0)
    assert found.more_descriptors <= 0
