"""Workers that are killed, stopped or hang: rows fail with their reason, no model is paid, no tool is blamed."""

import contextlib
import os
import signal
import threading
from pathlib import Path

import pytest

from latm_magic.errors import SandboxError
from latm_magic.sandbox.host.fork import ZygoteLauncher
from latm_magic.sandbox.host.pool import Worker
from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="kills workers as Linux does")
ROOT = Path(__file__).resolve().parents[2]
ADD = '''
import re

def parse(question):
    if question == "hang":
        sum(iter(int, 1))
    while question == "loop":
        pass
    if question == "eat":
        [0] * 10**10
    found = re.fullmatch(r"(\\d+) plus (\\d+)", question)
    if found is None:
        raise ValueError("not a sum")
    return {"a": int(found[1]), "b": int(found[2])}

def add(a: int, b: int) -> int:
    """Add two numbers."""
    if a == 666:
        sum(iter(int, 1))
    for _ in range(2000 if b == 3 else 0):
        pass
    return a + b
'''
EXAMPLES = [(f"{n} plus 1", n + 1) for n in range(6)]
QUESTIONS = [f"{n} plus 2" for n in range(500)]


@pytest.fixture
def tool_session(project):
    """Give a session with one tool, whose models must not be asked."""
    models = {role: ScriptedModel([]) for role in ("maker", "user", "dispatcher")}
    with Session(project, **models) as made:
        made._parts.settings.timeout_s = 1.0
        made.add("add", ADD, EXAMPLES, description="Adds.")
        made.scripts = models
        forget_workers(made)
        yield made
        assert [model.requests for model in models.values()] == [[], [], []]


def forget_workers(session):
    """End the idle workers, so that the next run has to load its tool."""
    session._parts.settings.timeout_s += 0.001


def do_at_load(monkeypatch, act, times):
    """Have `act` done to a worker's process as it loads a tool, so many times; gives the list of those."""
    load, done = Worker.load, []

    def acted(worker, source, timeout_s):
        if len(done) < times:
            done.append(worker._handle.pid)
            act(worker._handle.pid)
        load(worker, source, timeout_s)

    monkeypatch.setattr(Worker, "load", acted)
    return done


def kill(pid):
    """Kill as the system does when memory runs out."""
    os.kill(pid, signal.SIGKILL)


def stop(pid):
    """Stop as a debugger or a paused container does."""
    os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize("act", [kill, stop])
def test_solve_when_a_worker_is_lost_while_it_loads(tool_session, monkeypatch, act):
    """Another worker is tried, and the batch never notices."""
    done = do_at_load(monkeypatch, act, 1)
    answers = tool_session.solve(QUESTIONS)
    assert (len(done), answers.counts()) == (1, {"parser": 500})


@pytest.mark.parametrize("act", [kill, stop])
def test_solve_when_every_worker_is_lost_while_it_loads(tool_session, monkeypatch, act):
    """The rows fail with their reason; no model is asked."""
    do_at_load(monkeypatch, act, 1000)
    answers = tool_session.solve(QUESTIONS[:5])
    assert answers.counts() == {"failed": 5}
    assert "not the tool's doing" in answers[0].reason


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("666 plus 1", "ran longer than"),
        ("hang", "ran longer than"),
        ("loop", "ran out of time"),
        ("eat", "MemoryError"),
    ],
)
def test_solve_when_the_tool_reaches_a_limit(tool_session, question, reason):
    """A tool that had to be stopped has not refused, wherever it was."""
    first, second = tool_session.solve([question, "1 plus 2"])
    assert (first.way, second.text) == ("failed", "3")
    assert reason in first.reason
    assert tool_session.tool("add").solve(question).way == "failed"


def test_solve_when_workers_are_killed_all_the_time(tool_session):
    """Every row is right or failed."""
    questions, is_over = [f"{n} plus 3" for n in range(20_000)], threading.Event()

    def kill_workers():
        while not is_over.wait(0.02):
            pool = tool_session.sandbox._pool
            for worker in [each for each in [*pool._leased, *pool._idle] if isinstance(each, Worker)][:1]:
                worker.stop()

    killer = threading.Thread(target=kill_workers)
    killer.start()
    try:
        answers = tool_session.solve(questions)
    finally:
        is_over.set()
        killer.join()
    assert set(answers.counts()) <= {"parser", "failed"}
    assert all(answer.value == n + 3 for n, answer in enumerate(answers) if answer.answered)


def test_solve_when_the_workers_are_stopped_for_a_while(tool_session):
    """A worker that was stopped in the middle of a row is replaced; its row is run again."""
    tool_session.solve(["1 plus 2"])
    (worker,) = tool_session.sandbox._pool._idle
    stop(worker._handle.pid)
    assert tool_session.solve(["2 plus 2"])[0].text == "4"


