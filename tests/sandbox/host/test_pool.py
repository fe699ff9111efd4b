"""Workers' lives: whose they are, how many there are, and that none is left behind."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from open_sandbox import OpenSandbox

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.host.pool import Worker
from latm_magic.sandbox.wire.encode import encode

COUNT = "LOG = []\ndef count():\n    LOG.append(1)\n    return len(LOG)\ndef double(x):\n    return 2 * x"
ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def tool(name):
    """Return a source of its own."""
    return f"{COUNT}\n# {name}"


def pids(sandbox):
    """Return the process ids of idle workers."""
    return {worker._handle.pid for worker in sandbox._pool._idle}


def processes_of(pid):
    """Return the process ids of all descendants."""
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = list(children.get(pid, []))
    for each in found:
        found.extend(children.get(each, []))
    return set(found)


def descriptors():
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def wait_until(holds, seconds=10):
    """Wait until `holds()`; False when it never did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.01)
    return False


def test_worker_when_tools_differ():
    """Two sources never share a worker, and a source keeps its own."""
    with Sandbox() as sandbox:
        assert [sandbox.run(tool("a"), "count").value for _ in range(3)] == [1, 2, 3]
        assert sandbox.run(tool("b"), "count").value == 1
        assert sandbox.run(tool("a"), "count").value == 4
        assert len(pids(sandbox)) == 2


def test_workers_when_there_are_too_many():
    """The longest unused worker makes room; its tool starts afresh."""
    with Sandbox(max_workers=2) as sandbox:
        for name in "abab":
            sandbox.run(tool(name), "count")
        sandbox.run(tool("c"), "count")
        assert len(pids(sandbox)) == 2
        assert sandbox.run(tool("b"), "count").value == 3
        assert sandbox.run(tool("a"), "count").value == 1


def test_workers_when_one_is_all_there_may_be():
    """With one worker everything still works, from several threads too."""
    with Sandbox(max_workers=1) as sandbox:
        found = []

        def work(name):
            found.extend(sandbox.run(tool(name), "double", args=[n]).value == 2 * n for n in range(10))

        threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 30
        assert len(pids(sandbox)) == 1


def test_sandbox_when_threads_call_at_once():
    """Several threads may call one sandbox: each gets its own answers."""
    with Sandbox(max_workers=4) as sandbox:
        wrong = []

        def work(seed):
            for n in range(40):
                value = seed * 1000 + n
                if sandbox.run(tool(n % 3), "double", args=[value]).value != 2 * value:
                    wrong.append(value)
            runs = sandbox.map(tool("all"), "double", [[seed * n] for n in range(500)])
            wrong.extend(n for n, run in enumerate(runs) if run.value != 2 * seed * n)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(pids(sandbox)) <= 4


@LINUX
def test_worker_when_it_is_killed_while_idle():
    """A worker that the system killed meanwhile is replaced, and the call never notices."""
    with Sandbox() as sandbox:
        sandbox.run(COUNT, "count")
        (pid,) = pids(sandbox)
        os.kill(pid, signal.SIGKILL)
        assert sandbox.run(COUNT, "double", args=[4]).value == 8
        assert pids(sandbox) != {pid}


BURNING = """
import signal
def burn(number, frame):
    while True:
        pass
def burn_after(kind):
    if kind == "timer":
        signal.signal(signal.SIGALRM, burn)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
    if kind == "wake":
        signal.signal(signal.SIGCONT, burn)
    return 42
"""


