"""Starting workers where a system has little to give: it works, or says why not and what to do."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.host.lane import Lane
from latm_magic.sandbox.host.pool import Pool, Worker

ROOT = Path(__file__).resolve().parents[3]
SLOW = "def f(n):\n    return sum(range(1000)) + n"
NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def limited(limits, body):
    """Run a program under `ulimit`, and return its output."""
    done = subprocess.run(
        ["sh", "-c", f'ulimit {limits}; exec "$0" -W error -c "$1"', sys.executable, textwrap.dedent(body)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@NEEDS_FORK
@pytest.mark.parametrize("files", [48, 64, 100, 128, 200, 256, 300, 356, 1024])
def test_workers_when_few_files_may_be_open(files):
    """Any limit of open files will do, macOS's 256 included, and not by chance."""
    assert (
        limited(
            f"-S -n {files}",
            """
            from latm_magic.sandbox import Sandbox
            for _ in range(4):
                with Sandbox(max_workers=4) as sandbox:
                    for name in "abcd":
                        assert sandbox.run("def f(n): return n\\n# " + name, "f", args=[1]).value == 1
            """,
        )
        == ""
    )


@NEEDS_FORK
def test_worker_when_there_is_no_file_left():
    """What ran out is named, with what to do; nothing is left open, and afterwards it works."""
    assert (
        limited(
            "-S -n 64",
            """
            import os
            from latm_magic.errors import SandboxError
            from latm_magic.sandbox import Sandbox
            with Sandbox() as sandbox:
                assert sandbox.run("def f(): return 1", "f").value == 1
                for room in range(6):
                    held = [os.open(os.devnull, os.O_RDONLY)]
                    try:
                        while True:
                            held.append(os.open(os.devnull, os.O_RDONLY))
                    except OSError:
                        for _ in range(room):
                            os.close(held.pop())
                    count = len(os.listdir("/proc/self/fd")) if room > 0 and os.path.exists("/proc/self/fd") else 0
                    try:
                        value = sandbox.run(f"def f(): return {room} + 0", "f").value
                    except SandboxError as error:
                        assert "Too many open files" in str(error) and "ulimit -n" in str(error), error
                    else:
                        assert (room, value) == (5, 5), room
                    if room < 5 and count:
                        assert len(os.listdir("/proc/self/fd")) == count, room
                    for descriptor in held:
                        os.close(descriptor)
                assert sandbox.run("def f(): return 7", "f").value == 7
            """,
        )
        == ""
    )


@NEEDS_FORK
def test_worker_when_no_process_may_be_forked():
    """A zygote that cannot fork says so and lives on, with its workers."""

    class Crowded(Sandbox):
        _program = (
            "import errno, os\nforked = os.fork\ndef fork():\n    fork.count += 1\n"
            "    if fork.count > 1: raise BlockingIOError(errno.EAGAIN, 'Resource temporarily unavailable')\n"
            "    return forked()\nfork.count = 0\nos.fork = fork\n"
            "from latm_magic.sandbox.worker.zygote import main; main()"
        )

    with Crowded() as sandbox:
        source = "LOG = []\ndef f():\n    LOG.append(1)\n    return len(LOG)"
        assert sandbox.run(source, "f").value == 1
        with pytest.raises(SandboxError, match=r"could not start: Resource temporarily unavailable.*ulimit -u"):
            sandbox.run("def f(): return 1", "f")
        assert sandbox.run(source, "f").value == 2


@NEEDS_FORK
def test_worker_when_it_fails_before_it_is_ready():
    """What failed in the worker reaches the person."""

    class Odd(Sandbox):
        _program = (
            "from latm_magic.sandbox.walls import walls\nfrom latm_magic.sandbox.worker.zygote import main\n"
            "def close_in(*_): raise RuntimeError('no wall will stand')\nwalls.close_in = close_in\nmain()"
        )

    with Odd() as sandbox, pytest.raises(SandboxError, match="could not start: RuntimeError: no wall will stand"):
        sandbox.run("def f(): return 1", "f")


@NEEDS_FORK
def test_worker_when_it_may_use_more_memory_than_numbers_say():
    """A limit that no system can count to is no limit."""
    with Sandbox(memory_mb=10**30) as sandbox:
        assert sandbox.run("def f(): return 1", "f").value == 1


