"""The sandbox as it is where the system cannot fork: the same outcomes, more slowly. Run here on what system there is."""

import os
import signal
import sys
from pathlib import Path

import pytest

from latm_magic.sandbox import Pipeline, Sandbox
from latm_magic.sandbox.host import spawn

TOOL = """
LOG = []
def double(x):
    LOG.append(x)
    return 2 * x
def spin():
    while True:
        pass
def hang_in_c():
    return sum(iter(int, 1))
def choose(n):
    return 1 / 0 if n == 3 else sum(iter(int, 1)) if n == 5 else n
def parse(question):
    return {"x": int(question)}
def big():
    return "x" * 3_000_000
"""


class SpawnSandbox(Sandbox):
    """Workers that are spawned, not forked."""

    _launcher = spawn.SpawnLauncher
    _program = spawn.PROGRAM


@pytest.fixture(scope="module")
def sandbox():
    """Open a sandbox of spawned workers."""
    with SpawnSandbox(timeout_s=0.5, max_workers=3) as opened:
        yield opened


def test_rows_when_workers_are_spawned(sandbox):
    """Rows come back in order; an error and a hang cost their own."""
    runs = sandbox.map(TOOL, "choose", [[n] for n in range(8)])
    assert [run.outcome if run.error else run.value for run in runs] == [0, 1, 2, "raised", 4, "timeout", 6, 7]
    assert sandbox.solve(TOOL, Pipeline("parse", "double"), "21").value == 42
    assert len(sandbox.run(TOOL, "big").value) == 3_000_000
    assert sandbox.check("import os").findings


def test_run_when_a_spawned_worker_hangs(sandbox):
    """Both limits hold, and the next call works."""
    for function in ("spin", "hang_in_c"):
        assert sandbox.run(TOOL, function).outcome == "timeout"
        assert sandbox.run(TOOL, "double", args=[2]).value == 4


def test_worker_when_it_was_spawned_and_is_killed(sandbox):
    """A worker that is gone is replaced before anybody notices."""
    sandbox.run(TOOL, "double", args=[1])
    (worker,) = [each for each in sandbox._pool._idle if each.source == TOOL]
    os.kill(worker._handle.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert sandbox.run(TOOL, "double", args=[2]).value == 4


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
def test_processes_when_a_sandbox_of_spawned_workers_is_closed():
    """No process and no descriptor is left, the standby's included."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    opened = SpawnSandbox()
    assert opened.run(TOOL, "double", args=[1]).value == 2
    pids = [worker.pid for worker in opened._pool._launcher._workers]
    assert len(pids) == 2
    opened.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_sandbox_of_spawned_workers_when_the_parent_forks(sandbox):
    """A forked child lets go of the parent's workers and has its own."""
    assert sandbox.run(TOOL, "double", args=[1]).value == 2
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if sandbox.run(TOOL, "double", args=[3]).value == 6 else 2
            sandbox.close()
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    assert sandbox.run(TOOL, "double", args=[5]).value == 10


def test_reply_when_a_spawned_worker_floods():
    """A message that announces too much ends the worker."""

    class Flooding(SpawnSandbox):
        _program = "import os; os.write(1, b'\\xff' * 1000); import time; time.sleep(60)"

    with Flooding() as opened, pytest.raises(Exception, match="could not start"):
        opened.run(TOOL, "double", args=[1])
