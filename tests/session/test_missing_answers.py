"""Answers that there is none, and questions to be refused: from every door to a column, a notebook and the next version."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from decimal import Decimal

import pytest
from cells import fenced

from latm_magic import REFUSE
from latm_magic.errors import MakingFailed, TaskError
from latm_magic.task import Instance

MODULE = '''\
import re


def parse(question):
    found = re.fullmatch(r"Price: (.*)", question)
    if not found or "sold" in question:
        raise ValueError("no price is asked for")
    return {"text": found[1]}


def price(text: str) -> float | None:
    """Return the price in a text; None where it names none."""
    found = re.search(r"\\d+(?:\\.\\d+)?", text)
    return float(found[0]) if found else None


def format_answer(result, question):
    return None if result is None else str(result)
'''
ANSWERS_ALL = MODULE.replace(' or "sold" in question', "")
TEXT_FOR_NONE = MODULE.replace("return None if result is None else str(result)", "return str(result)")
PAIRS = [
    ("Price: 3.5 a pound", 3.5),
    ("Price: 4 each", 4),
    ("Price: ask us", None),
    ("Price: 12.25", 12.25),
    ("Price: free advice", None),
    ("Price: 1 or more", 1),
    ("Price: nobody knows", None),
    ("Price: 7.5", 7.5),
]
SAMPLES = tuple(Instance(q, None if a is None else repr(float(a)), "answer" if a else "missing") for q, a in PAIRS)
REFUSED = ("Price: 9.5, but sold", REFUSE)


def table(pairs, none=""):
    """Return a CSV file's text with these pairs."""
    words = {None: none, REFUSE: "!refuse"}
    return "question,answer\n" + "".join(f'"{q}",{words.get(a, a)}\n' for q, a in pairs)


def doors(folder):
    """Return the same examples through every door, with the word that means none."""
    pandas = pytest.importorskip("pandas")
    questions, answers = zip(*PAIRS, strict=True)
    (folder / "empty.csv").write_text(table(PAIRS))
    (folder / "none.csv").write_text(table(PAIRS, "none"))
    (folder / "marked.csv").write_text(table(PAIRS, "!none"))
    (folder / "null.jsonl").write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in PAIRS))
    (folder / "list.json").write_text(json.dumps([[q, a] for q, a in PAIRS]))
    nan = [math.nan if a is None else a for a in answers]
    words = ["none" if a is None else str(a) for a in answers]
    return {
        "pairs": (PAIRS, None),
        "NaN": (list(zip(questions, nan, strict=True)), None),
        "Decimal": ([(q, a and Decimal(repr(float(a)))) for q, a in PAIRS], None),
        "Decimal NaN": ([(q, Decimal("nan") if a is None else a) for q, a in PAIRS], None),
        "mapping": (dict(PAIRS), None),
        "dicts": ([{"input": q, "target": a} for q, a in PAIRS], None),
        "expects": ([{"question": q, "expects": "missing"} if a is None else (q, a) for q, a in PAIRS], None),
        "DataFrame": (pandas.DataFrame({"question": questions, "answer": answers}), None),
        "NA": (pandas.DataFrame({"question": questions, "answer": pandas.array(answers, dtype="Float64")}), None),
        "objects": (
            pandas.DataFrame({"question": questions, "answer": [pandas.NA if a is None else a for a in answers]}),
            None,
        ),
        "words": (pandas.DataFrame({"question": questions, "answer": words}), "none"),
        "empty.csv": ("empty.csv", ""),
        "none.csv": ("none.csv", "none"),
        "marked.csv": ("marked.csv", None),
        "null.jsonl": ("null.jsonl", None),
        "list.json": ("list.json", None),
    }


DOORS = "pairs,NaN,Decimal,Decimal NaN,mapping,dicts,expects,DataFrame,NA,objects,words,empty.csv,none.csv,marked.csv,null.jsonl,list.json"


