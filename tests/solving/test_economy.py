"""What asking models may cost: nothing twice, and nothing dear before you said so."""

import pytest
from solving_tools import COUNT, COUNT_EXAMPLES, TOOLS, asked

from latm_magic.errors import BudgetExceeded, ModelError, ReplyError
from latm_magic.models.model import FunctionCall

STRANGE = [f"what about {word}?" for word in ("pears", "figs", "dates")]
PRICES = {"scripted": {"input": 1.0, "output": 1.0}}


def notes(session, questions, **options):
    """Solve, and return the answers with the notes that came."""
    told = []
    answers = session.solve(questions, on_event=told.append, **options)
    return answers, [event.text for event in told if hasattr(event, "text")]


def test_a_column_asked_about_before_asks_nothing(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"] * 6)
    first = session.solve(STRANGE)
    again = session.solve(STRANGE)
    assert asked(session) == (0, 3)
    assert [a.way for a in first] == [a.way for a in again] == ["unknown"] * 3
    assert "asked before; --retry asks again" in again[0].reason
    assert again.cost_usd == 0


def test_a_longer_column_asks_about_its_new_rows_alone(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"] * 6)
    session.solve(STRANGE)
    session.solve([*STRANGE, "what about plums?"])
    assert asked(session) == (0, 4)


def test_another_kernel_knows_it_too(open_session):
    open_session(tools=TOOLS, dispatcher=["unknown"] * 3).solve(STRANGE)
    session = open_session(tools=TOOLS)
    assert [a.way for a in session.solve(STRANGE)] == ["unknown"] * 3
    assert asked(session) == (0, 0)


def test_a_retry_asks_again(open_session):
    session = open_session(
        tools=TOOLS, dispatcher=["unknown", "sort_words"], user=[FunctionCall("sort_words", '{"words": ["b", "a"]}')]
    )
    session.solve("b and a")
    assert session.solve("b and a", retry=True)[0].text == "a b"
    assert session.solve("b and a")[0].way == "cache"


def test_another_tool_makes_it_worth_asking_again(open_session):
    session = open_session(tools={"sort_words": TOOLS["sort_words"]}, dispatcher=["unknown"] * 2)
    session.solve("what?")
    session.add("count_words", COUNT, COUNT_EXAMPLES)
    session.solve("what?")
    assert asked(session) == (0, 2)


def test_another_model_makes_it_worth_asking_again(open_session):
    open_session(tools=TOOLS, dispatcher=["unknown"]).solve("what?")
    session = open_session(tools=TOOLS, dispatcher=["unknown"])
    session.scripts["dispatcher"]._name = "another"
    session.solve("what?")
    assert asked(session) == (0, 1)


def test_a_row_that_failed_is_remembered_for_the_tool_that_was_named(open_session):
    session = open_session(tools=TOOLS, user=["{}"] * 4, dispatcher=["unknown"])
    first, again = session.solve("b, a", tool="sort_words"), session.solve("b, a", tool="sort_words")
    assert (first[0].way, again[0].way) == ("failed", "failed")
    assert asked(session) == (2, 0)
    session.solve("b, a")
    assert asked(session) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (ModelError("The endpoint is down.", kind="connection"), 2),
        (ReplyError("The reply declines.", kind="refused"), 1),
    ],
)
def test_a_fault_of_the_endpoint_is_not_remembered_and_one_of_the_question_is(open_session, fault, calls):
    session = open_session(tools=TOOLS, dispatcher=[fault, "unknown"])
    session.solve(["what?", "Count: a"])
    session.solve(["what?", "Count: a"])
    assert asked(session) == (0, calls)


def test_more_calls_than_you_allow_wait_for_your_word(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"] * 3, ask_above=5)
    answers, told = notes(session, ["Sort: b a", *STRANGE])
    assert [a.way for a in answers] == ["parser", "unasked", "unasked", "unasked"]
    assert not answers[1].answered
    assert asked(session) == (0, 0)
    assert [line for line in told if "3 rows need a model, about 6 calls" in line and "--ask" in line]
    assert session.pending() == ()
    assert [a.way for a in session.solve(["Sort: b a", *STRANGE], ask=True)] == ["parser", *["unknown"] * 3]
    assert asked(session) == (0, 3)


def test_few_calls_need_no_word(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"] * 3, ask_above=6)
    session.solve(STRANGE)
    assert asked(session) == (0, 3)


def test_no_model_is_asked_where_you_want_none(open_session):
    session = open_session(tools=TOOLS)
    answers, told = notes(session, ["Sort: b a", "what?"], ask=False)
    assert [a.way for a in answers] == ["parser", "unasked"]
    assert told == ["1 row needs a model, and none was asked, as you said."]
    assert asked(session) == (0, 0)


def test_what_the_budget_cannot_pay_waits_for_your_word(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"], budget_usd=0.000001, prices=PRICES)
    answers, told = notes(session, ["Sort: b a", "what?"])
    assert [a.way for a in answers] == ["parser", "unasked"]
    assert "USD" in told[-1]
    with pytest.raises(BudgetExceeded):
        session.solve("what?", ask=True)
    assert asked(session) == (0, 0)


def test_the_estimate_is_what_earlier_calls_came_to(open_session):
    session = open_session(tools=TOOLS, dispatcher=["unknown"] * 3, prices=PRICES)
    session.solve(STRANGE)
    spent = session.ledger.total
    session.settings.ask_above = 1
    _, told = notes(session, "what else?")
    tokens = (spent.prompt_tokens + spent.completion_tokens) * 2 / 3
    assert f"about 2 calls and {tokens:,.0f} tokens" in told[-1]


def test_rows_come_out_the_same_whatever_the_concurrency(open_session):
    def by_question(request):
        return "sort_words" if "pears" in request.messages[-1].content else "unknown"

    call = FunctionCall("sort_words", '{"words": ["b", "a"]}')
    columns = []
    for concurrency in (1, 8):
        session = open_session(
            f"project{concurrency}", tools=TOOLS, dispatcher=by_question, user=lambda _: call, concurrency=concurrency
        )
        questions = [f"{question} {number}" for number in range(8) for question in STRANGE]
        runs = [[(a.way if a.way != "cache" else "user", a.text) for a in session.solve(questions)] for _ in range(2)]
        assert runs[0] == runs[1]
        columns.append(runs[0])
    assert columns[0] == columns[1]
