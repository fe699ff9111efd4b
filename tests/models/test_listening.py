"""What a model writes, told while it writes it."""

import pytest
from loopback import CANARY, error, said, streamed

from latm_magic.models.model import Message, Request

REQUEST = Request("maker", (Message("user", "Write Python."),))
USAGE = {"prompt_tokens": 12, "completion_tokens": 3}


@pytest.fixture
def listen(serve, connect, monkeypatch):
    """Return a function that asks once, and returns the reply and what was told of it."""
    monkeypatch.setattr("latm_magic.models.listening._PAUSE_S", 0.0)

    def ask(*turns):
        told = []
        model = connect(serve(*turns), stream=True, on_text=lambda text, count: told.append((text, count)))
        return model.complete(REQUEST), told

    return ask


def test_a_stream_when_it_comes_is_told_word_by_word(listen):
    """Its end and its length so far, thinking included; the reply is the same as without."""
    thinking = {"reasoning_content": "Let me see.\n"}
    reply, told = listen(streamed(thinking, {"content": "de"}, {"content": "f f(): "}, {"content": 7}, usage=USAGE))
    assert reply.text == "def f(): "
    assert told[-1] == ("Let me see.\ndef f(): ", 21)
    assert all(count <= 21 and text in "Let me see.\ndef f(): " for text, count in told)


@pytest.mark.parametrize("at", range(1, len(CANARY)))
def test_a_key_when_streamed_in_pieces_is_never_told(listen, at):
    """Not a half of it either, wherever it was cut."""
    reply, told = listen(streamed({"content": f"it is {CANARY[:at]}"}, {"content": f"{CANARY[at:]} so\n"}, usage=USAGE))
    assert CANARY not in reply.text
    assert told
    assert not [text for text, _ in told if CANARY[:6] in text]


def test_a_long_word_when_streamed_is_cut(listen):
    """A reply of a million characters is told by its end."""
    _, told = listen(streamed({"content": "a " * 500_000}, {"content": "b\n" * 10}, usage=USAGE))
    assert max(len(text) for text, _ in told) <= 2000
    assert told[-1][1] == 1_000_020


@pytest.mark.parametrize(
    "message",
    ["Streaming is disabled for this deployment", "stream must be false", "This model can not be streamed"],
)
@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
def test_streaming_when_refused_in_any_words_is_off(listen, message, status):
    """The same call is answered without."""
    reply, told = listen(error(status, message), said("ok"))
    assert (reply.text, told) == ("ok", [])


def test_streaming_when_it_does_not_say_what_it_costs_is_off_from_then_on(serve, connect):
    """What a reply cost is worth more than to read along; so it is where a stream cannot be read."""
    endpoint = serve(streamed({"content": "ok"}), said("ok"))
    model = connect(endpoint, stream=True)
    assert [model.complete(REQUEST).usage is None for _ in range(2)] == [True, False]
    assert ["stream" in chat.body for chat in endpoint.chats] == [True, False]