@pytest.mark.parametrize("door", DOORS.split(","))
def test_an_answer_when_it_is_missing_is_one_through_every_door(open_session, tmp_path, door):
    """None, NaN, NA, null and a word of yours say that there is no answer; the numbers beside them stay numbers."""
    session = open_session(maker=[fenced(MODULE)])
    examples, na = doors(tmp_path / "project")[door]
    tool = session.make("price", "Find the price.", examples, na=na).record
    assert (tool.kind, len(session.scripts["maker"].requests)) == ("float", 1)
    assert [(s.question, s.answer and float(s.answer), s.expects) for s in tool.samples] == [
        (s.question, s.answer and float(s.answer), s.expects) for s in SAMPLES
    ]


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "string"])
def test_a_column_when_answers_are_missing_has_a_type_that_knows_them(open_session, kind):
    """Each kind comes back as numbers, truth values or text with NA, and every row counts as answered."""
    pandas = pytest.importorskip("pandas")
    values = {"Int64": "int(text)", "Float64": "float(text)", "boolean": "text == '1'", "string": "text * 2"}[kind]
    source = f"def parse(question):\n    return {{'text': question}}\n\n\ndef read(text):\n    return {values} if text.strip('?') else None\n"
    examples = [(str(n), eval(values, {"text": str(n)})) for n in range(1, 5)] + [("?", None), ("??", None)]
    session = open_session(maker=[fenced(source)])
    tool = session.make("read", "Read.", examples)
    assert len(session.scripts["maker"].requests) == 1
    questions = pandas.Series(["1", "???", "3"], index=[7, 8, 9])
    for answers in (tool.map(questions), session.solve(questions, tool="read"), tool.map(questions)[:]):
        assert answers.na_dtype == kind
        assert answers.ways == ["parser"] * 3
        assert [answer.is_missing for answer in answers] == [False, True, False]
        assert answers[1].answered
        for column in (answers.to_series(), answers.to_frame()["answer"]):
            assert str(column.dtype) == kind
            assert column.isna().tolist() == [False, True, False]
            assert column.index.tolist() == [7, 8, 9]
            assert column[9] == eval(values, {"text": "3"})
    assert str(tool.map(["1"]).to_series().dtype) == kind
    assert str(tool.map(["?"]).to_series().dtype) == kind


def test_a_column_when_a_number_is_too_large_for_its_type_keeps_it(open_session):
    """What no column of whole numbers holds is kept as it is, beside NA."""
    source = "def parse(question):\n    return {'text': question}\n\n\ndef read(text):\n    return int(text) if text else None\n"
    source = source.replace("if text else", "if text.isdigit() else")
    session = open_session(maker=[fenced(source)])
    column = session.make("read", "Read.", [("1", 1), ("2", 2), ("?", None)]).map(["1" * 30, "?"]).to_series()
    assert column[0] == int("1" * 30)
    assert column.isna().tolist() == [False, True]


def test_a_maker_when_an_answer_is_missing_is_told_what_to_give(open_session):
    """The request says it only where some sample has none, and a text in place of None comes back as a failure."""
    session = open_session(maker=[fenced(TEXT_FOR_NONE), fenced(MODULE)])
    tool = session.make("price", "Find the price.", PAIRS)
    first, second = (request.messages for request in session.scripts["maker"].requests)
    assert "For them the function returns None" in first[0].content
    assert "must be refused" not in first[0].content
    assert "Answer 3:\n(there is none: None)" in first[0].content
    assert "Wanted:\n(there is none: None)\n\nGot:\nNone" in second[-1].content
    assert tool.verification.passed
    missing = [sample for sample in tool.verification.samples if sample.expects == "missing"]
    assert [(sample.outcome, sample.got) for sample in missing] == [("right", None)] * 3


def test_a_tool_when_no_sample_is_missing_may_not_give_none(open_session):
    """None in place of an answer that there is, or of which nothing is said, is wrong, or fails."""
    session = open_session(maker=[fenced(MODULE)])
    tool = session.make("price", "Find the price.", [(q, a) for q, a in PAIRS if a is not None])
    (answer,) = tool.map(["Price: ask us"])
    assert (answer.way, answer.answered, answer.is_missing) == ("failed", False, False)
    other = open_session("other", maker=[fenced(MODULE.replace("float(found[0])", "None"))], max_attempts=1)
    with pytest.raises(MakingFailed):
        other.make("price", "Find the price.", PAIRS)


@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_question_when_it_is_to_be_refused_is_verified_like_any_other(open_session, place):
    """Shown, checked with or held out: a proposal that answers it is wrong, and one that refuses it is right."""
    pairs = [*PAIRS[:place], REFUSED, *PAIRS[place:]]
    session = open_session(maker=[fenced(ANSWERS_ALL), fenced(MODULE)])
    tool = session.make("price", "Find the price.", pairs)
    first, second = (request.messages for request in session.scripts["maker"].requests)
    assert "must be refused: `parse` (or format_answer) raises ValueError" in first[0].content
    assert ("(it must be refused: ValueError)" in first[0].content) == (place == 0)
    assert "Wanted:\n(it must be refused: ValueError)\n\nGot:\n9.5" in second[-1].content
    (sample,) = [sample for sample in tool.verification.samples if sample.expects == "refusal"]
    assert (sample.outcome, sample.got, sample.call) == ("right", None, "")
    assert tool.verification.coverage == 1.0
    assert all("sold" not in case.question for case in tool.use_cases)


