"""Solving through the session: parser first, then the models; with real workers and scripted models."""

import pytest
from solving_tools import RIVALS, TOOLS, asked

from latm_magic.errors import (
    ToolNotFound,
)
from latm_magic.models.model import FunctionCall


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


def test_one_tool_when_named_takes_all_questions(open_session):
    """With a tool named, a refusal goes straight to its user model."""
    session = open_session(tools=TOOLS, user=[FunctionCall("sort_words", '{"words": ["z"]}')])
    assert session.solve(["Count: a"], tool="sort_words")[0].way == "user"
    assert asked(session) == (1, 0)
    with pytest.raises(ToolNotFound, match="Did you mean 'sort_words'"):
        session.solve("x", tool="sort_word")


def test_a_cache_when_empty_leaves_everything_unknown(open_session):
    """Without tools nothing is guessed and no model is asked."""
    session = open_session()
    (answer,) = session.solve("what?")
    assert (answer.way, asked(session)) == ("unknown", (0, 0))
    assert "%%latm" in answer.reason


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


@pytest.mark.parametrize(
    "reply", ["None of these fits; certainly not sort_words.", "sort_words? No.", "It is not\nsort_words"]
)
def test_a_no_when_said_in_prose_is_unknown(open_session, reply):
    """A name beside a "no" is no choice: no model is asked for a call, and nothing is stored."""
    session = open_session(tools=TOOLS, dispatcher=[reply])
    (answer,) = session.solve("What is the time now?")
    assert (answer.way, answer.value) == ("unknown", None)
    assert asked(session) == (0, 1)
    assert session.cache.answers.find(["What is the time now?"]) == {}


def test_a_correction_when_another_session_made_it_holds_with_the_next_question(open_session):
    """Nothing that is remembered of the cache outlives a change, whoever makes it."""
    session = open_session(tools=TOOLS)
    assert session.solve("Sort: y x")[0].text == "x y"
    open_session().correct("Sort: y x", "y x")
    (answer,) = session.solve("Sort: y x")
    assert (answer.way, answer.text) == ("cache", "y x")
    open_session().withdraw("Sort: y x")
    assert session.solve("Sort: y x")[0].way == "parser"
    open_session(tools={"greedy": RIVALS["greedy"]})
    assert len(session.tools()) == 3
