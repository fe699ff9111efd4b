"""Solving through the session: parser first, then the models; with real workers and scripted models."""

import os
import signal
import subprocess
import sys
import time

import pytest
from loopback import Turn

from latm_magic.errors import (
    BudgetExceeded,
    CacheError,
    LatmError,
    ModelError,
    ReplyError,
    TaskError,
    ToolError,
    ToolNotFound,
)
from latm_magic.models.model import FunctionCall, Usage

SORT = '''
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}

def sort_words(words: list[str], backwards: bool = False) -> list[str]:
    """Sort words."""
    if "crash" in words:
        raise KeyError("crash")
    while "loop" in words:
        pass
    return sorted(words, reverse=backwards)

def format_answer(result, question):
    return " ".join(result)
'''
SORT_EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
COUNT = """
def parse(question):
    if not question.startswith("Count: "):
        raise ValueError("nothing to count")
    return {"words": question[7:].split()}

def count_words(words: list[str]) -> int:
    return len(words)
"""
COUNT_EXAMPLES = [("Count: b a", 2), ("Count: d", 1), ("Count: f e g", 3)]
GREEDY = COUNT.replace("Count: ", "Sort: ").replace("count_words", "greedy").replace("question[7:]", "question[6:]")
GREEDY_EXAMPLES = [("Sort: b a", 2), ("Sort: d", 1), ("Sort: f e g", 3)]
TOOLS = {
    "sort_words": (SORT, SORT_EXAMPLES, "What sort_words does."),
    "count_words": (COUNT, COUNT_EXAMPLES, "What count_words does."),
}
RIVALS = {"sort_words": TOOLS["sort_words"], "greedy": (GREEDY, GREEDY_EXAMPLES, "What greedy does.")}


def asked(session):
    return len(session.scripts["user"].requests), len(session.scripts["dispatcher"].requests)


def test_a_question_when_a_parser_accepts_it_asks_no_model(open_session):
    """One accepting parser is the answer, in the kind of its tool's examples."""
    session = open_session(tools=TOOLS)
    answers = session.solve(["Sort: y x", "Count: a b c d"])
    assert [(a.way, a.tool, a.version, a.value, a.text, a.tokens, a.cost_usd) for a in answers] == [
        ("parser", "sort_words", 1, "x y", "x y", 0, 0.0),
        ("parser", "count_words", 1, 4, "4", 0, 0.0),
    ]
    assert asked(session) == (0, 0)
    assert answers.summary == "2 by parser; 0 USD"


def test_a_lone_string_when_solved_is_one_instance(open_session):
    """A string is one instance and not a list of letters."""
    assert len(open_session(tools=TOOLS).solve("Sort: y x")) == 1


def test_a_question_when_refused_goes_to_dispatcher_and_user_model(open_session):
    """The dispatcher model names the tool, the user model makes the call, and both are in the ledger and the answer."""
    session = open_session(
        tools=TOOLS,
        user=[FunctionCall("sort_words", '{"words": ["y", "x"], "backwards": true}')],
        dispatcher=["sort_words"],
    )
    (answer,) = session.solve("y and x, from the end please")
    assert (answer.way, answer.tool, answer.text) == ("user", "sort_words", "y x")
    assert answer.tokens > 0
    assert {total.role: total.calls for total in session.ledger.totals(by=("role",))} == {"dispatcher": 1, "user": 1}
    assert [refusal.question for refusal in session.cache.feedback.refusals("sort_words")] == [
        "y and x, from the end please"
    ]


def test_a_question_when_answered_by_a_model_before_comes_from_the_cache(open_session):
    """An exact repeat costs nothing, in another session too, until the tool has a new version."""
    open_session(
        tools=TOOLS, user=[FunctionCall("sort_words", '{"words": ["y", "x"]}')], dispatcher=["sort_words"]
    ).solve("y and x, sorted")
    again = open_session(tools=TOOLS)
    (answer,) = again.solve("y and x, sorted")
    assert (answer.way, answer.text, answer.tokens) == ("cache", "x y", 0)
    assert asked(again) == (0, 0)


