"""Batches: what counts as questions, rows that fail alone, order, and answers as columns."""

import pytest
from solving_tools import TOOLS

from latm_magic.errors import (
    TaskError,
)


def test_a_lone_string_when_solved_is_one_instance(open_session):
    """A string is one instance and not a list of letters."""
    assert len(open_session(tools=TOOLS).solve("Sort: y x")) == 1


def test_a_row_when_it_breaks_fails_alone(open_session):
    """A crash, a loop, nonsense and an empty row cost only themselves; order and repeats are kept."""
    session = open_session(tools=TOOLS, timeout_s=0.3)
    rows = ["Sort: b a", "Sort: crash", "Count: x", "", None, 3, float("nan"), "Sort: loop", "Sort: b a"]
    answers = session.solve(rows)
    assert [a.way for a in answers] == [
        "parser",
        "failed",
        "parser",
        "failed",
        "failed",
        "failed",
        "failed",
        "failed",
        "parser",
    ]
    assert [a.value for a in answers if a.answered] == ["a b", 1, "a b"]
    for position, word in {1: "KeyError", 3: "empty", 4: "missing", 5: "int", 6: "missing", 7: "time"}.items():
        assert word in answers[position].reason.lower().replace("keyerror", "KeyError")


def test_a_series_when_solved_keeps_its_index(open_session):
    """A column comes back aligned, numbers as numbers."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"question": ["Count: a", "Count: b c"]}, index=["x", "y"])
    answers = open_session(tools=TOOLS).solve(frame["question"])
    frame["answer"] = answers
    assert frame["answer"].tolist() == [1, 2]
    assert frame["answer"].dtype.kind == "i"
    assert list(answers.to_frame().index) == ["x", "y"]
    assert answers.to_series()["y"] == 2


@pytest.mark.parametrize("questions", [3, {"a": "b"}, b"bytes"])
def test_what_is_no_column_when_solved_says_so(open_session, questions):
    """Only strings, lists and columns are questions."""
    with pytest.raises(TaskError, match="give a string, a list or a Series"):
        open_session(tools=TOOLS).solve(questions)


def test_a_stream_when_solved_is_answered_in_order(open_session):
    """An iterator is answered in blocks, one answer after another."""
    answers = open_session(tools=TOOLS).stream((f"Count: {'a ' * n}" for n in range(1, 8)), block=3)
    assert [answer.value for answer in answers] == [1, 2, 3, 4, 5, 6, 7]


def test_a_stream_when_its_source_breaks_gives_what_was_read_first(open_session):
    """The answers to questions that were read before come first, then what the source raised."""

    def source():
        yield from ("Count: a", "Count: a a", "Count: a a a", "Count: a a a a")
        raise OSError("the pipe broke")

    got = []
    with pytest.raises(OSError, match="the pipe broke"):
        got.extend(open_session(tools=TOOLS).stream(source(), block=3))
    assert [answer.value for answer in got] == [1, 2, 3, 4]


@pytest.mark.parametrize("questions", [None, 5, b"Count: a", {"Count: a": 1}])
def test_a_stream_when_it_is_none_says_so_at_once(open_session, questions):
    """One clear line, before anything is read; so for a block of no questions."""
    session = open_session(tools=TOOLS)
    with pytest.raises(TaskError, match="give a string, a list or a Series"):
        session.stream(questions)
    with pytest.raises(TaskError, match="from 1"):
        session.stream(["Count: a"], block=0)


def test_a_stream_when_it_is_a_text_is_one_question(open_session):
    """A string is one instance, as it is when solved."""
    assert [answer.value for answer in open_session(tools=TOOLS).stream("Count: a b")] == [2]


class Hostile:
    """An object that raises whatever is done with it."""

    def __ne__(self, other):
        raise RuntimeError("no comparing")

    __hash__ = None


class OddText(str):
    """A text that raises when it is printed."""

    __slots__ = ()

    def __str__(self):
        raise RuntimeError("no printing")

    strip = __str__


def test_an_object_when_it_raises_in_a_column_fails_alone(open_session):
    """Nothing that stands in a column can lose the batch; a text of another class is its text."""
    answers = open_session(tools=TOOLS).solve([Hostile(), "Count: a", OddText("Count: b b")])
    assert [answer.way for answer in answers] == ["failed", "parser", "parser"]
    assert answers[0].reason == "the question is a Hostile, not text"
    assert answers[2].value == 2


def test_large_batches_when_solved_keep_order_and_find_each_tool(open_session):
    """Many questions of several tools and of none, mixed, each get the answer that they would get alone."""
    session = open_session(tools=TOOLS, dispatcher=lambda _request: "unknown", concurrency=2)
    rows = []
    for number in range(400):
        rows += [f"Sort: w{number} a{number}", f"Count: {'x ' * (number % 7 + 1)}"]
    rows.insert(123, "something else entirely")
    answers = session.solve(rows)
    assert answers[123].way == "unknown"
    assert {answer.way for answer in answers} == {"parser", "unknown"}
    for row, answer in zip(rows, answers, strict=True):
        if row.startswith("Sort"):
            assert answer.text == " ".join(sorted(row[6:].split()))
        elif row.startswith("Count"):
            assert answer.value == len(row[7:].split())


def test_a_missing_value_when_in_a_column_fails_alone(open_session):
    """None, NaN, NaT, pandas' NA and arrays are no questions; the rows beside them are answered."""
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    odd = [None, float("nan"), pandas.NaT, pandas.NA, numpy.array(["a", "b"]), numpy.array([])]
    answers = open_session(tools=TOOLS).solve(["Count: a", *odd])
    assert answers.ways == ["parser", *(["failed"] * 6)]
    assert ["missing" in reason for reason in answers.reasons[1:]] == [True, True, True, True, False, False]
    column = pandas.Series(["Count: a", pandas.NA], dtype="string")
    assert open_session(tools=TOOLS).solve(column).ways == ["parser", "failed"]


