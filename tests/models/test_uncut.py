"""A reply that a short limit cut off is asked for once more, with all the tokens that you allow."""

import pytest

from latm_magic.errors import ModelError, ReplyError
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionCall, Message, Reply, Request, Usage
from latm_magic.models.uncut import UncutModel
from latm_magic.testing import ScriptedModel

REQUEST = Request("dispatcher", (Message("user", "q"),), max_tokens=512)


def cut(reply="", **data):
    return ReplyError("cut", kind="cut off", reply=reply, usage=Usage(100, 512), **data)


def limits(script):
    return [request.max_tokens for request in script.requests]


def test_a_reply_when_its_thinking_was_cut_off_is_asked_for_with_all(ledger):
    """The second request may take all that you allow; both are on record, and the reply counts both."""
    script = ScriptedModel([cut(), Reply("sort_words", usage=Usage(100, 3000, 10)), "count_words"])
    model = UncutModel(MeteredModel(script, ledger), 8192)
    reply = model.complete(REQUEST)
    assert (reply.text, reply.usage) == ("sort_words", Usage(200, 3512, 10))
    assert reply.cost_usd == pytest.approx(ledger.session_cost_usd)
    assert [entry.ok for entry in ledger.entries()] == [False, True]
    assert model.complete(REQUEST).text == "count_words"
    assert limits(script) == [512, 8192, 8192], "a model that thinks long is not cut off again"


def test_a_reply_when_it_was_long_once_is_short_the_next_time():
    """A reply that was written and too long says nothing of the next one."""
    script = ScriptedModel([cut("{'words': ["), FunctionCall("f", "{}"), "ok"])
    model = UncutModel(script, 8192)
    assert model.complete(REQUEST).calls
    model.complete(REQUEST)
    assert limits(script) == [512, 8192, 512]


def test_a_reply_when_nothing_more_is_allowed_is_not_asked_for_again():
    """What you allow is the limit of every request, and one that had it all is not repeated."""
    for most, fault in ((100, cut()), (512, cut()), (8192, cut(limit=256)), (8192, cut(limit=0))):
        script = ScriptedModel([fault])
        with pytest.raises(ReplyError, match="cut"):
            UncutModel(script, most).complete(REQUEST)
        assert limits(script) == [min(most, 512)]


@pytest.mark.parametrize("second", [cut(), ModelError("gone", kind="server")])
def test_a_reply_when_the_second_request_fails_is_asked_for_no_more(ledger, second):
    """Two requests are the end, and the error counts both."""
    script = ScriptedModel([cut(), second])
    with pytest.raises(ModelError) as caught:
        UncutModel(MeteredModel(script, ledger), 8192).complete(REQUEST)
    assert caught.value is second
    assert caught.value.cost_usd == pytest.approx(ledger.session_cost_usd)
    assert limits(script) == [512, 8192]


def test_a_reply_when_the_budget_takes_no_second_request_is_cut_off(ledger):
    """A second request that could pass the budget is not made; the others of a batch may go on."""
    script = ScriptedModel([cut()])
    with pytest.raises(ReplyError, match="cut"):
        UncutModel(MeteredModel(script, ledger, budget_usd=0.2), 8192).complete(REQUEST)
    assert limits(script) == [512]


def test_a_reply_when_nothing_limits_it():
    """A role's own limit is asked with first, then none; what had none is not repeated."""
    script = ScriptedModel([cut(), "ok", cut()])
    model = UncutModel(script, None)
    assert model.complete(REQUEST).text == "ok"
    with pytest.raises(ReplyError, match="cut"):
        model.complete(REQUEST)
    assert limits(script) == [512, None, None]
