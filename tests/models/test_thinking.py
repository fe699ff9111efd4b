"""Thinking in the text of a reply, as models and servers write it: it is no part of what was answered."""

import json

import pytest
from loopback import said, streamed

from latm_magic.errors import ReplyError
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionCall, Message, Reply, Request
from latm_magic.models.recorded import RecordedModel, RecordingModel
from latm_magic.testing import ScriptedModel

ANSWER = '{"words": ["b", "a"]}'
THOUGHTS = [
    "<think>\nsort {a, b}? or CANNOT\n</think>\n\n",
    "<think></think>",
    "\n <THINK>\n```python\nunclosed\n</THINK>\n",
    '<thinking effort="high">x</thinking>',
    "<thought>x</thought>",
    "<reasoning>x</reasoning>",
    "<reflection>x\n</reflection>",
    "<seed:think>x</seed:think>",
    "no beginning {x}\n</think>\n\n",
    "no beginning</thinking>",
    "[THINK]x[/THINK]",
    "no beginning[/THINK]",
    "◁think▷x◁/think▷",
    "<|begin_of_thought|>x<|end_of_thought|>",
    "<|START_THINKING|>x<|END_THINKING|>",
    "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>",
    "<|start|>assistant<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final <|message|>",
    "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>commentary to=functions.f json<|message|>",
    "analysisThe words are b and a.assistantfinal",
]
NO_THOUGHTS = [
    "Use <think> first, then </think>.",
    'def cut(text):\n    return text.split("</think>")[-1]',
    "re.sub('<think>.*</think>', '', text)",
    "`</think>` ends it",
    "<b>think</b>",
    "<thinker>x</thinker>",
    "analysis of it: assistant",
    " leading blank",
    "",
]
UNFINISHED = ["<think>\nsort_words it is", "[THINK]x", "<|channel|>analysis<|message|>sort_words", "<Reasoning>x"]


@pytest.mark.parametrize("thought", THOUGHTS)
def test_reply_when_it_begins_with_thinking(thought, serve, connect, request_):
    """The reply is what comes behind the thinking, at once or in pieces, scripted or live."""
    assert Reply(thought + ANSWER).text == ANSWER
    assert Reply(thought + ANSWER).written == thought + ANSWER
    text = thought + ANSWER
    assert connect(serve(said(text))).complete(request_).text == ANSWER
    pieces = [{"content": text[start : start + 5]} for start in range(0, len(text), 5)]
    assert connect(serve(streamed(*pieces)), stream=True).complete(request_).text == ANSWER


@pytest.mark.parametrize("text", NO_THOUGHTS)
def test_reply_when_thinking_is_only_named(text):
    """A text that speaks of thinking, or only looks like it, stays as it is."""
    assert (Reply(text).text, Reply(text).thinking) == (text, "")


def test_reply_when_channels_end_with_a_mark():
    """The mark behind the final channel goes with the thinking."""
    text = "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>"
    assert Reply(text).text == "42"


@pytest.mark.parametrize("text", UNFINISHED)
def test_reply_when_the_thinking_has_no_end(text, serve, connect, request_, ledger):
    """A model that was stopped amid its thoughts answered nothing: its reply was cut off, whoever the model is."""
    for model in (connect(serve(said(text))), MeteredModel(ScriptedModel([text]), ledger)):
        with pytest.raises(ReplyError, match="cut off") as caught:
            model.complete(request_)
        assert (caught.value.kind, caught.value.reply) == ("cut off", text)
        assert "max_tokens" in str(caught.value)
    assert ledger.entries()[0].ok is False


def test_calls_when_the_thinking_has_no_end():
    """A call beside thinking is a call."""
    reply = Reply("<think>hm", calls=(FunctionCall("f", "{}"),))
    assert (reply.text, reply.is_unfinished) == ("", False)


def test_recording_when_a_reply_begins_with_thinking(tmp_path):
    """A recording keeps the text as the model wrote it, and plays what was answered."""
    request = Request("user", (Message("user", "q"),))
    written = THOUGHTS[0] + ANSWER
    assert RecordingModel(ScriptedModel([written]), tmp_path / "r.jsonl").complete(request).text == ANSWER
    assert json.loads((tmp_path / "r.jsonl").read_text())["reply"]["text"] == written
    assert RecordedModel(tmp_path / "r.jsonl").complete(request).text == ANSWER
