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
    SandboxError,
)
from latm_magic.events import Note
from latm_magic.models.model import FunctionCall, Reply, Usage


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
    """What parsers and models answered is given back; nothing more is asked, as its cost could not be written down."""
    session = open_session(tools=TOOLS)

    def break_it(_request):
        session.cache._database.path.write_bytes(b"no database at all" * 100)
        return "unknown"

    session.scripts["dispatcher"]._lines = [break_it]
    answers = session.solve(["Count: a", "what?", "and what?"])
    assert answers.ways == ["parser", "unknown", "failed"]
    assert "cache.sqlite" in answers[2].reason
    assert asked(session) == (0, 1)


def test_a_ledger_when_it_cannot_be_written_costs_no_answer(open_session, monkeypatch):
    """A reply that is paid for is given back; nothing more is asked, and what it cost is written once that works."""
    session = open_session(tools=TOOLS, dispatcher=["unknown"])
    session.scripts["user"]._lines = [FunctionCall("sort_words", '{"words": ["y"]}')]
    store, add = session.cache.ledger, session.cache.ledger.add

    def full(*_entries):
        raise CacheError("The disk is full.")

    monkeypatch.setattr(store, "add", full)
    events = []
    answers = session.solve(["only y"], tool="sort_words", on_event=events.append)
    assert (answers[0].way, answers[0].value) == ("user", "y")
    assert any("could not be written down: The disk is full." in event.text for event in events if type(event) is Note)
    with pytest.raises(CacheError, match="full"):
        session.solve("what?")
    assert asked(session) == (1, 0)
    monkeypatch.setattr(store, "add", add)
    assert session.solve("what?")[0].way == "unknown"
    assert [total.calls for total in session.ledger.totals(("role",))] == [1, 1]


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
    for way in ("OPENAI_API_KEY", "base_url", "%%latm other --by-hand"):
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


QUESTIONS = [f"what is {number}?" for number in range(30)]


@pytest.mark.parametrize("kind", ["server", "timeout"])
def test_an_endpoint_when_it_is_down_is_not_asked_by_every_question(open_session, kind):
    """What fails three questions one after the other is met by no more; the others say why, and you are told."""
    notes = []
    script = [ModelError("Down.", kind=kind)] * 2 + ["unknown"] + [ModelError("Gone down.", kind=kind)] * 3
    session = open_session(tools=TOOLS, dispatcher=script, on_event=notes.append)
    answers = session.solve([*QUESTIONS, "Count: a"], ask=True)
    assert answers.ways == ["failed"] * 2 + ["unknown"] + ["failed"] * 27 + ["parser"]
    assert [answers[row].reason for row in (1, 5, 29)] == ["Down.", "Gone down.", "Gone down."]
    assert asked(session) == (0, 6)
    assert len(session.ledger.entries()) == 6
    assert "24 questions were not asked: Gone down." in [n.text for n in notes if isinstance(n, Note)]
    assert all(answers[row].cost_usd == 0.0 for row in range(6, 30)), "what was not asked costs nothing"


def test_a_rate_limit_when_it_wants_a_long_rest_stops_at_once(open_session):
    """An endpoint that says when to come back is not asked before."""
    fault = ModelError("It wants 600 s of rest.", kind="rate", retry_after_s=600.0)
    session = open_session(tools=TOOLS, dispatcher=[fault])
    assert session.solve([*QUESTIONS, "Count: a"], ask=True).ways == ["failed"] * 30 + ["parser"]
    assert asked(session) == (0, 1)


def test_a_rate_limit_in_a_batch_is_paused_for_and_asked_again(open_session):
    """A question that meets a rate limit waits as long as the endpoint says and is answered, and you are told."""
    limited, notes = ModelError("Slow down.", kind="rate", retry_after_s=0.01), []
    session = open_session(tools=TOOLS, dispatcher=[limited, limited, "unknown", "unknown"], on_event=notes.append)
    assert session.solve(QUESTIONS[:2]).ways == ["unknown"] * 2
    assert asked(session) == (0, 4)
    assert any("the batch pauses" in note.text for note in notes if isinstance(note, Note))


def raising(fault):
    def line(_request):
        raise fault

    return line


