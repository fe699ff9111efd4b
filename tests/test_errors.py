"""The errors: one root, one line, data that survives pickling."""

import pickle

import pytest

from latm_magic import errors

KINDS = [getattr(errors, name) for name in errors.__all__ if name != "did_you_mean"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_when_pickled_keeps_message_and_data(kind):
    """Every error crosses process borders whole."""
    copy = pickle.loads(pickle.dumps(kind("What happened. What to do.", attempts=(1, 2), kind="key")))
    assert type(copy) is kind
    assert (str(copy), copy.attempts, copy.kind) == ("What happened. What to do.", (1, 2), "key")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_when_shown_in_ipython_is_its_message(kind):
    """IPython shows the class and the message, without a traceback."""
    assert kind("What happened.")._render_traceback_() == [f"{kind.__name__}: What happened."]
    assert issubclass(kind, errors.LatmError)


def test_an_error_when_its_text_hides_something_shows_it():
    """What a model or a file put into a message cannot move the cursor or turn the line around."""
    (line,) = errors.LatmError("a\x1b[2Jb\u202ec é 日本 🍐\nsecond line")._render_traceback_()
    assert line == "LatmError: a\\x1b[2Jb\\u202ec é 日本 🍐\nsecond line"


def test_did_you_mean_when_nothing_is_close_says_nothing():
    """A suggestion is only made where one is close."""
    assert errors.did_you_mean("sort_word", ["sort_words", "x"]) == " Did you mean 'sort_words'?"
    assert errors.did_you_mean("sort_word", ["x"]) == ""