@pytest.mark.parametrize("fault", [SandboxError("no room"), OSError(24, "Too many open files")])
def test_map_when_a_helping_worker_cannot_start(monkeypatch, fault):
    """One that was only to help costs nothing."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 4)
    started, count = Pool._started, []

    def start(pool, mark):
        count.append(mark)
        if len(count) > 1:
            raise fault
        return started(pool, mark)

    monkeypatch.setattr(Pool, "_started", start)
    with Sandbox() as sandbox:
        runs = sandbox.map(SLOW, "f", [[n] for n in range(20_000)])
    assert len(count) > 1
    assert [run.value for run in runs] == [499_500 + n for n in range(20_000)]


def test_map_when_no_thread_can_be_started(monkeypatch):
    """The calling thread does all the work, and the sandbox is closed all the same."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 4)
    refused = []

    def start(thread):
        refused.append(thread.name)
        raise RuntimeError("can't start new thread")

    with Sandbox() as sandbox:
        assert sandbox.run(SLOW, "f", args=[1]).value == 499_501
        (worker,) = sandbox._pool._idle
        monkeypatch.setattr(threading.Thread, "start", start)
        runs = sandbox.map(SLOW, "f", [[n] for n in range(5_000)])
        sandbox.close()
    assert [run.value for run in runs] == [499_500 + n for n in range(5_000)]
    assert set(refused) == {"latm-sandbox-lane", "latm-sandbox-end"}
    assert not worker.channel._descriptors


@pytest.mark.parametrize("can_start", [False, True])
def test_map_when_workers_die_and_no_other_can_start(monkeypatch, can_start):
    """A helper's rows go back to the first lane; where it cannot go on either, the rows that are left fail."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 2)
    started, count = Pool._started, []

    def start(pool, mark):
        count.append(mark)
        if len(count) > 2 and not (can_start and len(count) > 4):
            raise SandboxError("no room")
        return started(pool, mark)

    monkeypatch.setattr(Pool, "_started", start)
    with Sandbox() as sandbox:
        runs = sandbox.map(SLOW, "f", [[n] for n in range(100)])
        lanes = []

        def stop_one(lane, worker, chunk, seconds):
            finish(lane, worker, chunk, seconds)
            if lane._thread is not None or not can_start:
                lanes.append(lane)
                worker.stop()

        finish = Lane._finish
        monkeypatch.setattr(Lane, "_finish", stop_one)
        runs = sandbox.map(SLOW, "f", [[n] for n in range(20_000)])
    assert lanes
    done = [n for n, run in enumerate(runs) if run.returned]
    assert all(runs[n].value == 499_500 + n for n in done)
    lost = {(run.outcome, run.error.message, run.was_lost) for run in runs if not run.returned}
    assert lost == (set() if can_start else {("crashed", "no room", True)})


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")
def test_processes_when_the_sandbox_is_closed_while_a_worker_starts(monkeypatch):
    """Nothing that was started meanwhile stays."""
    sandbox = Sandbox()
    launcher = sandbox._pool._launcher
    start, found = launcher.start, []

    def closed(self=launcher):
        sandbox.close()
        handle = start()
        found.append(launcher._zygote)
        return handle

    monkeypatch.setattr(launcher, "start", closed)
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run("def f(): return 1", "f")
    assert len(found) == 1
    assert launcher._zygote is None
    assert found[0].poll() is not None


def test_map_when_a_helper_loses_its_workers_while_they_load(monkeypatch):
    """The first lane runs what the helper had; no row fails."""
    monkeypatch.setattr("latm_magic.sandbox.host.scheduler.cores", lambda: 2)
    finish, load, lost = Lane._finish, Worker.load, []

    def finish_once(lane, worker, chunk, seconds):
        finish(lane, worker, chunk, seconds)
        if lane._thread is not None:
            lost.append(worker)
            worker.stop()

    def load_for_first(worker, source, timeout_s):
        if lost:
            worker.stop()
        load(worker, source, timeout_s)

    monkeypatch.setattr(Lane, "_finish", finish_once)
    monkeypatch.setattr(Worker, "load", load_for_first)
    with Sandbox() as sandbox:
        runs = sandbox.map(SLOW, "f", [[n] for n in range(20_000)])
    assert len(lost) >= 1
    assert [run.value for run in runs] == [499_500 + n for n in range(20_000)]
