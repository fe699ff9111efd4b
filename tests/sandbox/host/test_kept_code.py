"""A tool that lost its worker starts from the code that was kept: same answers, and no way in for forged code."""

import gc
import marshal
import os
import signal
import threading
from pathlib import Path

import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox import Pipeline, Sandbox
from latm_magic.sandbox.host import kept_code
from latm_magic.sandbox.host.spawn import PROGRAM as SPAWNED
from latm_magic.sandbox.host.spawn import SpawnLauncher
from latm_magic.sandbox.worker.sealed import opened, sealed

TOOL = '''
import re
LOG = []
def parse(question: str) -> dict:
    """Read two numbers."""
    LOG.append(question)
    match = re.fullmatch(r"(\\d+) and (\\d+)", question)
    if match is None:
        raise ValueError("not two numbers")
    return {"a": int(match[1]), "b": int(match[2])}
def add(a: int, b: int) -> int:
    if a > b:
        return a + b
    return b + a
def calls():
    return len(LOG)
def spin():
    while True:
        pass
def hang_in_c():
    return sum(iter(int, 1))
'''
STEPS = Pipeline("parse", "add")
LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def code_of(sandbox):
    """Return what is kept, by source and probes."""
    return sandbox._pool._code._kept


def lose_worker(sandbox):
    """Kill the idle workers of `TOOL`."""
    for worker in [each for each in sandbox._pool._idle if each.source == TOOL]:
        os.kill(worker._handle.pid, signal.SIGKILL)


@pytest.fixture
def compiled(monkeypatch):
    """Return what each `load` was answered with: True = compiled."""
    seen = []
    read = kept_code.read_loaded

    def watched(content):
        seen.append(read(content)[0] is not None)
        return read(content)

    monkeypatch.setattr("latm_magic.sandbox.host.worker.read_loaded", watched)
    return seen


@LINUX
def test_tool_when_its_worker_was_killed(compiled):
    """It starts again from kept code, afresh, and says all that it said before: answers, errors, lines, branches."""
    with Sandbox() as sandbox:

        def told():
            runs = [sandbox.solve(TOOL, STEPS, text, tested=0) for text in ("2 and 1", "1 and 2", "none")]
            seen = [(run.outcome, run.value, run.error, run.stage, run.branches) for run in runs]
            return seen, sandbox.check(TOOL), sandbox.run(TOOL, "calls", tested=0).value

        before = told()
        lose_worker(sandbox)
        assert told() == before
        assert before[0][0][:2] == ("returned", 3)
        assert before[0][2][2].line is not None
        assert compiled == [True, False]


@pytest.mark.parametrize("function", ["spin", "hang_in_c"])
def test_tool_when_it_was_ended_for_its_time(compiled, function):
    """After a limit it goes on with kept code."""
    with Sandbox(timeout_s=0.3) as sandbox:
        assert sandbox.run(TOOL, "add", args=[1, 2]).value == 3
        assert sandbox.run(TOOL, function).outcome == "timeout"
        assert sandbox.run(TOOL, "add", args=[1, 2]).value == 3
        assert compiled in ([True], [True, False])


def test_tool_when_others_took_its_place(compiled):
    """A worker that left for want of room costs no second compiling."""
    with Sandbox(max_workers=1) as sandbox:
        for _ in range(3):
            for name in "ab":
                assert sandbox.run(f"{TOOL}# {name}", "add", args=[1, 2]).value == 3
        assert compiled == [True, True, False, False, False, False]


def test_tool_when_other_branches_are_to_be_told():
    """Kept code serves the probes that it has; for others the source is compiled, with the same branches."""
    with Sandbox(max_workers=1) as sandbox:
        told = {}
        for _ in range(2):
            for tested in (-1, 0, 1, 2):
                run = sandbox.solve(TOOL, STEPS, "2 and 1", tested=tested)
                assert told.setdefault(tested, run.branches) == run.branches
                sandbox.run("def f(): return 1", "f")
            lose = sandbox.solve(TOOL, STEPS, "2 and 1", tested=-1), sandbox.solve(TOOL, STEPS, "2 and 1", tested=0)
            assert [run.branches for run in lose] == [told[-1], told[0]]
        assert told[-1] == ()
        assert told[0]


def test_source_that_is_refused_is_never_kept(compiled):
    """What the policy refuses is compiled, and refused, each time."""
    refused = "import os\ndef f(): return os.getcwd()"
    with Sandbox(max_workers=1) as sandbox:
        for _ in range(2):
            run = sandbox.run(refused, "f")
            assert (run.outcome, bool(run.error.findings)) == ("forbidden", True)
            sandbox.run("def f(): return 1", "f")
        assert all(source != refused for source, _ in code_of(sandbox))
        assert compiled.count(True) == 3


def test_code_when_the_policy_differs(monkeypatch):
    """Code of another policy, another Python, other modules, probes or source is no code."""
    code = compile("x = 1", "<tool>", "exec")
    kept = sealed(code, TOOL, 0, ())
    assert opened(kept, TOOL, 0, ()) == code
    for source, tested, modules in ((TOOL + " ", 0, ()), (TOOL, 1, ()), (TOOL, 0, ("numpy",))):
        assert opened(kept, source, tested, modules) is None
    with monkeypatch.context() as patch:
        patch.setattr("latm_magic.sandbox.worker.sealed.POLICY_VERSION", "another")
        assert opened(kept, TOOL, 0, ()) is None
    with monkeypatch.context() as patch:
        patch.setattr("sys.version", "another")
        assert opened(kept, TOOL, 0, ()) is None