def test_solve_when_the_sandbox_is_closed_meanwhile(tool_session):
    """Rows that were done stay, the others fail, or the whole call says that the sandbox is closed."""
    threading.Timer(0.3, tool_session.sandbox.close).start()
    with contextlib.suppress(SandboxError):
        answers = tool_session.solve([f"{n} plus 3" for n in range(100_000)])
        assert set(answers.counts()) <= {"parser", "failed"}


@pytest.mark.parametrize("end", [forget_workers, Session.close])
def test_solve_when_another_thread_changes_a_setting_or_closes(tool_session, monkeypatch, end):
    """The batch ends as it began, on its own sandbox, and that leaves no process."""
    ended, load = [], Worker.load

    def end_then_load(worker, source, timeout_s):
        if not ended:
            ended.append(tool_session.sandbox)
            thread = threading.Thread(target=end, args=[tool_session])
            thread.start()
            thread.join()
        load(worker, source, timeout_s)

    monkeypatch.setattr(Worker, "load", end_then_load)
    assert tool_session.solve(QUESTIONS).counts() == {"parser": 500}
    (sandbox,) = ended
    assert sandbox is not tool_session.sandbox
    pool = sandbox._pool
    assert ([*pool._idle], pool._leased, pool._launcher._zygote) == ([], {}, None)


@pytest.mark.parametrize(("times", "way"), [(1, "parser"), (4, "parser"), (1000, "failed")])
def test_solve_when_what_starts_workers_is_killed_as_it_starts(tool_session, monkeypatch, times, way):
    """It is started again, a few times; then the rows fail with that reason."""
    launch, killed = ZygoteLauncher._launch, []

    def launch_and_kill(launcher):
        control = launch(launcher)
        if len(killed) < times:
            killed.append(launcher._zygote.pid)
            kill(killed[-1])
        return control

    monkeypatch.setattr(ZygoteLauncher, "_launch", launch_and_kill)
    answers = tool_session.solve(QUESTIONS[:5])
    assert answers.counts() == {way: 5}
    assert way == "parser" or "SIGKILL (not the tool's doing" in answers[0].reason


@pytest.mark.parametrize("act", [kill, stop])
def test_verify_when_workers_are_lost(tool_session, monkeypatch, act):
    """A good tool keeps its record."""
    before = tool_session.tool("add").record.verification
    with monkeypatch.context() as patch:
        do_at_load(patch, act, 1000)
        with pytest.raises(SandboxError, match="not the tool's doing"):
            tool_session.verify("add")
    assert tool_session.tool("add").record.verification == before
    do_at_load(monkeypatch, act, 1)
    assert tool_session.verify("add").passed


def test_add_when_workers_are_killed(tool_session, monkeypatch):
    """The module is not blamed."""
    do_at_load(monkeypatch, kill, 1000)
    with pytest.raises(SandboxError, match="could not be checked: .* SIGKILL"):
        tool_session.add("more", ADD.replace("add(", "more("), EXAMPLES)


def test_add_when_one_worker_is_killed(tool_session, monkeypatch):
    """Another one is tried."""
    do_at_load(monkeypatch, kill, 1)
    assert tool_session.add("more", ADD.replace("add(", "more("), EXAMPLES).name == "more"


@pytest.mark.parametrize("times", [1, 1000])
def test_make_when_workers_are_killed(project, monkeypatch, times):
    """The maker is asked once; its proposal is not called faulty."""
    maker = ScriptedModel([f"```python\n{ADD}```"])
    with Session(project, maker=maker) as session:
        do_at_load(monkeypatch, kill, times)
        if times == 1:
            assert session.make("add", "Adds.", EXAMPLES).record.provenance.attempts == 1
        else:
            with pytest.raises(SandboxError, match="SIGKILL"):
                session.make("add", "Adds.", EXAMPLES)
    assert len(maker.requests) == 1


@pytest.mark.parametrize("times", [1, 1000])
def test_load_when_workers_are_killed(tool_session, tmp_path, monkeypatch, times):
    """A good tool of a notebook is loaded, or it is said that the sandbox failed."""
    tool_session.export(tmp_path / "add.ipynb")
    tool_session.drop("add")
    forget_workers(tool_session)
    do_at_load(monkeypatch, kill, times)
    if times == 1:
        tool_session.load(tmp_path / "add.ipynb")
        assert tool_session.cache.tools.names() == ("add",)
    else:
        with pytest.raises(SandboxError, match="SIGKILL"):
            tool_session.load(tmp_path / "add.ipynb")