def test_a_call_when_it_does_not_fit_is_repaired_once(open_session):
    """Arguments are checked before the call; the model is told what does not fit, once."""
    calls = [FunctionCall("sort_words", '{"words": "y x"}'), '{"words": ["y", "x"]}']
    session = open_session(tools=TOOLS, user=calls, dispatcher=["sort_words"])
    (answer,) = session.solve("y and x, sorted")
    assert answer.text == "x y"
    assert "words: " in session.scripts["user"].requests[1].messages[-1].content


@pytest.mark.parametrize(
    ("user", "dispatcher", "way", "reason"),
    [
        ([], ["unknown"], "unknown", "no tool fits"),
        ([], ["delete_everything"], "unknown", "names no single tool"),
        (["CANNOT"], ["sort_words"], "unknown", "none for this tool"),
        ([FunctionCall("rm", "{}"), FunctionCall("rm", "{}")], ["sort_words"], "failed", "no function 'rm'"),
        (["the words are", "the words are"], ["sort_words"], "failed", "no call that fits"),
        ([FunctionCall("sort_words", '{"words": ["crash"]}')], ["sort_words"], "failed", "KeyError"),
    ],
)
def test_a_question_when_models_do_not_help_is_never_guessed(open_session, user, dispatcher, way, reason):
    """A made-up tool, a call that does not fit or a broken run is unknown or failed, with its reason."""
    (answer,) = open_session(tools=TOOLS, user=user, dispatcher=dispatcher).solve("something else")
    assert (answer.way, answer.value, answer.text) == (way, None, None)
    assert reason in answer.reason


def test_a_question_when_parsers_disagree_is_decided_by_the_dispatcher_model(open_session):
    """Different texts of several accepting tools ask; the choice needs no user model."""
    session = open_session(dispatcher=["greedy"], tools=RIVALS)
    (answer,) = session.solve("Sort: y x")
    assert (answer.way, answer.tool, answer.value) == ("dispatcher", "greedy", 2)
    assert asked(session) == (0, 1)


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


def test_model_faults_when_rows_remain_fail_those_rows(open_session):
    """A model that cannot be asked fails the rows that need it; the others are answered; a lasting fault is met once."""
    fault = ModelError("The key was refused: set OPENAI_API_KEY.", kind="key")
    session = open_session(tools=TOOLS, dispatcher=[fault])
    answers = session.solve(["Sort: b a", "what?", "and what?"])
    assert [a.way for a in answers] == ["parser", "failed", "failed"]
    assert "OPENAI_API_KEY" in answers[2].reason
    assert asked(session) == (0, 1)


def test_model_faults_when_nothing_was_answered_are_raised(open_session):
    """Where nothing at all could be answered, the fault fails the cell."""
    fault = ModelError("The key was refused: set OPENAI_API_KEY.", kind="key")
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        open_session(tools=TOOLS, dispatcher=[fault]).solve("what?")


def test_a_budget_when_reached_stops_before_the_call(open_session):
    """No call is made whose upper estimate passes the budget."""
    session = open_session(
        tools=TOOLS, dispatcher=["unknown"], budget_usd=0.000001, prices={"scripted": {"input": 1.0, "output": 1.0}}
    )
    with pytest.raises(BudgetExceeded):
        session.solve("what?")
    assert asked(session) == (0, 0)


def test_an_interrupt_when_a_model_is_asked_keeps_what_is_done(open_session):
    """What was answered before the interrupt is in the cache, and the next call works."""

    def interrupt(_request):
        raise KeyboardInterrupt

    session = open_session(
        tools=TOOLS, user=[FunctionCall("sort_words", '{"words": ["y"]}')], dispatcher=["sort_words", interrupt]
    )
    with pytest.raises(KeyboardInterrupt):
        session.solve(["only y", "something else"])
    assert session.solve("only y")[0].way == "cache"


def test_a_tool_when_called_and_mapped_works_like_a_function(open_session):
    """Call by position or name, solve, map; a wrong call is a TypeError, a broken run a ToolError."""
    tool = open_session(tools=TOOLS).tool("sort_words")
    assert tool(["b", "a"]) == tool(words=["b", "a"]) == ["a", "b"]
    assert tool(["b", "a"], backwards=True) == ["b", "a"]
    assert tool.solve("Sort: d c").text == "c d"
    assert [a.text for a in tool.map(["Sort: d c", "Sort: b a"])] == ["c d", "a b"]
    with pytest.raises(TypeError):
        tool(wrong=1)
    with pytest.raises(ToolError, match="KeyError"):
        tool(["crash"])


