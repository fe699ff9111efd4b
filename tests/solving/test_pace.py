"""Pauses after a rate limit: together, bounded, and over when nobody waits."""

import pytest

from latm_magic.errors import ModelError
from latm_magic.models.model import Message, Request
from latm_magic.solving.pace import Pace
from latm_magic.testing import ScriptedModel

REQUEST = Request("user", (Message("user", "q"),))


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def read(self):
        return self.now


def limited(rest_s=None):
    return ModelError("slow", kind="rate", retry_after_s=rest_s)


def pace(clock, most_s=120.0):
    return Pace(most_s, lambda _seconds: None, clock.sleep, clock.read)


def test_pauses_are_longer_each_time_and_begin_anew_after_a_reply():
    """Three pauses are the most from one reply to the next."""
    clock, model = Clock(), ScriptedModel([limited(), limited(), "one", *[limited() for _ in range(4)]])
    kept = pace(clock)
    assert kept.ask(model, REQUEST).text == "one"
    with pytest.raises(ModelError, match="slow"):
        kept.ask(model, REQUEST)
    assert clock.slept == [2, 4, 2, 4, 8]


@pytest.mark.parametrize(
    ("rest_s", "most_s", "slept"), [(17.0, 120.0, [17]), (21.0, 120.0, []), (17.0, 10.0, []), (None, 1.0, [])]
)
def test_a_pause_is_as_long_as_the_endpoint_says_and_bounded(rest_s, most_s, slept):
    """What is longer than 20 s, or than one call may take, is not waited for."""
    clock, model = Clock(), ScriptedModel([limited(rest_s), "one"])
    if slept:
        assert pace(clock, most_s).ask(model, REQUEST).text == "one"
    else:
        with pytest.raises(ModelError, match="slow"):
            pace(clock, most_s).ask(model, REQUEST)
    assert clock.slept == slept


def test_nothing_is_asked_after_a_pause_that_nobody_waits_for():
    """After an interrupt, what pauses is given up."""
    clock, model = Clock(), ScriptedModel([limited(), "one"])
    kept = pace(clock)
    kept.end()
    with pytest.raises(ModelError, match="slow"):
        kept.ask(model, REQUEST)
    assert model.left == 1


def test_an_endless_rate_limit_is_given_up_sooner_where_nothing_was_ever_answered():
    """Two pauses where the endpoint does not say how long; three where it does."""
    clock, model = Clock(), ScriptedModel([limited()] * 9)
    with pytest.raises(ModelError, match="slow"):
        pace(clock).ask(model, REQUEST)
    assert (clock.slept, model.left) == ([2, 4], 6)
    clock, model = Clock(), ScriptedModel([limited(3.0)] * 9)
    with pytest.raises(ModelError, match="slow"):
        pace(clock).ask(model, REQUEST)
    assert clock.slept == [3, 3, 3]
