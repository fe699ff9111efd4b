"""ScriptedModel, the model for tests of what is built on this package."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from latm_magic.errors import LatmError, ModelError
from latm_magic.models.model import FunctionCall, Message, Reply, Request, Usage
from latm_magic.testing import ScriptedModel

REQUEST = Request("user", (Message("user", "12345678"),))
CALL = FunctionCall("f", "{}")


def test_script_when_it_is_played():
    """Texts, replies, calls, errors and functions of the request are played in turn, and requests are kept."""
    reply = Reply("whole")
    script = ["text", reply, CALL, (CALL, CALL), ModelError("gone", kind="timeout"), lambda request: request.role]
    model = ScriptedModel(script, name="mine")
    assert (model.name, model.left) == ("mine", 6)
    first = model.complete(REQUEST)
    assert (first.text, first.model, first.usage) == ("text", "mine", Usage(2, 1))
    assert model.complete(REQUEST) is reply
    assert model.complete(REQUEST).calls == (CALL,)
    assert model.complete(REQUEST).calls == (CALL, CALL)
    with pytest.raises(ModelError, match="gone"):
        model.complete(REQUEST)
    assert model.complete(REQUEST).text == "user"
    assert model.requests == [REQUEST] * 6
    assert model.left == 0


def test_script_when_it_has_run_out():
    """A script that has run out says so, and which request it was."""
    model = ScriptedModel(["only"])
    model.complete(REQUEST)
    with pytest.raises(LatmError, match=r"script of ScriptedModel 'scripted' has run out: request 2 \(user\)"):
        model.complete(REQUEST)
    assert len(model.requests) == 2


def test_script_when_it_is_a_function():
    """A function in place of the list answers every request."""
    model = ScriptedModel(lambda request: request.messages[0].content)
    assert [model.complete(REQUEST).text for _ in range(3)] == ["12345678"] * 3


def test_script_when_it_is_a_lone_text():
    """A lone text would be played letter by letter: it is refused."""
    with pytest.raises(TypeError, match="into a list"):
        ScriptedModel("one reply")


def test_script_when_threads_share_it():
    """Each line is played once, however many threads ask."""
    model = ScriptedModel([str(number) for number in range(200)])
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda _: model.complete(REQUEST).text, range(200)))
    assert sorted(map(int, texts)) == list(range(200))
    assert len(model.requests) == 200
