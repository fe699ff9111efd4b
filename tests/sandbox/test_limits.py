"""What guest code does that must end: each in its own outcome, and the next call works."""

import time
from pathlib import Path

import pytest
from open_sandbox import OpenSandbox

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Pipeline, Sandbox

TOOL = """
import itertools, time
LOG = []
def double(x):
    return 2 * x
def spin():
    while True:
        pass
def hang_in_c():
    return sum(itertools.count())
def doze():
    time.sleep(60)
def eat():
    return len([0] * 10**10)
def nibble():
    kept = []
    while True:
        kept.append(bytearray(2**20))
def crumble():
    kept, size = [], 2**24
    while size > 64:
        try:
            kept.append(bytes(size))
        except MemoryError:
            size //= 2
    return kept, bytes(2**24)
def recurse(n=0):
    return recurse(n + 1)
def flood():
    while True:
        print("x" * 1000)
def shout():
    print("x" * 2_000_000)
def big():
    return "x" * 10_000_000
def ring():
    value = []
    value.append(value)
    return value
def odd():
    return (each for each in "abc")
def refuse(text="no"):
    raise ValueError(text)
def dirty():
    raise KeyError("\\x1b[31mred\\nline\\u202e")
class Slow(Exception):
    def __str__(self):
        while True:
            pass
def slow_text():
    raise Slow
def mark(n):
    LOG.append(n)
    return len(LOG)
def mark_and_spin(n):
    LOG.append(n)
    while True:
        pass
"""
DEADLY = """
import os, ctypes, signal, sys
def leave():
    os._exit(3)
def crash():
    ctypes.string_at(0)
def choose(n):
    if n == 5:
        os._exit(1)
    if n == 9:
        ctypes.string_at(0)
    if n == 13:
        sum(iter(int, 1))
    if n == 17:
        raise ValueError(n)
    return n * n
def stubborn():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
def quit_quietly():
    raise SystemExit(3)
def deafen():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        pass
def double(x):
    return 2 * x
"""
PARTS = """
def parse(question):
    if question == "spin":
        while True:
            pass
    if question == "odd":
        return [1]
    if not question.isdigit():
        raise ValueError("not a number")
    return {"n": int(question)}
def square(n):
    return n * n if n != 7 else 1 / 0
def show(result, question):
    if result == 81:
        return result
    if result == 64:
        raise ValueError("no form")
    return f"{question}^2 = {result}"
"""
PIPELINE = Pipeline("parse", "square", "show")


@pytest.fixture(scope="module")
def sandbox():
    """Open a sandbox with the policy and all walls."""
    with Sandbox(timeout_s=0.4, memory_mb=256) as opened:
        yield opened


@pytest.fixture(scope="module")
def open_sandbox():
    """Open a sandbox without the policy, where guest code can do what it must not."""
    with OpenSandbox(timeout_s=0.4, memory_mb=256) as opened:
        yield opened


@pytest.mark.parametrize(
    ("function", "outcome", "kind"),
    [
        ("spin", "timeout", "TimeoutError"),
        ("hang_in_c", "timeout", "TimeoutError"),
        ("doze", "timeout", "TimeoutError"),
        ("slow_text", "timeout", "TimeoutError"),
        ("eat", "memory", "MemoryError"),
        ("nibble", "memory", "MemoryError"),
        ("crumble", "memory", "MemoryError"),
        ("recurse", "recursion", "RecursionError"),
        ("ring", "recursion", "RecursionError"),
        ("flood", "output", "OutputLimit"),
        ("shout", "output", "OutputLimit"),
        ("big", "output", "OutputLimit"),
        ("odd", "raised", "TypeError"),
        ("refuse", "raised", "ValueError"),
        ("nothing", "raised", "NameError"),
    ],
)
def test_run_when_it_misbehaves(sandbox, function, outcome, kind):
    """Each way to misbehave ends in its own outcome, and the next call works."""
    run = sandbox.run(TOOL, function)
    assert (run.outcome, run.error.type, run.value) == (outcome, kind, None)
    assert run.error.is_refusal == (function == "refuse")
    assert sandbox.run(TOOL, "double", args=[21]).value == 42


@pytest.mark.parametrize(
    ("function", "outcome", "message"),
    [
        ("leave", "crashed", "the worker process ended: exit code 3"),
        ("crash", "crashed", "the worker process ended: SIGSEGV"),
        ("quit_quietly", "raised", "3"),
        ("stubborn", "timeout", "ran longer than 0.4 seconds and was ended"),
        ("deafen", "timeout", "ran longer than 0.4 seconds and was ended"),
    ],
)
def test_run_when_it_kills_its_worker(open_sandbox, function, outcome, message):
    """A worker that dies, or swallows or ignores its limit and must be killed, costs this call only."""
    run = open_sandbox.run(DEADLY, function)
    assert (run.outcome, run.error.message) == (outcome, message)
    assert open_sandbox.run(DEADLY, "double", args=[21]).value == 42