def test_one_tool_when_named_takes_all_questions(open_session):
    """With a tool named, a refusal goes straight to its user model."""
    session = open_session(tools=TOOLS, user=[FunctionCall("sort_words", '{"words": ["z"]}')])
    assert session.solve(["Count: a"], tool="sort_words")[0].way == "user"
    assert asked(session) == (1, 0)
    with pytest.raises(ToolNotFound, match="Did you mean 'sort_words'"):
        session.solve("x", tool="sort_word")


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


def test_a_cache_when_empty_leaves_everything_unknown(open_session):
    """Without tools nothing is guessed and no model is asked."""
    session = open_session()
    (answer,) = session.solve("what?")
    assert (answer.way, asked(session)) == ("unknown", (0, 0))
    assert "%%latm" in answer.reason


def test_without_key_or_endpoint_an_unrecorded_request_names_the_ways_on(open_session):
    """The shipped recording stands in; what it does not hold is an error that says how to go on."""
    session = open_session(maker=None, user=None, dispatcher=None)
    with pytest.raises(LatmError) as caught:
        session.make("other", "Something new.", SORT_EXAMPLES)
    for way in ("OPENAI_API_KEY", "base_url", "%%latm_tool", "--by-hand"):
        assert way in str(caught.value)


FIND_ORDER = """
from itertools import permutations

def find_order(objects, constraints):
    for order in permutations(objects):
        if all(constraint(order) for constraint in constraints):
            return order
"""


def test_a_function_when_it_takes_callables_is_called_by_snippet(open_session):
    """The paper's own kind of tool: the user model writes a snippet that runs in the sandbox."""
    examples = [(f"{a} before {b}. Who is first?", a) for a, b in (("Ann", "Bo"), ("Cy", "Di"), ("Ed", "Flo"))]
    snippets = [
        f"```python\nobjects = ['{a}', '{b}']\nret = find_order(objects, [lambda o: o.index('{a}') < o.index('{b}')])\nans = ret[0]\n```"
        for a, b in (("Ann", "Bo"), ("Cy", "Di"), ("Ed", "Flo"), ("Gus", "Hal"))
    ]
    session = open_session(user=["ans = undefined", *snippets])
    tool = session.add("find_order", FIND_ORDER, examples, description="Who is first.")
    assert tool.record.by_snippet
    assert tool.verification.right == 3
    assert "lambda" in tool.use_cases[0].call
    assert tool.solve("Gus before Hal. Who is first?").text == "Gus"


def test_a_cache_when_it_cannot_be_written_is_told_before_anything_is_paid(open_session):
    """Where nothing could be kept, no model is asked, neither to make nor to solve; the error says what to do."""
    session = open_session()
    session.cache.folder.write_text("a file in the way, which stops root too")
    with pytest.raises(CacheError, match="cache_dir"):
        session.make("sort_words", "Sort the words.", SORT_EXAMPLES)
    assert asked(session) == (0, 0)


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


def test_a_wording_when_confirmed_three_times_needs_no_dispatcher_model(open_session):
    """Three confirmed decisions of a new wording make the next ones local: only the user model is asked."""
    words = [("y x", "x y"), ("d c", "c d"), ("k j", "j k"), ("q p", "p q")]
    calls = [FunctionCall("sort_words", '{"words": ["%s", "%s"]}' % tuple(given.split())) for given, _ in words]
    session = open_session(tools=TOOLS, user=calls, dispatcher=["sort_words"] * 3)
    for given, wanted in words:
        (answer,) = session.solve(f"Please arrange these items in dictionary order for me, thank you: {given}")
        assert (answer.way, answer.text) == ("user", wanted)
    assert asked(session) == (4, 3)


def test_direct_answers_when_asked_for_are_marked(open_session):
    """With `direct` the strong model answers what is unknown; the answer says that nothing has checked it."""
    session = open_session(tools=TOOLS, dispatcher=["unknown", "unknown"], maker=["She did.\n\nAnswer: George Eliot"])
    (unknown,) = session.solve("Who wrote Middlemarch?")
    assert unknown.way == "unknown"
    assert session.cache.feedback.pending() == ("Who wrote Middlemarch?",)
    (direct,) = session.solve("Who wrote Middlemarch?", direct=True)
    assert (direct.way, direct.text, direct.tool) == ("direct", "George Eliot", None)
    assert "nothing has checked it" in direct.reason
    assert session.solve("Who wrote Middlemarch?", direct=True)[0].way == "cache"


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


