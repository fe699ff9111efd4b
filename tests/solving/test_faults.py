"""Models, budgets, caches and people that stop a batch: what is answered stays, and the rest says why."""

import os
import signal
import subprocess
import sys
import time

import pytest
from loopback import Turn
from solving_tools import SORT_EXAMPLES, TOOLS, asked

from latm_magic.errors import (
    BudgetExceeded,
    CacheError,
    LatmError,
    ModelError,
    ReplyError,
)
from latm_magic.models.model import FunctionCall, Usage


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
        session.solve("what?", ask=True)
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


def test_a_cache_when_it_cannot_be_written_is_told_before_anything_is_paid(open_session):
    """Where nothing could be kept, no model is asked, neither to make nor to solve; the error says what to do."""
    session = open_session()
    session.cache.folder.write_text("a file in the way, which stops root too")
    with pytest.raises(CacheError, match="cache_dir"):
        session.make("sort_words", "Sort the words.", SORT_EXAMPLES)
    assert asked(session) == (0, 0)


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


def test_without_key_or_endpoint_an_unrecorded_request_names_the_ways_on(open_session):
    """The shipped recording stands in; what it does not hold is an error that says how to go on."""
    session = open_session(maker=None, user=None, dispatcher=None)
    with pytest.raises(LatmError) as caught:
        session.make("other", "Something new.", SORT_EXAMPLES)
    for way in ("OPENAI_API_KEY", "base_url", "%%latm_tool", "--by-hand"):
        assert way in str(caught.value)


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