def test_caller_when_code_hangs(sandbox):
    """The caller is free soon after the limit, and the process is gone where it had to be killed."""
    sandbox.run(TOOL, "double", args=[1])
    (worker,) = [each for each in sandbox._pool._idle if each.source == TOOL]
    began = time.monotonic()
    assert sandbox.run(TOOL, "hang_in_c").outcome == "timeout"
    assert time.monotonic() - began < 5
    assert not Path(f"/proc/{worker._handle.pid}").exists()


def test_worker_when_the_soft_limit_ends_a_run(sandbox):
    """A run that is interrupted in Python keeps its worker."""
    sandbox.run(TOOL, "double", args=[1])
    before = {each._handle.pid for each in sandbox._pool._idle if each.source == TOOL}
    assert sandbox.run(TOOL, "spin").outcome == "timeout"
    assert {each._handle.pid for each in sandbox._pool._idle if each.source == TOOL} == before


def test_state_when_a_run_was_interrupted(sandbox):
    """What an interrupted run left in its globals is gone, and `fresh` never sees any."""
    assert [sandbox.run(TOOL, "mark", args=[n]).value for n in (1, 2)] == [1, 2]
    assert sandbox.run(TOOL, "mark", args=[3], fresh=True).value == 1
    assert sandbox.run(TOOL, "mark_and_spin", args=[4]).outcome == "timeout"
    assert sandbox.run(TOOL, "mark", args=[5]).value == 1


def test_error_when_its_text_is_hostile(sandbox):
    """An error's text comes without control characters, on one line, with the line of the source."""
    error = sandbox.run(TOOL, "dirty").error
    assert (error.type, error.message) == ("KeyError", "'\\x1b[31mred\\nline\\u202e'")
    assert TOOL.splitlines()[error.line - 1].strip().startswith("raise KeyError")
    error = sandbox.run(TOOL, "refuse", args=["a\x1b[31m\nb\u202e" + "c" * 5000]).error
    assert error.message.startswith("a [31m b ccc")
    assert len(error.message) == 1000


def test_map_when_some_rows_misbehave(open_sandbox):
    """A crash, a hang and an error cost their own rows; all others come back in order."""
    runs = open_sandbox.map(DEADLY, "choose", [[n] for n in range(200)])
    wanted = {5: "crashed", 9: "crashed", 13: "timeout", 17: "raised"}
    assert {n: run.outcome for n, run in enumerate(runs) if not run.returned} == wanted
    assert all(run.value == n * n for n, run in enumerate(runs) if n not in wanted)


def test_map_when_rows_are_of_both_kinds(sandbox):
    """Rows are keyword arguments or positional ones; one that is no plain data costs its own row."""
    runs = sandbox.map(TOOL, "double", [{"x": 1}, [2], (3,), [object()], [2**100], ["é"], {"y": 1}])
    assert [run.value for run in runs] == [2, 4, 6, None, 2**101, "éé", None]
    assert (runs[3].outcome, runs[3].error.type) == ("raised", "TypeError")
    assert "an argument cannot enter the sandbox" in runs[3].error.message
    assert runs[6].error.type == "TypeError"
    assert sandbox.map(TOOL, "double", []) == []


def test_solve_when_steps_fail(sandbox):
    """Each step's failure says which step it was, and whether it was a refusal."""
    runs = sandbox.solve_many(PARTS, PIPELINE, ["3", "x", "odd", "7", "8", "9", "spin", "4"])
    assert [(run.outcome, run.stage) for run in runs] == [
        ("returned", "format"),
        ("raised", "parse"),
        ("raised", "parse"),
        ("raised", "function"),
        ("raised", "format"),
        ("raised", "format"),
        ("timeout", "parse"),
        ("returned", "format"),
    ]
    assert [run.value for run in runs if run.returned] == ["3^2 = 9", "4^2 = 16"]
    assert [run.error.is_refusal for run in runs if run.error] == [True, False, False, True, False, False]
    assert runs[2].error.message == "parse must return a dict of keyword arguments, not list"
    assert runs[5].error.message == "the format function must return str, not int"


def test_solve_when_arguments_are_kept(sandbox):
    """`keep_arguments` keeps what parse and the function returned, also where a later step failed."""
    run, failed = sandbox.solve_many(PARTS, PIPELINE, ["3", "8"], keep_arguments=True)
    assert (run.arguments, run.result, run.value) == ({"n": 3}, 9, "3^2 = 9")
    assert (failed.arguments, failed.result, failed.stage) == ({"n": 8}, 64, "format")
    assert sandbox.solve(PARTS, PIPELINE, "x", keep_arguments=True).arguments is None
    bare = sandbox.solve(PARTS, Pipeline("parse", "square"), "5", keep_arguments=True)
    assert (bare.value, bare.stage, bare.result) == (25, "function", 25)
    assert sandbox.solve(PARTS, PIPELINE, "3").arguments is None


