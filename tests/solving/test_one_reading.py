"""Replies with two meanings, through the front door: asked again about, and never an answer, stored or taught."""

import pytest
from solving_tools import TOOLS, asked

from latm_magic.models.model import FunctionCall, Reply

ONE, OTHER = (FunctionCall("sort_words", f'{{"words": ["{word}"]}}') for word in ("zeta", "alpha"))
BOTH = FunctionCall("sort_words", '{"words": ["zeta", "alpha"]}')
QUESTION = "order zeta alpha"
TWO_MEANINGS = {
    "two calls": (ONE, OTHER),
    "a call beside a no": Reply("CANNOT", (ONE,)),
    "a call in the text beside another": Reply("sort_words(words=['alpha'])", (ONE,)),
    "two objects": '{"words": ["zeta"]} or {"words": ["alpha"]}',
    "a key twice": FunctionCall("sort_words", '{"words": ["zeta"], "words": ["alpha"]}'),
    "a bool that is no bool": FunctionCall("sort_words", '{"words": ["zeta"], "backwards": 1}'),
}


@pytest.mark.parametrize("reply", TWO_MEANINGS.values(), ids=TWO_MEANINGS)
def test_a_reply_when_it_has_two_meanings_is_asked_about_once_and_then_fails(open_session, reply):
    """The row fails with the reason; nothing is stored as an answer, and the tool learns a refusal alone."""
    session = open_session(tools=TOOLS, user=[reply] * 4)
    for _ in range(2):  # nothing was stored, so it is asked again
        (answer,) = session.solve(QUESTION, tool="sort_words", retry=True)
        assert (answer.way, answer.value) == ("failed", None)
        assert "gave no call that fits" in answer.reason
    assert asked(session) == (4, 0)
    assert session.cache.answers.find([QUESTION]) == {}
    assert session.cache.feedback.corrections("sort_words") == ()


def test_a_reply_when_mended_is_answered(open_session):
    """The model is told what is wrong, and its second reply counts."""
    session = open_session(tools=TOOLS, user=[(ONE, OTHER), BOTH])
    assert session.solve(QUESTION, tool="sort_words")[0].value == "alpha zeta"
    assert "2 different calls" in session.scripts["user"].requests[1].messages[-1].content


def test_calls_when_equal_are_one(open_session):
    """Saying the same twice is saying it."""
    session = open_session(tools=TOOLS, user=[(BOTH, BOTH)])
    assert session.solve(QUESTION, tool="sort_words")[0].value == "alpha zeta"
    assert asked(session) == (1, 0)
