"""The function that a flow is written as: it does what the flow does, and nothing of a trace runs in it."""

import ast
import datetime as dt

import pytest
from expenses import TOOLS, attempt, climber, inputs_of, trace_of

from latm_magic.traces import Step, Trace
from latm_magic.workflows.diagram import mermaid
from latm_magic.workflows.graph import mine
from latm_magic.workflows.running import run
from latm_magic.workflows.write import write

HOSTILE = ("a'\"\\", "x\n    import os", "#", "{x}", "é\u2028", "\ud800", "None", "class", '"""', "a.b")


def function_of(source, name):
    """Return a function of a source."""
    variables = {}
    exec(compile(source.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "<flow>", "exec"), variables)
    return variables[name]


def test_the_written_function_gives_what_the_flow_gives(flow):
    """On inputs of which the flow is sure; the comments tell traces and gaps."""
    function, tools = function_of(flow.source, "expense"), {tool.__name__: tool for tool in TOOLS}
    answers = [(seed, flow.solve(inputs_of(seed))) for seed in range(500, 540)]
    assert [function(tools, **inputs_of(seed)) for seed, answer in answers if answer.way == "flow"] == [
        answer.value for _, answer in answers if answer.way == "flow"
    ]
    assert "  # 80 traces, a difference between " in flow.source
    assert "def expense(tools, /, **inputs):" in flow.source


def test_a_loop_is_written_with_its_bound():
    """It ends as the expert did."""
    machine = mine([trace_of(goal, climber, {"goal": goal}, "climb") for goal in range(1, 71)])
    function = function_of(write("climb", "", machine), "climb")
    assert [function({"attempt": attempt}, goal=goal) for goal in (5, 35, 65)] == ["reached", "reached", "given up"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_and_texts_of_traces_are_literals(hostile):
    """Whatever a trace holds: the source has the statements that it would have, and its values come out whole."""
    inputs = [{hostile: value} for value in (1, 90)]
    traces = [
        Trace(str(n), hostile, each, (Step(hostile, {"it": each[hostile]}, {hostile: hostile}),), hostile, "you")
        for n, each in enumerate(inputs * 6)
    ]
    machine = mine(traces)
    source = write(hostile, hostile, machine)
    plain = write(
        "flow", "plain", mine([Trace("1", "a", {"n": 1}, (Step("b", {"it": 1}, {"c": "d"}),), "d", "you")] * 3)
    )
    kinds = [
        [
            type(node).__name__
            for node in ast.walk(ast.parse(text.encode("utf-8", "replace")))
            if isinstance(node, ast.stmt)
        ]
        for text in (source, plain)
    ]
    assert kinds[0] == kinds[1]
    ran = run(machine, inputs[0], lambda tool, arguments: Step(tool, arguments, {hostile: hostile}))
    assert (ran.value, ran.steps[0].arguments) == (hostile, {"it": 1})
    graph = mermaid(machine)
    assert len(graph.splitlines()) == 6
    assert not {'"""', "<", "\\"} & set(graph)


def test_values_of_exact_types_come_out_whole():
    """Dates, tuples and infinity as constants."""
    for value in (dt.date(2026, 1, 2), (1, "a"), float("inf")):
        source = write("keep", "", mine([Trace("1", "keep", {}, (Step("put", {"it": value}, 1),), "done", "you")]))
        got = []
        assert function_of(source, "keep")({"put": lambda it, got=got: got.append(it)}) == "done"
        assert got == [value]