def test_a_question_when_an_example_refuses_it_is_put_to_nobody(open_session):
    """No model is asked, and it waits for no tool."""
    session = open_session(maker=[fenced(MODULE)])
    session.make("price", "Find the price.", [*PAIRS, REFUSED])
    for answers in (session.solve([REFUSED[0]]), session.solve([REFUSED[0]], tool="price")):
        assert (answers[0].way, answers[0].value, answers[0].answered) == ("unknown", None, False)
        assert "is to be refused" in answers[0].reason
    assert session.pending() == ()
    assert not session.scripts["user"].requests
    assert not session.scripts["dispatcher"].requests


def test_a_question_when_it_is_sure_to_be_another_tools_is_not_refused(open_session):
    """What one tool must refuse may be what the other one is for: its model is asked as ever."""
    from latm_magic.models.model import FunctionCall

    other = 'def sold(text: str) -> str:\n    """Say what a thing was sold for."""\n    return text\n'
    call = FunctionCall("sold", '{"text": "9.5"}')
    sold = [(f"Price: {n}.5, but sold", f"{n}.5") for n in range(9, 13)]
    calls = [FunctionCall("sold", f'{{"text": "{answer}"}}') for _, answer in sold]
    session = open_session(maker=[fenced(MODULE), fenced(other)], user=[*calls, call])
    session.make("price", "Find the price.", [*PAIRS, REFUSED])
    session.make("sold", "Find what it was sold for.", sold)
    assert session.solve([REFUSED[0]], tool="sold")[0].value == "9.5"
    assert session.solve([REFUSED[0]], tool="price")[0].way == "unknown"


def test_prompts_when_all_samples_have_answers_say_nothing_of_it(session):
    """What a maker is asked about ordinary samples is what it was."""
    asked = session.by_hand("price", "Find the price.", [(q, a) for q, a in PAIRS if a is not None])
    assert "None as well" not in asked
    assert "must be refused" not in asked


@pytest.mark.parametrize("source", [MODULE, MODULE.partition("\n\n\ndef format_answer")[0] + "\n"])
def test_a_tool_when_exported_and_loaded_keeps_what_it_expects(open_session, tmp_path, source):
    """A notebook of it gives the same tool elsewhere, and its module and tests run as they are."""
    session = open_session(maker=[fenced(source)])
    tool = session.make("price", "Find the price.", [*PAIRS, REFUSED])
    session.export(tmp_path / "tools.ipynb")
    (loaded,) = open_session("other").load(tmp_path / "tools.ipynb").tools
    assert (loaded.outcome, loaded.judged.content) == ("admitted", "unchanged")
    assert loaded.judged.tool.samples == tool.record.samples == (*SAMPLES, Instance(REFUSED[0], None, "refusal"))
    session.export(tmp_path / "price.py")
    names = {}
    exec((tmp_path / "price.py").read_text(), names)
    assert names["solve"]("Price: ask us") is None
    assert names["solve"]("Price: 2") == "2.0"
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_price.py"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "9 passed" in done.stdout, done.stdout


def test_a_tool_when_read_from_the_cache_is_the_same(open_session):
    """What its samples expect is kept, and the same task is found again without asking."""
    session = open_session(maker=[fenced(MODULE)])
    tool = session.make("price", "Find the price.", [*PAIRS, REFUSED])
    again = open_session().make("price", "Find the price.", [*PAIRS, REFUSED])
    assert again.record == tool.record


def test_a_correction_when_there_is_no_answer_is_kept_and_learned(open_session):
    """None and REFUSE correct an answer at once, and are samples of the next version."""
    better = MODULE.replace('or "sold" in question', 'or "sold" in question or "old" in question')
    better = better.replace('search(r"', 'search(r"(?<!No. )')
    session = open_session(maker=[fenced(MODULE), fenced(better)])
    tool = session.make("price", "Find the price.", PAIRS)
    assert tool.map(["Price: No. 5", "Price: 6 old"]).values == [5.0, 6.0]
    results = [
        session.correct("Price: No. 5", None, tool="price"),
        session.correct("Price: 6 old", REFUSE, tool="price"),
    ]
    assert [(r.answer, r.told, r.got, r.is_correction) for r in results] == [
        ("", "none", "5.0", True),
        ("", "a refusal", "6.0", True),
    ]
    answers = session.solve(["Price: No. 5", "Price: 6 old"])
    assert [(a.way, a.value, a.is_missing) for a in answers] == [("cache", None, True), ("unknown", None, False)]
    assert session.pending() == ()
    assert session.confirm(["Price: No. 5"])[0].expects == "missing"
    grown = session.grow("price")
    asked = session.scripts["maker"].requests[-1].messages[0].content
    assert "Right is:\n(there is none: None)" in asked
    assert "Right is:\n(it must be refused: ValueError)" in asked
    assert {*grown.record.earlier} == {
        Instance("Price: No. 5", None, "missing"),
        Instance("Price: 6 old", None, "refusal"),
    }
    assert [a.way for a in grown.map(["Price: No. 5", "Price: 6 old"])] == ["parser", "unknown"]


