"""The workers that nothing uses: found by source, in order, and added up."""

import os

from latm_magic.sandbox import Sandbox

SOURCE = "def double(x):\n    return 2 * x\n"


def sources(pool):
    """Return the number at the end of each idle worker's source, in order."""
    return [worker.source[-1] for worker in pool._idle]


def test_idle_workers_when_they_are_used_again_and_leave():
    """The one used last stands last, and what they take together is what each of them takes."""
    with Sandbox(max_workers=3) as sandbox:
        pool = sandbox._pool
        for number in (1, 2, 3, 1):
            assert sandbox.run(f"{SOURCE}# {number}", "double", args=[2]).value == 4
        assert sources(pool) == ["2", "3", "1"]
        assert sandbox.run(f"{SOURCE}# 4", "double", args=[2]).value == 4
        assert sources(pool) == ["3", "1", "4"]
        assert abs(pool._idle.size_mb - sum(worker.size_mb for worker in pool._idle)) < 1e-6
        assert pool._idle.take(f"{SOURCE}# 2") is None
    assert (len(pool._idle), pool._idle.size_mb) == (0, 0.0)


def test_idle_worker_when_it_is_asked_again(monkeypatch):
    """What a resting worker is to do lies before it when it goes on: it is not woken to find nothing."""
    told = []
    write, killpg = os.write, os.killpg
    with Sandbox() as sandbox:
        sandbox.run(SOURCE, "double", args=[1])
        monkeypatch.setattr(os, "write", lambda *given: told.append("write") or write(*given))
        monkeypatch.setattr(os, "killpg", lambda pid, number: told.append(number.name) or killpg(pid, number))
        assert sandbox.run(SOURCE, "double", args=[2]).value == 4
        monkeypatch.undo()
    assert told == ["write", "SIGCONT", "SIGSTOP"]
