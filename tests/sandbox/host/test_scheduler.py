"""Many rows on several workers: in order, whatever their size, and no lane's error is lost."""

import pytest

from latm_magic.sandbox import Pipeline, Sandbox


def test_solve_many_when_there_is_much_to_do(monkeypatch):
    """Many rows go to several workers of one tool and come back in order."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 2)
    source = "def parse(q):\n    return {'n': int(q)}\ndef f(n):\n    return sum(range(200)) + n\ndef show(r, q):\n    return str(r)"
    with Sandbox() as sandbox:
        runs = sandbox.solve_many(source, Pipeline("parse", "f", "show"), map(str, range(30_000)))
        assert [run.value for run in runs] == [str(19900 + n) for n in range(30_000)]
        assert len(sandbox._pool._idle) == 2


def test_map_when_rows_are_large():
    """Rows larger than a pipe go through in both directions at once, wherever chunks end."""
    source = "def f(text, times):\n    return text * times"
    with Sandbox(memory_mb=256) as sandbox:
        rows = [["x" * (1 if n % 7 else 300_000), 1 + n % 3] for n in range(400)]
        runs = sandbox.map(source, "f", rows)
        assert [run.value for run in runs] == [text * times for text, times in rows]
        runs = sandbox.map(source, "f", [["y" * 1_100_000, 1]] * 5)
        assert [len(run.value) for run in runs] == [1_100_000] * 5


def test_solve_many_when_one_lane_fails(monkeypatch):
    """What a lane in a thread of its own cannot handle is raised in the caller's."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 2)

    def broken(*_):
        raise RuntimeError("out of workers")

    with Sandbox() as sandbox:
        monkeypatch.setattr(sandbox._pool, "try_lease", broken)
        with pytest.raises(RuntimeError, match="out of workers"):
            sandbox.map("def f(n):\n    return sum(range(1000))", "f", [[n] for n in range(20_000)])
