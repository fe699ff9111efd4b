"""Runs of tools recorded in cells: what each call gave, kept under a name, sealed, read and written as files."""

import datetime as dt
import json

import pytest
from sorting import COUNT, SORTING

from latm_magic import pure
from latm_magic.cache.trace_file import Traces
from latm_magic.errors import TaskError, ToolError
from latm_magic.traces import Step, Trace

TOOLS = {
    **SORTING,
    "count_words": (COUNT, [("x how many: a b", 2), ("y how many: a", 1), ("z how many: a b c", 3)], "Count."),
}
DAY = dt.date(2026, 1, 2)


@pytest.fixture
def traced(open_session):
    """Return a session with two tools."""
    return open_session(tools=TOOLS)


@pure
def double(number):
    """Double a number."""
    return {"twice": 2 * number, "both": (number, number)}


def test_a_cell_is_recorded_step_by_step(traced):
    """Calls of tools and, through the recording, of your functions are the steps, with values of exact types."""
    sort_words, count_words = traced.tool("sort_words"), traced.tool("count_words")
    with traced.trace("sorting", {"words": "b a", "day": DAY}) as run:
        words = sort_words(["b", "a"])
        run.answer = run.call(double, number=count_words(words=words))["twice"]
        sort_words("Sort: d c")
    sort_words(["not", "recorded"])
    (kept,) = traced.traces("sorting")
    assert kept == run.trace
    assert (kept.inputs, kept.answer, kept.answer_by, kept.origin) == ({"words": "b a", "day": DAY}, 4, "you", "cell")
    assert [(step.tool, step.arguments, step.output, step.acts) for step in kept.steps] == [
        ("sort_words", {"words": ["b", "a"]}, ["a", "b"], False),
        ("count_words", {"words": ["a", "b"]}, 2, False),
        ("double", {"number": 2}, {"twice": 4, "both": (2, 2)}, False),
        ("sort_words", {"question": "Sort: d c"}, "c d", False),
    ]
    assert kept.steps[0].fingerprint == sort_words.fingerprint
    assert not kept.steps[2].fingerprint


def test_what_goes_wrong_is_recorded(traced):
    """A call that fails is a step with its reason; a block that an error ends is kept, without an answer."""

    def acting(thing):
        return object() if thing else 1 / 0

    with traced.trace("failing") as run, pytest.raises(ZeroDivisionError):
        run.call(acting, thing=True)
        run.call(acting, thing=False)
    with pytest.raises(ToolError), traced.trace("failing") as run:
        run.answer = 5
        traced.tool("count_words")("none of its questions")
    with traced.trace("failing"):
        pass
    first, second = traced.traces("failing")
    assert [step.acts for step in first.steps] == [True, True]
    assert "not plain data" in first.steps[0].error
    assert first.steps[1].error == "ZeroDivisionError: division by zero"
    assert second.steps[0].error
    assert (second.answer, second.answer_by) == (None, None)


def test_only_plain_data_is_taken(traced):
    """Inputs and answers that are no plain data are refused in one line that says what to give."""
    with pytest.raises(TaskError, match=r"^The inputs of x cannot be kept: a value of type 'object' is not plain data"):
        traced.trace("x", {"thing": object()})
    with pytest.raises(TaskError, match="needs a name"):
        traced.trace(" ")
    with traced.trace("x") as run, pytest.raises(TaskError, match="The answer of x cannot be kept"):
        run.answer = open
    assert not traced.traces("x")