def test_a_reply_when_it_cannot_be_used_is_paid_for_all_the_same(open_session):
    """Its tokens and its price stand in the answer and its total, as they do in the ledger."""
    empty = ReplyError("The reply is empty.", kind="empty", usage=Usage(1000, 0))
    prices = {"scripted": {"input": 10.0, "output": 10.0}}
    by_dispatcher = open_session(tools=TOOLS, dispatcher=[empty], prices=prices).solve(["something", "Count: a"])
    assert (by_dispatcher[0].way, by_dispatcher[0].tokens, by_dispatcher[0].cost_usd) == ("failed", 1000, 0.01)
    by_user = open_session(tools=TOOLS, user=[empty], prices=prices).solve(
        ["something", "Count: a"], tool="count_words"
    )
    assert (by_user[0].tokens, by_user.cost_usd) == (1000, 0.01)


def test_a_call_when_given_up_may_have_cost_something(open_session):
    """At the deadline nobody knows what an endpoint charges: unknown, and not 0."""
    late = ModelError("No answer in time.", kind="timeout")
    answers = open_session(tools=TOOLS, dispatcher=[late]).solve(["something", "Count: a"])
    assert (answers[0].way, answers.cost_usd) == ("failed", None)


def test_an_endpoint_when_it_speaks_another_language_is_told(open_session):
    """Where nothing at all was answered, what is no chat completion fails the cell: base_url is wrong."""
    page = ReplyError("It gave no chat completion. Check base_url.", kind="unreadable")
    with pytest.raises(ReplyError, match="base_url"):
        open_session(tools=TOOLS, dispatcher=[page]).solve("something")


def test_a_cache_when_it_breaks_while_models_are_asked_loses_no_answer(open_session):
    """What parsers answered is given back; nothing more is asked, since its cost could not be written down."""
    session = open_session(tools=TOOLS)

    def break_it(_request):
        session.cache._database.path.write_bytes(b"no database at all" * 100)
        return "unknown"

    session.scripts["dispatcher"]._lines = [break_it]
    answers = session.solve(["Count: a", "what?", "and what?"])
    assert answers.ways == ["parser", "failed", "failed"]
    assert "cache.sqlite" in answers[2].reason
    assert asked(session) == (0, 1)


def test_a_call_when_its_arguments_do_not_fit_names_the_signature(open_session):
    """The TypeError of a wrong call says whose signature it is."""
    with pytest.raises(TypeError, match=r"sort_words\(\) .*; it is sort_words\(words: list\[str\]"):
        open_session(tools=TOOLS).tool("sort_words")(wrong=1)
    module = "def parse(question):\n    return {'a': question}\n\ndef join(a, *rest, sep=''):\n    return a\n"
    tool = open_session().add("join", module, [("a", "a"), ("b", "b"), ("c", "c")])
    assert tool("a", "b") == "a"
    with pytest.raises(TypeError, match=r"by position .* leave out sep"):
        tool("a", "b", sep="-")


INTERRUPTED = """
import sys
from latm_magic.session import Session

with Session(sys.argv[1], base_url=sys.argv[2], maker_model="loopback-1", deadline_s=500) as session:
    try:
        session.solve(["order y and x", "order b and a"])
    except KeyboardInterrupt:
        print(session.solve("Count: a")[0].value)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_a_script_when_interrupted_while_models_are_asked_ends(open_session, serve):
    """The calls under way are given up: the session works on, and the process does not wait for their deadline."""
    session = open_session(tools=TOOLS)
    session.close()
    endpoint = serve(Turn(hang=True))
    command = [sys.executable, "-c", INTERRUPTED, str(session.project.folder), endpoint.base_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as script:
        while len(endpoint.chats) < 2 and script.poll() is None:
            time.sleep(0.02)
        script.send_signal(signal.SIGINT)
        try:
            assert script.communicate(timeout=30)[0] == "1\n"
        finally:
            script.kill()
