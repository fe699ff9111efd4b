"""What guest code does that must end: each in its own outcome, and the next call works."""

import time
from pathlib import Path

import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox import Sandbox

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
        kept.append(bytes(2**20))
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