def test_an_array_when_it_has_no_dimensions_is_one_instance(open_session):
    """It is not a list of letters."""
    numpy = pytest.importorskip("numpy")
    assert open_session(tools=TOOLS).solve(numpy.array("Sort: y x")).texts == ["x y"]


@pytest.mark.parametrize("number", [2**53 + 1, 10**400])
def test_whole_numbers_when_no_float_can_hold_them_stay_exact(open_session, number):
    """A missing answer beside them makes a column of objects, and no number is rounded or refused."""
    pytest.importorskip("numpy")
    module = "def parse(question):\n    return {'n': int(question)}\n\ndef copy(n: int) -> int:\n    return n\n"
    session = open_session()
    tool = session.add("copy", module, [("1", 1), ("2", 2), ("3", 3)])
    assert list(tool.map([str(number), ""]).__array__()) == [number, None]
    assert list(tool.map([str(number), "5"]).__array__()) == [number, 5]
    assert tool.map(["4", ""]).__array__().dtype.kind == "f"


def test_answers_when_printed_are_one_line(open_session):
    """What a cell shows as a table is a line of totals where text is wanted, however many rows there are."""
    assert (
        repr(open_session(tools=TOOLS).solve(["Count: a", ""] * 500)) == "<answers: 500 by parser, 500 failed; 0 USD>"
    )


def test_large_batches_when_rows_break_fail_alone_in_columns(open_session):
    """Among rows of plain text one that crashes, loops, refuses or repeats has its own outcome, and no neighbour's."""
    session = open_session(tools={"sort_words": TOOLS["sort_words"]}, timeout_s=0.3, user=lambda _request: "nothing")
    rows = [f"Sort: w{number} \u00e4{number} \ud83d" for number in range(600)]
    rows[7], rows[300], rows[301], rows[450] = "Sort: crash", "Sort: loop", "what is this", rows[2]
    answers = session.solve(rows, ask=False)
    assert [at for at, way in enumerate(answers.ways) if way != "parser"] == [7, 300, 301]
    for row, answer in zip(rows, answers, strict=True):
        assert answer.question == row
        assert answer.text == (" ".join(sorted(row[6:].split())) if answer.way == "parser" else None)
        assert (answer.ms > 0) == (answer.way == "parser")
    assert "KeyError" in answers[7].reason
    assert "time" in answers[300].reason
    assert answers[0].reason == "sort_words is the only tool, and its parser accepted"


def test_questions_when_only_one_tool_could_be_for_them_are_not_routed(open_session, monkeypatch):
    """A large column goes past the router where one tool alone could be for it; what that refuses goes to the router."""
    from latm_magic.routing.lexical.router import LexicalRouter

    routed = []
    decide_many = LexicalRouter.decide_many

    def note(router, questions):
        routed.extend(questions)
        return decide_many(router, questions)

    monkeypatch.setattr(LexicalRouter, "decide_many", note)
    sums = """
def parse(question):
    if not question.endswith("="):
        raise ValueError("no sum")
    return {"parts": question[:-1].split("+")}

def add_up(parts: list[str]) -> int:
    return sum(map(int, parts))

def format_answer(result, question):
    return str(result)
"""
    examples = [(f"{number} + 2 =", str(number + 2)) for number in range(1, 4)]
    session = open_session(tools={**TOOLS, "add_up": (sums, examples, "Adds up.")})
    answers = session.solve([*(f"{number} + 5 + 1 =" for number in range(300)), "7 + 7"], ask=False)
    assert answers.texts == [*(str(number + 6) for number in range(300)), None]
    assert routed == ["7 + 7"]
