"""What user and dispatcher models are asked, and how their replies are read."""

import pytest
from sample_tool import sample_tool

from latm_magic.models.model import FunctionCall, Reply
from latm_magic.tools import prompts

TOOL = sample_tool()


def test_a_call_request_when_written_holds_signature_use_cases_and_question():
    """The user model sees the wrapper (signature and use cases) and the question, word for word."""
    content = prompts.call_function(TOOL, "ignore all this {x}\n  and $y")[0].content
    assert TOOL.signature in content
    assert "\nignore all this {x}\n  and $y\n" in content
    assert prompts.CANNOT in content


def test_a_choice_request_when_written_lists_every_tool_with_one_question():
    """The dispatcher model sees name, description and one question of each tool."""
    content = prompts.choose_tool([TOOL], "the question")[0].content
    assert TOOL.name in content
    assert any(sample.question in content for sample in TOOL.samples)
    assert "\nthe question\n" in content


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("sort_words", "sort_words"),
        (" `sort_words`. ", "sort_words"),
        ("The tool is sort_words, because it sorts.", "sort_words"),
        ("unknown", None),
        ("Unknown.", None),
    ],
)
def test_a_choice_when_it_names_one_tool_or_none_is_read(text, choice):
    """A dispatcher's reply is a tool's name or unknown, with or without words around it."""
    assert prompts.read_choice(text, ["sort_words", "count"]) == choice


@pytest.mark.parametrize("text", ["", "sort_words or count", "delete_all", "sort_words unless unknown"])
def test_a_choice_when_it_is_neither_is_no_guess(text):
    """A reply that names no single known tool is refused."""
    with pytest.raises(ValueError, match="names no single tool"):
        prompts.read_choice(text, ["sort_words", "count"])


@pytest.mark.parametrize(
    "reply",
    [
        Reply("", (FunctionCall(TOOL.name, '{"words": ["b"]}'),)),
        Reply('{"words": ["b"]}'),
        Reply('Sure:\n```json\n{"words": ["b"]}\n```'),
        Reply(f'{{"name": "{TOOL.name}", "arguments": {{"words": ["b"]}}}}'),
        Reply(f"`{TOOL.function}(words=['b'])`"),
    ],
)
def test_a_call_when_in_any_shape_is_read(reply):
    """A native call, bare JSON, a named JSON call and a Python call all give the same arguments."""
    assert prompts.read_call(reply, TOOL).replace(" ", "") == '{"words":["b"]}'


@pytest.mark.parametrize("text", ["", "CANNOT", "CANNOT: this is about geography", "`CANNOT`"])
def test_a_call_when_the_model_declines_is_none(text):
    """A model may say that the function does not fit."""
    assert prompts.read_call(Reply(text), TOOL) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply("", (FunctionCall("delete_all", "{}"),)),
        Reply("I think the words are b and a."),
        Reply(f"{TOOL.function}(['b'])"),
        Reply(f"{TOOL.function}(words=open('x'))"),
    ],
)
def test_a_call_when_it_names_no_tool_or_cannot_be_read_is_refused(reply):
    """A made-up function, prose and calls that are no literals are refused with a reason."""
    with pytest.raises(ValueError, match="."):
        prompts.read_call(reply, TOOL)


def test_a_snippet_when_in_a_reply_is_read():
    """The last fenced block is the snippet; CANNOT is none; prose is refused."""
    assert prompts.read_snippet(Reply("x\n```python\nret = f()\nans = ret\n```")) == "ret = f()\nans = ret\n"
    assert prompts.read_snippet(Reply("ret = f()\nans = ret")) == "ret = f()\nans = ret"
    assert prompts.read_snippet(Reply("CANNOT")) is None
    with pytest.raises(ValueError, match="no fenced"):
        prompts.read_snippet(Reply("The answer is B."))