def test_traces_go_through_a_file(traced, tmp_path):
    """What is written is read again, but that it was imported; a second time nothing is kept twice."""
    step = Step("sort_words", {"day": DAY}, (1, float("inf")), at="2026-01-02T03:04:05.678+00:00", ms=1.5)
    traces = Traces([Trace("1", "log", {"x": 1}, (step, Step("f", error="no")), "a", "you"), Trace("2", "log", {})])
    path = tmp_path / "log.jsonl"
    traces.write(path)
    read = Traces.read(path)
    assert [trace.steps for trace in read] == [trace.steps for trace in traces]
    assert [(trace.id, trace.inputs, trace.answer, trace.origin) for trace in read] == [
        ("1", {"x": 1}, "a", "import"), ("2", {}, None, "import"),
    ]  # fmt: skip
    assert traced.keep_traces(read) == 2
    assert traced.keep_traces(read) == 0
    assert traced.traces("log") == traced.traces() == read
    assert traced.drop_traces("log", "1") == 1
    assert traced.drop_traces("log") == 1
    assert not traced.traces()
    assert Traces.read(path, "other")[0].name == "other"


def test_a_table_has_the_columns_of_process_mining(traced):
    """One row a step, with run, tool and time under the standard's names, and what is true of the run beside them."""
    pytest.importorskip("pandas")
    with traced.trace("sorting", {"words": "b a"}) as run:
        run.answer = traced.tool("sort_words")(["b", "a"])
    frame = traced.traces("sorting").to_frame()
    assert frame["concept:name"].tolist() == ["sort_words"]
    assert frame["case:concept:name"].tolist() == [run.trace.id]
    assert str(frame["time:timestamp"].dtype).startswith("datetime64")
    assert frame["case:latm:inputs"].tolist() == [{"words": "b a"}]
    assert frame["latm:output"].tolist() == [["a", "b"]]
    assert len(Traces().to_frame().columns) == len(frame.columns)


def test_a_log_of_another_tool_is_read(tmp_path):
    """Three columns are enough; others are left out, and steps of several runs may be mixed."""
    path = tmp_path / "log.jsonl"
    lines = [{"case:concept:name": n % 2, "concept:name": f"t{n}", "org:resource": "x"} for n in range(4)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    read = Traces.read(path, "log")
    assert [(trace.id, [step.tool for step in trace.steps]) for trace in read] == [
        ("0", ["t0", "t2"]),
        ("1", ["t1", "t3"]),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is no step of a trace"),
        ("[]", "is no step of a trace"),
        ('{"concept:name": "t"}', "has no 'case:concept:name'"),
        ('{"case:concept:name": "1", "concept:name": 5}', "is no step of a trace: tool: 5 where text belongs"),
        ('{"case:concept:name": "1", "case:latm:inputs": []}', "is no step of a trace: inputs and arguments are"),
        ('{"case:concept:name": "1", "concept:name": "t", "latm:output": {"$odd": 1}}', "is no step of a trace"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, line, said):
    """A file that cannot be read says in one line which of its lines is wrong."""
    path = tmp_path / "log.jsonl"
    path.write_text(f'{{"case:concept:name": "0"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(TaskError, match=rf"^Line 2 of log\.jsonl {said}"):
        Traces.read(path)
    with pytest.raises(TaskError, match="cannot be read"):
        Traces.read(tmp_path / "gone.jsonl")


def test_a_trace_that_was_changed_is_passed_over(traced):
    """Traces are sealed: what somebody else wrote into the file does not count."""
    import sqlite3
    from contextlib import closing

    with traced.trace("sorting") as run:
        run.answer = 1
    with traced.trace("sorting") as run:
        run.answer = 2
    with closing(sqlite3.connect(traced.cache.folder / "cache.sqlite")) as file, file:
        file.execute(
            "UPDATE document SET content = ? WHERE version = 1", (b'{"id":"1","name":"sorting","inputs":"{}"}',)
        )
    assert [trace.answer for trace in traced.traces("sorting")] == [2]


def test_a_notebook_records_through_the_face(ip, open_session):
    """`latm.trace` is the notebook's own session."""
    import latm_magic as latm

    ip.run_line_magic("load_ext", "latm_magic")
    with latm.trace("cells", {"x": 1}) as run:
        run.answer = 5
    assert [trace.answer for trace in latm.current().traces("cells")] == [5]