def state_of(pid):
    """Return the letter of a process's state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@LINUX
@pytest.mark.parametrize("kind", ["timer", "wake", "nothing"])
def test_worker_when_its_tool_would_go_on_after_the_answer(kind):
    """An idle worker is stopped, so that nothing it left behind computes; the next call works, within its limit."""
    with OpenSandbox(timeout_s=0.3) as sandbox:
        assert sandbox.run(BURNING, "burn_after", args=[kind]).value == 42
        (pid,) = pids(sandbox)
        assert wait_until(lambda: state_of(pid) == "T")
        again = sandbox.run(BURNING, "burn_after", args=["nothing"])
        assert again.returned or again.outcome == "timeout"
        assert sandbox.run(BURNING, "burn_after", args=["nothing"]).value == 42
        sandbox.close()
        assert not Path(f"/proc/{pid}").exists()


@LINUX
def test_workers_when_their_zygote_is_killed():
    """The process that forks workers is started again when it is gone."""
    with Sandbox() as sandbox:
        sandbox.run(COUNT, "count")
        before = pids(sandbox)
        sandbox._pool._launcher._zygote.kill()
        assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before))
        assert sandbox.run(COUNT, "double", args=[4]).value == 8
        assert sandbox.run(tool("other"), "double", args=[5]).value == 10


@LINUX
def test_processes_when_the_sandbox_is_closed():
    """A closed sandbox leaves no process, no zombie and no descriptor, and says what to do when it is used."""
    Sandbox().close()
    before = descriptors()
    running = processes_of(os.getpid())
    sandbox = Sandbox(timeout_s=0.3)
    for name in "abc":
        sandbox.run(tool(name), "count")
    sandbox.run("def f():\n    return sum(iter(int, 1))", "f")
    assert len(processes_of(os.getpid()) - running) >= 3
    sandbox.close()
    sandbox.close()
    assert processes_of(os.getpid()) <= running
    assert descriptors() == before
    with pytest.raises(SandboxError, match="Make a new Sandbox"):
        sandbox.run(COUNT, "count")


@LINUX
def test_descriptors_when_workers_come_and_go():
    """Replaced and killed workers leave no descriptor behind."""
    with Sandbox(max_workers=2, timeout_s=0.2) as sandbox:
        sandbox.run(tool("first"), "count")
        before = descriptors()
        for name in range(8):
            sandbox.run(tool(name), "count")
        sandbox.run("def f():\n    return sum(iter(int, 1))", "f")
        sandbox.close()
        gc.collect()
        assert descriptors() <= before


def script(body):
    """Run a program that uses a sandbox, and return its output."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(body)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


@LINUX
@pytest.mark.parametrize("end", ["retire", "close"])
def test_descriptors_when_it_ends_while_a_worker_is_given_back(monkeypatch, end):
    """A worker that is given back as another thread ends the sandbox is ended too, with what starts workers."""
    before = descriptors()
    sandbox = OpenSandbox()
    has_grown = Worker.has_grown

    def ends_meanwhile(worker):
        getattr(sandbox, end)()
        return has_grown(worker)

    monkeypatch.setattr(Worker, "has_grown", ends_meanwhile)
    assert sandbox.run(COUNT, "double", args=[2]).value == 4
    assert wait_until(lambda: not processes_of(os.getpid()))
    assert descriptors() == before


@LINUX
@pytest.mark.parametrize("end", ["retire", "close"])
def test_descriptors_when_it_ends_while_a_worker_that_is_lost_starts(monkeypatch, end):
    """No process stays where the last worker to start was lost and the sandbox ended meanwhile."""
    before = descriptors()
    sandbox = OpenSandbox()
    start = sandbox._pool._launcher.start

    def lost():
        getattr(sandbox, end)()
        handle = start()
        handle.stop()
        return handle

    monkeypatch.setattr(sandbox._pool._launcher, "start", lost)
    with contextlib.suppress(SandboxError):
        sandbox.run(COUNT, "double", args=[2])
    assert wait_until(lambda: not processes_of(os.getpid()))
    assert descriptors() == before


@LINUX
def test_descriptors_when_it_is_closed_while_a_spare_worker_is_forked(monkeypatch):
    """A worker that was forked ahead of need, as another thread closed the sandbox, leaves no pipe open."""
    before = descriptors()
    sandbox = OpenSandbox()
    launcher = sandbox._pool._launcher
    forked = launcher._forked

    def closes_after(descriptors, *, may_launch):
        found = forked(descriptors, may_launch=may_launch)
        if not may_launch:
            sandbox.close()
        return found

    monkeypatch.setattr(launcher, "_forked", closes_after)
    for name in "abcd":
        with contextlib.suppress(SandboxError):
            sandbox.run(tool(name), "count")
    assert descriptors() == before