def test_a_confirmed_answer_when_there_is_none_counts_for_no_other_tool(open_session):
    """None may be a slip: a tool that knows no missing answers cannot be told so."""
    session = open_session(maker=[fenced(MODULE)])
    tool = session.make("price", "Find the price.", [(q, a) for q, a in PAIRS if a is not None])
    for nothing in (None, math.nan, tool.solve("Price: ask us").value):
        with pytest.raises(TaskError, match="No answer is given"):
            session.correct("Price: ask us", nothing, tool="price")


def test_an_answer_when_a_model_found_that_there_is_none_is_kept(open_session):
    """A user model's checked call may give None; the next time it costs nothing."""
    from latm_magic.models.model import FunctionCall

    session = open_session(maker=[fenced(MODULE)], user=[FunctionCall("price", '{"text": "ask us"}')])
    tool = session.make("price", "Find the price.", PAIRS)
    assert [tool.solve("What does it cost? Ask us!").way for _ in range(2)] == ["user", "cache"]
    assert tool.solve("What does it cost? Ask us!").is_missing


def test_examples_when_none_of_them_has_an_answer_are_refused(session):
    """A tool that gives nothing is of no use, and a column without labels is no set of examples."""
    for answer in (None, REFUSE):
        with pytest.raises(TaskError, match="No example of 'price' has an answer"):
            session.make("price", "Find the price.", [(f"q{n}", answer) for n in range(6)])


@pytest.mark.parametrize(
    ("examples", "na", "says"),
    [
        (
            [("a", "x"), ("b", ""), ("c", "y")],
            None,
            "Example 2 has no answer: 'b'. Give one, leave the example out, or say with --na",
        ),
        ([("a", "x"), ("b", "None"), ("c", "y")], "none", "Example 2 has the answer 'None', and na is 'none'"),
        ([("a", "x"), {"question": "b"}, ("c", "y")], None, "Example 2 has no 'answer'"),
        ([("a", "x"), Instance("b"), ("c", "y")], None, "Example 2 has no answer"),
        ([("a", "x"), {"question": "b", "expects": "nothing"}], None, "Example 2 expects 'nothing'"),
        ([("a", "x"), {"question": "b", "answer": "c", "expects": "refusal"}], None, "leave the answer out"),
        (
            [("a", None), ("b", "x"), ("a", "x"), ("c", "x")],
            None,
            "Examples 1 and 3 contradict each other: 'a' is answered 'none' and 'x'",
        ),
        ([("a", REFUSE), ("b", "x"), ("a", None), ("c", "x")], None, "Examples 1 and 3 contradict"),
        ([("a", "x")], 3, "na is 3: give the word"),
    ],
)
def test_examples_when_what_they_expect_is_unclear_say_so(session, examples, na, says):
    """Each is one line that names the example."""
    with pytest.raises(TaskError) as caught:
        session.make("price", "Find the price.", examples, na=na)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_when_a_word_stands_among_them_are_told_of(open_session):
    """Seven times "none" makes text of a column of prices: what to say is told before the maker is paid."""
    told = []
    session = open_session(maker=[fenced(MODULE)], on_event=told.append, max_attempts=1)
    pairs = [(q, "none" if a is None else str(a)) for q, a in PAIRS]
    with pytest.raises(MakingFailed):
        session.make("price", "Find the price.", pairs)
    assert any("say --na none (na='none')" in getattr(event, "text", "") for event in told)
    other = open_session("other", maker=[fenced(MODULE)], on_event=told.append)
    assert other.make("price", "Find the price.", pairs, na="none").record.kind == "float"
    assert any("3 of 8 examples have no answer" in getattr(event, "text", "") for event in told)


def test_refuse_when_sent_elsewhere_is_the_same():
    """It is one object in every process, and shows its name."""
    assert pickle.loads(pickle.dumps(REFUSE)) is REFUSE
    assert repr(REFUSE) == "REFUSE"
