"""What a session says to bad input, whatever service it is for."""

import pytest

from latm_magic.errors import LatmError, MakingFailed, TaskError, ToolNotFound


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda s: s.rollback("sort_words", 7), ToolNotFound, "No version 7 of tool 'sort_words' .* it has 1, 2"),
        (lambda s: s.rollback("sort_words", 0), ToolNotFound, "No version 0"),
        (lambda s: s.rollback("sort_words", "1"), TaskError, "'1' is not a version of 'sort_words'"),
        (lambda s: s.rollback("sort_word", 1), ToolNotFound, "Did you mean 'sort_words'"),
        (lambda s: s.versions("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.diff("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.diff("sort_words", 1, 9), ToolNotFound, "No version 9"),
        (lambda s: s.grow("nothing"), ToolNotFound, "nothing"),
        (lambda s: s.grow("sort_words"), TaskError, "Nothing to grow 'sort_words' from"),
        (lambda s: s.correct("Sort: a", None), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", "  "), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", float("nan")), TaskError, "No answer is given"),
        (lambda s: s.correct("Sort: a", ["a"]), TaskError, "The answer is a list"),
        (lambda s: s.correct("  ", "a"), TaskError, "The question is empty"),
        (lambda s: s.correct(3, "a"), TaskError, "The question is a int, not text"),
        (lambda s: s.correct("Sort: a", "a", tool="sort_word"), ToolNotFound, "Did you mean 'sort_words'"),
        (lambda s: s.confirm(), TaskError, "Nothing to confirm"),
        (lambda s: s.confirm("What?"), TaskError, "No answer to 'What[?]' is known"),
        (lambda s: s.confirm("What?", tool="sort_words"), TaskError, "No answer to 'What[?]' is known"),
        (lambda s: s.confirm(tool="sort_words"), TaskError, "No example of 'sort_words' waits"),
        (lambda s: s.make_from_pending("x", 1, "Count."), TaskError, "No question is pending"),
        (lambda s: s.make_from_pending("2x", 1, "Count."), TaskError, "cannot name a function"),
        (lambda s: s.make_from_pending("sort_words", 1, "Count."), TaskError, "%latm use sort_words"),
    ],
)
def test_bad_input_when_given_is_one_clear_line(two_versions, act, error, says):
    """What cannot be done says so in one line, and no model is asked."""
    with pytest.raises(error, match=says) as caught:
        act(two_versions)
    assert isinstance(caught.value, LatmError)
    assert "\n" not in str(caught.value)
    assert two_versions.ledger.entries() == ()


def test_max_tokens_when_none_asks_a_maker_for_no_limit(open_session):
    """The setting reaches the request, from a keyword; a project file may not lift a limit."""
    session = open_session(maker=["no"], max_tokens=None, max_attempts=1)
    with pytest.raises(MakingFailed):
        session.make("sort_words", "Sort the words.", [("b a", "a b"), ("d c", "c d"), ("f e", "e f")])
    assert session.scripts["maker"].requests[0].max_tokens is None