@LINUX
def test_workers_when_the_parent_is_killed():
    """When the parent dies by SIGKILL, its workers end at once, also one that hangs inside C."""
    program = """
        import os, sys, threading, time
        from latm_magic.sandbox import Sandbox
        sandbox = Sandbox(timeout_s=100)
        sandbox.run("def f(): return 1", "f")
        threading.Thread(target=sandbox.run, args=("def f(): return sum(iter(int, 1))", "f"), daemon=True).start()
        time.sleep(0.5)
        print("ready", flush=True)
        time.sleep(100)
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "ready\n"
    left = processes_of(parent.pid)
    assert len(left) == 3
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: not any(is_running(pid) for pid in left))


def is_running(pid):
    """Whether a process runs; a zombie that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interpreter_when_it_exits_with_a_sandbox_open():
    """A program may end without closing its sandbox: no hang, no warning, no word."""
    assert (
        script("""
        from latm_magic.sandbox import Sandbox
        sandbox = Sandbox()
        print(sandbox.run("def f(): return 1", "f").value)
    """)
        == "1"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_sandbox_when_the_parent_forks():
    """A forked child has workers of its own, and the parent's go on."""
    assert (
        script("""
        import os
        from latm_magic.sandbox import Sandbox
        sandbox = Sandbox()
        source = "LOG = []\\ndef f():\\n    LOG.append(1)\\n    return len(LOG)"
        assert sandbox.run(source, "f").value == 1
        pid = os.fork()
        if pid == 0:
            good = sandbox.run(source, "f").value == 1
            sandbox.close()
            os._exit(0 if good else 1)
        assert os.waitpid(pid, 0)[1] == 0
        print(sandbox.run(source, "f").value)
        sandbox.close()
    """)
        == "2"
    )


@pytest.mark.skipif(not hasattr(signal, "raise_signal") or sys.platform == "win32", reason="needs signals")
def test_sandbox_when_it_is_interrupted():
    """An interrupt while guest code runs is raised at once, and the sandbox stays usable."""
    assert script("""
        import os, signal, threading, time
        from latm_magic.sandbox import Sandbox
        sandbox = Sandbox(timeout_s=30)
        def interrupt(): time.sleep(0.4); os.kill(os.getpid(), signal.SIGINT)
        for rows in (1, 5000):
            sandbox.run("def f(n): return n", "f", args=[1])
            threading.Thread(target=interrupt).start()
            began = time.monotonic()
            try:
                sandbox.map("def f(n):\\n    while True: pass", "f", [[1]] * rows)
            except KeyboardInterrupt:
                print("interrupted", time.monotonic() - began < 5)
            print(sandbox.run("def f(n): return n", "f", args=[7]).value)
        sandbox.close()
    """).split() == ["interrupted", "True", "7", "interrupted", "True", "7"]


@LINUX
@pytest.mark.parametrize("end", ["close", "retire"])
def test_descriptors_when_closing_is_interrupted(end):
    """An interrupt while a sandbox is closed is raised at once; processes and pipes go, or go when it is asked again."""
    program = f"""
        import gc, os, random, signal, threading, time
        from pathlib import Path
        from latm_magic.sandbox import Sandbox

        def count():
            return len(list(Path("/proc/self/fd").iterdir()))

        with Sandbox() as first:
            first.run("def f(): return 1", "f")
        before, chance, interrupted = count(), random.Random(1), 0
        for number in range(4):
            sandbox = Sandbox(max_workers=8)
            for name in range(4):
                sandbox.run(f"def f(): return 1  # {{name}}", "f")
            try:
                threading.Timer(chance.random() * 0.02, signal.raise_signal, [signal.SIGINT]).start()
                sandbox.{end}()
                time.sleep(5)
            except KeyboardInterrupt:
                interrupted += 1
            sandbox.{end}()
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join()
        gc.collect()
        print(interrupted, count() - before)
    """
    assert script(program) == "4 0"


@LINUX
def test_workers_when_what_starts_them_hangs():
    """A stopped zygote is replaced, and its workers with it."""
    with Sandbox() as sandbox:
        assert sandbox.run(tool("a"), "count").value == 1
        zygote = sandbox._pool._launcher._zygote.pid
        os.kill(zygote, signal.SIGSTOP)
        sandbox._pool._launcher._control.settimeout(0.1)
        assert sandbox.run(tool("b"), "count").value == 1
        assert sandbox.run(tool("a"), "count").value == 1
        assert not Path(f"/proc/{zygote}").exists()


def test_sandbox_when_its_process_cannot_start():
    """A worker that cannot start is our fault, and says why."""

    class Broken(Sandbox):
        _program = "raise SystemExit('no such luck')"

    with Broken() as sandbox, pytest.raises(SandboxError, match="no such luck"):
        sandbox.run(COUNT, "count")


def test_sandbox_when_an_extra_module_is_missing():
    """A module that is not installed is named."""
    with (
        Sandbox(extra_modules=["no_such_module_here"]) as sandbox,
        pytest.raises(SandboxError, match="'no_such_module_here'"),
    ):
        sandbox.run(COUNT, "count")


def test_worker_when_it_never_gets_ready():
    """A process that says something else first is no worker."""

    class Channel:
        def receive(self, _until):
            return encode(["hello"], 100).encode()

    class Hold:
        channel = Channel()
        status = None

        def kill(self):
            self.status = 9
            return 9

    hold = Hold()
    with pytest.raises(SandboxError, match="could not start"):
        Worker(hold)
    assert hold.status == 9
