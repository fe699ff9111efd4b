"""The soak of benchmarks/soak.py, shortened: misbehaving calls cost nobody else anything."""

import importlib.util
from pathlib import Path

import pytest

SOAK = Path(__file__).resolve().parents[2] / "benchmarks" / "soak.py"
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


def test_calls_when_one_in_a_hundred_misbehaves():
    """Every other call is right, no descriptor and no process is left, and memory does not grow."""
    spec = importlib.util.spec_from_file_location("soak", SOAK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.soak(3000)
    assert found.wrong == []
    assert sum(found.outcomes.values()) == 3000
    assert (found.more_descriptors, found.processes_left) == (0, 0)
    assert found.grown_mb < 20
