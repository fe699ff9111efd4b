"""Modules of your own, and of a chat by hand: verified like those of a maker."""

import pytest
from sorting_replies import ESCAPES, EXAMPLES, GOOD, WRONG

from latm_magic.errors import MakingFailed, TaskError


def test_a_module_of_yours_when_added_is_verified_and_asks_nobody(open_session):
    """`add` takes a module through the same verification; a reply's fence may come along."""
    session = open_session()
    tool = session.add("sort_words", GOOD, EXAMPLES)
    assert (tool.provenance.maker, tool.verification.right) == ("you", 6)
    assert session.ledger.entries() == ()


@pytest.mark.parametrize(
    ("source", "words"), [(WRONG, "1 of 6 samples right"), (ESCAPES, "__self__"), ("x = 1", "must define a function")]
)
def test_a_module_of_yours_when_it_fails_says_what(open_session, source, words):
    """What is wrong with a module of yours is told in two lines, and nothing is kept."""
    session = open_session()
    with pytest.raises(MakingFailed, match=words) as caught:
        session.add("sort_words", source, EXAMPLES)
    assert str(caught.value).count("\n") == 1
    assert session.cache.tools.names() == ()


def test_a_request_by_hand_when_answered_remembers_its_examples(open_session):
    """The request is text for any chat; the reply goes through `add`, which remembers the task."""
    session = open_session()
    request = session.by_hand("sort_words", "Sort the words.", EXAMPLES)
    assert EXAMPLES[0][0] in request
    tool = session.add("sort_words", GOOD)
    assert tool.provenance.maker == "a model asked by hand"
    assert tool.description == "Sort the words."


def test_a_module_of_yours_when_no_examples_are_known_says_so(open_session):
    """Without examples nothing can be verified."""
    with pytest.raises(TaskError, match="No examples for 'sort_words'"):
        open_session().add("sort_words", GOOD)