def test_run_formatted_when_arguments_come_from_elsewhere(sandbox):
    """Without a parser the arguments are given; with no format the result is the answer."""
    run = sandbox.run_formatted(PARTS, Pipeline(None, "square", "show"), {"n": 2}, "two", keep_arguments=True)
    assert (run.value, run.stage, run.arguments, run.result) == ("two^2 = 4", "format", {"n": 2}, 4)
    assert sandbox.run_formatted(PARTS, Pipeline(None, "square"), {"n": 2}, "two").value == 4
    with pytest.raises(SandboxError, match="run_formatted"):
        sandbox.solve(PARTS, Pipeline(None, "square"), "two")


def test_run_snippet_when_it_leaves_an_answer(sandbox):
    """A snippet runs after its tool in a namespace of its own, under the policy."""
    assert sandbox.run_snippet(TOOL, "ret = double(4)\nans = ret + mark(0)").value == 9
    assert sandbox.run_snippet(TOOL, "ret = double(4)\nans = ret + mark(0)", result="ret").value == 8
    missing = sandbox.run_snippet(TOOL, "ret = 1")
    assert (missing.outcome, missing.error.message) == ("raised", "the snippet left no 'ans'")
    failed = sandbox.run_snippet(TOOL, "x = 1\nans = double()")
    assert (failed.error.type, failed.error.line) == ("TypeError", 2)
    assert sandbox.run_snippet(TOOL, "import os\nans = 1").outcome == "forbidden"
    assert sandbox.run_snippet(TOOL, "spin()").outcome == "timeout"
    assert sandbox.run_snippet(TOOL, "ans = double(1)").value == 2


def test_source_when_it_cannot_be_loaded(sandbox):
    """A source that is refused or fails at its first line has that outcome for every row, without trying each."""
    runs = sandbox.map("import os\ndef f(): pass", "f", [[]] * 500)
    assert {run.outcome for run in runs} == {"forbidden"}
    assert runs[0].error.findings[0].line == 1
    runs = sandbox.map("x = 1 / 0\ndef f(): pass", "f", [[]] * 500)
    assert {(run.outcome, run.stage, run.error.line) for run in runs} == {("raised", "", 1)}
    began = time.monotonic()
    runs = sandbox.map("while True:\n    pass\ndef f(): pass", "f", [[]] * 500)
    assert {run.outcome for run in runs} == {"timeout"}
    assert time.monotonic() - began < 10


def test_check_when_source_is_good_or_bad(sandbox):
    """A check returns the functions of a source, or every finding, and runs nothing."""
    check = sandbox.check(
        'def f(a, b: int = 2, *, key=None) -> str:\n    """Say.\n\n    More."""\n    return g(a)\ndef g(x): pass'
    )
    assert check.passed
    found = check.functions[0]
    assert [each.name for each in found.parameters] == ["a", "b", "key"]
    assert (found.returns, found.doc.splitlines()[0], found.is_public, found.calls) == ("str", "Say.", True, {"g"})
    bad = sandbox.check("import os\nimport sys\ndef f(): return f.__globals__")
    assert not bad.passed
    assert {finding.line for finding in bad.findings} == {1, 2, 3}
    assert str(bad.findings[0]).startswith("line 1: ")


def test_check_when_compiling_never_ends():
    """A source that cannot be compiled in time is a finding, not an error."""

    class Slow(Sandbox):
        _program = (
            "import time, types; from latm_magic.sandbox.worker.zygote import main; "
            "main(types.SimpleNamespace(warm_up=lambda: None, compile=lambda *_: time.sleep(60)))"
        )

    with Slow(timeout_s=0.1) as sandbox:
        (finding,) = sandbox.check("x = 1").findings
        assert str(finding).startswith("this source is not allowed: compiling it takes too long")
        assert sandbox.run("x = 1", "f").outcome == "timeout"


@pytest.mark.parametrize(
    ("name", "value"), [("timeout_s", 0), ("memory_mb", 1), ("max_workers", 0), ("timeout_s", float("nan"))]
)
def test_sandbox_when_a_setting_is_wrong(name, value):
    """A setting that cannot be is refused by name."""
    with pytest.raises(SandboxError, match=f"`{name}` of at least"):
        Sandbox(**{name: value})


def test_run_when_both_kinds_of_arguments_are_given(sandbox):
    """Arguments are given by keyword or by position, not both."""
    with pytest.raises(SandboxError, match="not both"):
        sandbox.run(TOOL, "double", arguments={"x": 1}, args=[1])