class Odd:
    """A model of yours that gives what is no reply."""

    name = "odd"

    def __init__(self, reply):
        self.reply = reply

    def complete(self, _request):
        return self.reply


@pytest.mark.parametrize(
    "fault", [ConnectionError("my client\nfailed"), RecursionError(), KeyError("x"), SystemError("y")]
)
def test_a_model_of_yours_when_it_raises_fails_its_own_question(open_session, fault):
    """Whatever it raises is one line in that row, and a call at an unknown price; the others are answered."""
    calls = [FunctionCall("count_words", '{"words": ["x", "y"]}')] * 2
    session = open_session(tools=TOOLS, user=[calls[0], raising(fault), calls[1]], dispatcher=["count_words"] * 3)
    answers = session.solve(["Count: a", "how many, one?", "how many, two?", "how many, three?"])
    assert answers.ways == ["parser", "user", "failed", "user"]
    assert type(fault).__name__ in answers[2].reason
    assert "\n" not in answers[2].reason
    assert answers[2].cost_usd is None
    assert answers[2].tokens > 0, "the dispatcher model was paid"
    assert [entry.ok for entry in session.ledger.entries()] == [True, True, True, False, True, True]


@pytest.mark.parametrize(
    "reply", [None, "text", Reply(None), Reply("x", usage=Usage(2**70, 1)), Reply("x", calls=None)]
)
def test_a_model_of_yours_when_it_gives_no_reply_fails_its_own_question(open_session, reply):
    """What is no reply is one line, and a count of tokens that cannot be is none."""
    session = open_session(tools=TOOLS)
    session._parts.roles._overrides["dispatcher"] = Odd(reply)
    answers = session.solve(["Count: a", "how many?"])
    assert answers[0].way == "parser"
    assert answers[1].way in {"failed", "unknown"}
    assert answers[1].cost_usd is None
    (entry,) = session.ledger.entries()
    assert (entry.cost_usd, entry.prompt_tokens) == (None, 0)


def test_a_sandbox_when_it_breaks_after_a_paid_call_fails_one_row(open_session):
    """The others keep their answers, and the row says what was paid for it."""
    call = FunctionCall("count_words", '{"words": ["x", "y"]}')
    session = open_session(tools=TOOLS, user=[call, call], dispatcher=["count_words"] * 2)
    run, broken = session.sandbox.run_formatted, []

    def run_formatted(*arguments, **options):
        if len(broken) == 0:
            broken.append(True)
            raise SandboxError("The sandbox's process ended.")
        return run(*arguments, **options)

    session.sandbox.run_formatted = run_formatted
    answers = session.solve(["Count: a", "how many, one?", "how many, two?"])
    assert answers.ways == ["parser", "failed", "user"]
    assert answers[1].reason == "The sandbox's process ended."
    assert answers[1].tokens == answers[2].tokens > 0


@pytest.mark.parametrize("last", [ModelError("Gone.", kind="server"), ConnectionError("Gone.")])
def test_a_proposal_when_the_maker_is_lost_stays_with_the_error(open_session, last):
    """What was paid for before is in the error's attempts."""
    session = open_session(maker=["no code here", raising(last)])
    with pytest.raises(ModelError, match="Gone") as caught:
        session.make("sort_words", "Sort the words.", SORT_EXAMPLES)
    assert [(attempt.outcome, attempt.reply) for attempt in caught.value.attempts] == [("no code", "no code here")]
    assert len(session.ledger.entries()) == 2


def test_a_proposal_when_the_sandbox_breaks_stays_with_the_error(open_session, monkeypatch):
    """A proposal that nobody judged is not lost."""
    session = open_session(
        maker=["```python\ndef parse(question):\n    return {}\n\ndef sort_words():\n    return 1\n```"]
    )

    def broken(*_arguments, **_options):
        raise SandboxError("A worker cannot start.")

    monkeypatch.setattr(session.sandbox, "check", broken)
    with pytest.raises(SandboxError) as caught:
        session.make("sort_words", "Sort the words.", SORT_EXAMPLES)
    (attempt,) = caught.value.attempts
    assert (attempt.outcome, attempt.fault) == ("not judged", "A worker cannot start.")
    assert "def sort_words" in attempt.source
