"""What the user model is asked, and how their replies are read."""

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
