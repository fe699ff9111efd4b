"""The odd forms that replies come in: what can be read is read, what cannot is no reason to fall over."""

import pytest

from latm_magic.models.chat import read_reply, request_body
from latm_magic.models.dialect import Dialect
from latm_magic.models.model import FunctionCall, Message, Request, Usage
from latm_magic.models.stream import gather


def read(message, **document):
    """Read a reply whose message is `message`."""
    return read_reply({"choices": [{"message": message, "finish_reason": "stop"}], **document})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab"),
        (["a", 5, {"type": "image"}, {"text": None}, {"text": "b"}], "b"),
        (5, ""),
        ({"text": "a"}, ""),
    ],
)
def test_text_when_content_is_no_string(content, text):
    """Content may come as a list of parts; anything else is no text."""
    reading = read({"content": content})
    assert (reading.reply.text, reading.flaw) == (text, "" if text else "empty")


@pytest.mark.parametrize(
    "message",
    [
        {"function_call": {"name": "f", "arguments": '{"x": 1}'}},
        {"tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]},
        {"tool_calls": [None, 5, {}, {"function": {}}, {"function": {"name": "f", "arguments": '{"x": 1}'}}]},
    ],
)
def test_calls_when_their_form_is_old_or_odd(message):
    """The older function_call, arguments sent as an object, and junk among the calls are read for what they mean."""
    assert read(message).reply.calls == (FunctionCall("f", '{"x": 1}'),)


@pytest.mark.parametrize("calls", [5, "f", {"name": "f"}])
def test_calls_when_they_are_junk(calls):
    """Calls that are no list are none."""
    assert read({"content": "x", "tool_calls": calls}).reply.calls == ()


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        (None, None),
        ("many", None),
        ({}, None),
        ({"prompt_tokens": 5}, Usage(5, 0)),
        ({"prompt_tokens": 5.0, "completion_tokens": 7}, Usage(5, 7)),
        ({"prompt_tokens": 5, "completion_tokens": "7"}, None),
        ({"prompt_tokens": -5, "completion_tokens": 7}, None),
        ({"prompt_tokens": 5, "completion_tokens": float("nan")}, None),
        ({"prompt_tokens": 5, "completion_tokens": float("inf")}, None),
        ({"prompt_tokens": 2**63, "completion_tokens": 7}, None),
        ({"prompt_tokens": True, "completion_tokens": 7}, None),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": -9}}, Usage(5, 2)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 9}}, Usage(5, 2, 5)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(5, 2)),
    ],
)
def test_usage_when_it_is_odd(usage, wanted):
    """Where a count is negative, no number or larger than can be, the usage is unknown, and not nothing."""
    assert read({"content": "x"}, usage=usage).reply.usage == wanted


def test_stream_when_chunks_are_odd():
    """Chunks without choices, deltas that are none, and the older function_call are read for what they mean."""
    document = gather(
        [
            None,
            {},
            {"choices": []},
            {"choices": [{"delta": None}]},
            {"choices": [{"delta": {"function_call": {"name": "f", "arguments": "{"}}}]},
            {"choices": [{"delta": {"function_call": {"arguments": "}"}}}]},
            {"choices": [{"delta": {"tool_calls": [None, 5]}}]},
            {"choices": [{"delta": {"tool_calls": 5}}]},
            {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": None}]}}]},
            {"choices": [{"delta": {}, "finish_reason": "function_call"}]},
        ]
    )
    reading = read_reply(document)
    assert (reading.reply.calls, reading.flaw) == ((FunctionCall("f", "{}"),), "")


def test_system_message_when_there_is_nobody_to_tell():
    """Without a message of yours the rules become one: they are never lost."""
    request = Request("user", (Message("system", "Be good."), Message("assistant", "ok")))
    body = request_body(request, "m", Dialect(system_role=False), stream=False)
    assert {"role": "user", "content": "Be good."} in body["messages"]


ONE = {"name": "f", "arguments": '{"x": 1}'}
TWO = {"name": "f", "arguments": '{"x": 2}'}
PIECES = {
    "same index": [{"index": 0, "id": "a", "function": ONE}, {"index": 0, "id": "b", "function": TWO}],
    "no index": [{"id": "a", "function": ONE}, {"id": "b", "function": TWO}],
    "no index and no id": [{"function": ONE}, {"function": TWO}],
    "same index and no id": [{"index": 0, "function": ONE}, {"index": 0, "function": TWO}],
    "index None, empty ids": [{"index": None, "id": "", "function": ONE}, {"index": None, "id": "", "function": TWO}],
    "one id for all": [{"index": 0, "id": "a", "function": ONE}, {"index": 1, "id": "a", "function": TWO}],
    "ids that come once": [
        {"id": "a", "function": {"name": "f", "arguments": ""}},
        {"function": {"arguments": '{"x": 1}'}},
        {"id": "b", "function": {"name": "f"}},
        {"function": {"arguments": '{"x": 2}'}},
    ],
    "names and ids again and again": [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}},
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": ": 1}"}},
        {"index": 1, "id": "b", "function": {"name": "f", "arguments": '{"x"'}},
        {"index": 1, "id": "b", "function": {"name": "f", "arguments": ": 2}"}},
    ],
}


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("at_once", [False, True])
def test_streamed_calls_when_they_are_counted_oddly(pieces, at_once):
    """Two calls are two, whichever of index and id an endpoint leaves out or repeats."""
    deltas = [pieces] if at_once else [[piece] for piece in pieces]
    chunks = [{"choices": [{"delta": {"tool_calls": delta}}]} for delta in deltas]
    calls = read_reply(gather([*chunks, "[DONE]"])).reply.calls
    assert [(call.name, call.arguments) for call in calls] == [("f", '{"x": 1}'), ("f", '{"x": 2}')]


@pytest.mark.parametrize(
    ("reason", "end", "flaw"),
    [
        (None, ["[DONE]"], ""),
        ("", ["[DONE]"], ""),
        ("stop", [], ""),
        ("length", ["[DONE]"], "cut off"),
        (None, [], "cut off"),
        ("", [], "cut off"),
    ],
)
def test_stream_when_its_end_is_marked_in_part(reason, end, flaw):
    """A stream that says it is done, or why it stopped, is whole; one that does neither was cut off."""
    chunks = [{"choices": [{"delta": {"content": "x"}, "finish_reason": reason}]}, *end]
    assert read_reply(gather(chunks)).flaw == flaw
