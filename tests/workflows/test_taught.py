"""Examples whose path is unknown: learned from with torch, only verifying without; what no path gives is named."""

import builtins

import pytest
from expenses import TOOLS, expert, inputs_of, traces_of

from latm_magic import pure
from latm_magic.traces import Step, Trace


@pure
def low(n):
    """Give a small number."""
    return n + 1


@pure
def high(n):
    """Give a large number."""
    return 100 * n


def trace(n):
    tool = low if n < 7 else high
    return Trace(str(n), "size", {"n": n}, (Step(tool.__name__, {"n": n}, tool(n)),), tool(n), "you")


FEW = [trace(n) for n in (1, 2, 3, 20, 21, 22)]
ANSWERS = [({"n": n}, n + 1 if n < 7 else 100 * n) for n in (4, 5, 6, 7, 8, 9, 10, 12)]


def test_answers_narrow_the_gap_that_traces_leave(session):
    """The flow is sure of what it was unsure of, and still replays its traces."""
    pytest.importorskip("torch")
    alone = session.make_flow("size", traces=FEW, tools=[low, high], unsure="refuse")
    taught = session.make_flow("size", traces=FEW, examples=ANSWERS, tools=[low, high], unsure="refuse")
    assert alone.solve({"n": 8}).way == "unknown"
    assert (taught.solve({"n": 8}).value, taught.solve({"n": 5}).value) == (800, 6)
    assert "8 examples taught a path" in taught.record.check.summary
    assert len(taught.record.rows) == len(FEW)


def test_an_example_that_no_path_gives_is_named_and_left_to_the_loop(open_session):
    """A branch is missing: that input alone is unsure, whatever the guards say."""
    pytest.importorskip("torch")
    session = open_session(maker=["-1"])
    flow = session.make_flow("size", traces=FEW, examples=[*ANSWERS, ({"n": 30}, -1)], tools=[low, high])
    assert flow.record.check.lacking == (9,)
    assert "example 9 has no path in the graph" in flow.record.check.summary
    answer = flow.solve({"n": 30})
    assert (answer.way, answer.unsure.reason) == ("ask", "no path that is known gives the answer of example 9")


def test_without_torch_examples_only_verify_and_say_so(session, monkeypatch):
    """In one line, with what to install."""
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    flow = session.make_flow("size", traces=FEW, examples=[({"n": 2}, 3)], tools=[low, high], unsure="refuse")
    assert "examples only verify: this needs torch: pip install" in flow.record.check.summary


def test_where_a_tool_acts_examples_only_verify(session):
    """Nothing is tried that might pay."""
    examples = [(inputs_of(3), expert(inputs_of(3), lambda tool, **given: tool(**given)))]
    flow = session.make_flow("expense", traces=traces_of(40), examples=examples, tools=TOOLS, unsure="refuse")
    assert "examples only verify, since pay acts" in flow.record.check.summary