def test_code_when_it_was_damaged(compiled):
    """Whatever stands where kept code should, is refused before it is read: the source is compiled, and that is kept."""
    evil = marshal.dumps(compile("def add(a, b): return 'forged'", "<tool>", "exec"))
    with Sandbox() as sandbox:
        assert sandbox.run(TOOL, "add", args=[1, 2]).value == 3
        (key,) = code_of(sandbox)
        good = code_of(sandbox)[key]
        other = "def add(a, b): return 'of another tool'\n"
        assert sandbox.run(other, "add", args=[1, 2]).value == "of another tool"
        of_another = code_of(sandbox)[other, -1].code
        for forged in (evil, b"", b"\0" * 500, good.code[:-1], good.code[:32] + evil, of_another):
            code_of(sandbox)[key] = good._replace(code=forged)
            lose_worker(sandbox)
            assert sandbox.run(TOOL, "add", args=[1, 2]).value == 3
            assert code_of(sandbox)[key].code == good.code
        assert not [again for again in compiled if not again]


FORGER = """
import base64, hashlib, json, marshal, os, struct, sys
EVIL = marshal.dumps(compile("def victim(): return 'forged'\\ndef forge(kind): return 'forged'", "<tool>", "exec"))
def pipe():
    for number in range(3, 400):
        try:
            os.write(number, b"")
        except OSError:
            continue
        return number
def forge(kind):
    content = {"$bytes": base64.b64encode(b"0" * 32 + EVIL).decode()}
    frame = sys._getframe()
    ticket = "0" * 16
    while frame:
        ticket = frame.f_locals.get("ticket", ticket)
        frame = frame.f_back
    loaded = [[], [], [], [], []]
    said = {
        "loaded": [ticket, "loaded", [loaded, content]],
        "kept": [ticket, "loaded", [None, content]],
        "ready": ["ready", "loaded", [loaded, content]],
        "rows": [ticket, "rows", [[1], [content], []]],
    }[kind]
    text = json.dumps(said).encode()
    os.write(pipe(), struct.pack(">I", len(text)) + text)
    return kind
"""
VICTIM = "def victim():\n    return 'true'\n"


@LINUX
@pytest.mark.parametrize("kind", ["loaded", "kept", "ready", "rows"])
def test_code_when_a_hostile_worker_sends_some(kind):
    """A tool that took its worker over cannot leave code behind: not for itself, and not for another tool."""
    with OpenSandbox(timeout_s=1) as sandbox:
        assert sandbox.run(VICTIM, "victim").value == "true"
        sandbox.check(FORGER)
        before = {key: kept.code for key, kept in code_of(sandbox).items()}
        for _ in range(2):
            assert sandbox.run(FORGER, "forge", args=[kind]).value != "forged"
        assert {key: kept.code for key, kept in code_of(sandbox).items()} == before
        for worker in list(sandbox._pool._idle):
            os.kill(worker._handle.pid, signal.SIGKILL)
        assert sandbox.run(VICTIM, "victim").value == "true"
        assert sandbox.run(FORGER, "forge", args=["rows"]).value != "forged"


def test_code_when_it_takes_more_than_there_is_room_for(monkeypatch):
    """The longest unused code goes; its tool is compiled again."""
    monkeypatch.setattr(kept_code, "_MOST_BYTES", 1500)
    with Sandbox(max_workers=1) as sandbox:
        for name in range(12):
            assert sandbox.run(f"def f(): return {name}", "f").value == name
        assert 1 < len(code_of(sandbox)) < 12
        assert sandbox.run("def f(): return 0", "f").value == 0


def test_code_when_workers_are_spawned(compiled):
    """Where the system cannot fork, kept code serves as well."""

    class SpawnSandbox(Sandbox):
        _launcher, _program = SpawnLauncher, SPAWNED

    with SpawnSandbox(max_workers=1) as sandbox:
        for _ in range(2):
            for name in "ab":
                assert sandbox.run(f"{TOOL}# {name}", "add", args=[1, 2]).value == 3
    assert compiled == [True, True, False, False]


def spare_of(sandbox):
    """Return the process ids of spare workers."""
    return [worker.pid for worker in sandbox._pool._launcher._spare]


@LINUX
def test_spare_worker_when_it_is_used():
    """Where workers come and go one stands ready; the next takes its place."""
    with Sandbox(max_workers=2) as sandbox:
        sandbox.run("def f(): return 0", "f")
        assert spare_of(sandbox) == []
        for name in range(1, 4):
            sandbox.run(f"def f(): return {name}", "f")
        (first,) = spare_of(sandbox)
        sandbox.run("def f(): return 'next'", "f")
        assert first in {worker._handle.pid for worker in sandbox._pool._idle}
        (second,) = spare_of(sandbox)
        assert second != first
        os.kill(second, signal.SIGKILL)
        assert sandbox.run("def f(): return 'after'", "f").value == "after"


@LINUX
def test_processes_when_many_workers_came_and_went():
    """No zombie, no process and no descriptor is left, from several threads too."""
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Sandbox(max_workers=2) as sandbox:
        wrong = []

        def work(seed):
            got = [sandbox.run(f"def f(): return {name}  # {seed % 2}", "f").value for name in range(12)]
            wrong.extend(name for name, value in enumerate(got) if value != name)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        zygote = sandbox._pool._launcher._zygote.pid
        children = Path(f"/proc/{zygote}/task/{zygote}/children")
        started = children.read_text().split() if children.exists() else []
        assert len(started) <= 8
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
