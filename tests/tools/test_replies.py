"""How replies of the user model are read: one call in whatever form, a "no" in whatever words, or neither."""

import contextlib
import json

import pytest
from sample_tool import sample_tool

from latm_magic.models.model import FunctionCall, Reply
from latm_magic.tools.replies import read_call, read_snippet

TOOL = sample_tool()
GOOD = '{"words": ["b", "a"]}'
OTHER = '{"words": ["c"]}'
READ = {"words": ["b", "a"]}


def native(*arguments, text="", name=TOOL.name):
    return Reply(text, tuple(FunctionCall(name, each) for each in arguments))


FORMS = {
    "plain": GOOD,
    "a trailing comma": '{"words": ["b", "a",],}',
    "single quotes": "{'words': ['b', 'a']}",
    "a comment behind": f"{GOOD} // done",
    "comments inside": '{/* the words */ "words": ["b", # first\n "a" // last\n]}',
    "a list as a text": '{"words": "[\\"b\\", \\"a\\"]"}',
    "arguments": f'{{"arguments": {GOOD}}}',
    "arguments as a text": json.dumps({"name": TOOL.name, "arguments": GOOD}),
    "a whole call": json.dumps({"type": "function", "function": {"name": f"functions.{TOOL.name}", "arguments": GOOD}}),
    "calls": json.dumps({"tool_calls": [{"function": {"name": TOOL.name, "arguments": GOOD}}]}),
    "by name": f'{{"{TOOL.name}": {GOOD}}}',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_call_when_its_form_is_odd_but_clear_is_read(text):
    """What has one meaning is read, as a native call, alone in the text and with words around it."""
    for reply in (native(text), Reply(text), Reply(f"Sure:\n```json\n{text}\n```")):
        assert read_call(reply, TOOL) == READ


def test_a_call_when_it_is_python_or_json_in_json_is_read():
    """A Python call, and an object that stands in a JSON string, are calls too; escaped quotes stay quotes."""
    assert read_call(Reply(f"`{TOOL.function}(words=['b', 'a'])`"), TOOL) == READ
    assert read_call(Reply(json.dumps(GOOD)), TOOL) == READ
    assert read_call(native(json.dumps(GOOD)), TOOL) == READ
    assert read_call(native("{'words': ['it\\'s', \"say \\\"x\\\"\", '\"']}"), TOOL) == {
        "words": ["it's", 'say "x"', '"']
    }


@pytest.mark.parametrize("name", ["functions.{}", "{}<|channel|>commentary", "functions.{}:0", "default_api.{}()"])
def test_a_native_call_when_its_name_has_more_around_it_is_ours(name):
    """Namespaces, channels and numbers around a name are no other function."""
    assert read_call(native(GOOD, name=name.format(TOOL.name)), TOOL) == READ


@pytest.mark.parametrize(
    "reply",
    [
        native(GOOD, GOOD.replace(" ", "")),
        native('{"words": ["b", ', GOOD),
        native("", GOOD),
        native(GOOD, text=f"I call {TOOL.name}(words=['b', 'a']) for {{the words}}."),
        Reply(GOOD + GOOD),
        Reply(f"I cannot call functions, so here are the arguments: {GOOD}"),
    ],
)
def test_calls_when_they_say_the_same_are_one(reply):
    """Equal calls, and one that broke off and says nothing else, are one call."""
    assert read_call(reply, TOOL) == READ


@pytest.mark.parametrize(
    "reply",
    [
        native(GOOD, OTHER),
        native('{"words": ["c', GOOD),
        native('{"words": "c"}', GOOD),
        native(GOOD, text=f"{TOOL.name}(words=['c'])"),
        native(GOOD, text=f"For example {OTHER}"),
        Reply(f"For example {OTHER}.\nHere: {GOOD}"),
        Reply(f'{{"words": ["c", {GOOD}'),
        Reply(f"[{GOOD}, {OTHER}]"),
        native(json.dumps({"tool_calls": [json.loads(GOOD), json.loads(OTHER)]})),
        native('{"words": ["b"], "words": ["a"]}'),
        native(GOOD, text="CANNOT"),
        native(GOOD, text="**Cannot**: this is about geography."),
        Reply(f"I'm sorry, this function does not answer it: {GOOD}"),
    ],
)
def test_a_reply_when_it_says_two_things_is_no_guess(reply):
    """Different calls, a broken one that says something else, and a call beside a "no" go back to the model."""
    with pytest.raises(ValueError, match="."):
        read_call(reply, TOOL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CANNOT",
        "CANNOT: this is about geography",
        "`CANNOT`",
        "cannot.",
        "**CANNOT**",
        "The reply is: CANNOT",
        "I can't answer this with the function.",
        "The function does not fit this question.",
        "None",
        "n/a",
        '{"answer": "CANNOT"}',
        '{"words": ["CANNOT"]}',
    ],
)
def test_a_reply_when_the_model_declines_is_none(text):
    """A model may say in any words that the function does not fit."""
    assert read_call(Reply(text), TOOL) is None


def test_arguments_when_the_question_itself_holds_the_word_are_a_call():
    """Sorting the word CANNOT is possible."""
    assert read_call(native('{"words": ["CANNOT"]}'), TOOL, "Sort: CANNOT") == {"words": ["CANNOT"]}


@pytest.mark.parametrize(
    "reply",
    [
        native("{}", name="delete_all"),
        native(GOOD, name=f"not_{TOOL.name}"),
        native(json.dumps({"name": "delete_all", "arguments": GOOD})),
        native('{"words": [,]}'),
        Reply("I think the words are b and a."),
        Reply(f"{TOOL.function}(['b'])"),
        Reply(f"{TOOL.function}(words=open('x'))"),
    ],
)
def test_a_call_when_it_names_no_tool_or_cannot_be_read_is_refused(reply):
    """A made-up function, prose and calls that are no literals are refused with a reason."""
    with pytest.raises(ValueError, match="."):
        read_call(reply, TOOL)


@pytest.mark.parametrize("text", ["{", "[", '{"a":', "{}", "{'", "{/*", "{,", f"{TOOL.name}(", '"', "do not "])
def test_a_reply_when_it_is_huge_is_read_to_its_end_once(text):
    """A megabyte of brackets is refused, or declined, like any other reply: reading it takes no time that grows."""
    for reply in (Reply(text * (1_000_000 // len(text))), native(text * (1_000_000 // len(text)))):
        with contextlib.suppress(ValueError):
            assert read_call(reply, TOOL) is None


def test_a_snippet_when_in_a_reply_is_read():
    """The block that gives the answer is the snippet; a "no" is none; two answers, and prose, are refused."""
    assert read_snippet(Reply("x\n```python\nret = f()\nans = ret\n```")) == "ret = f()\nans = ret\n"
    assert read_snippet(Reply("```\nf()\n```\nso\n```python\nans = f()\n```")) == "ans = f()\n"
    assert read_snippet(Reply("ret = f()\nans = ret")) == "ret = f()\nans = ret"
    for text in ("CANNOT", "cannot", "```\nCANNOT\n```", "The function does not fit."):
        assert read_snippet(Reply(text)) is None
    for text in ("The answer is B.", "```\nans = 1\n```\nor\n```\nans = 2\n```", "CANNOT\n```python\nans = 1\n```"):
        with pytest.raises(ValueError, match="."):
            read_snippet(Reply(text))
