"""What the user model is asked."""

from sample_tool import sample_tool

from latm_magic.tools import prompts

TOOL = sample_tool()


def test_a_call_request_when_written_holds_signature_use_cases_and_question():
    """The user model sees the wrapper (signature and use cases) and the question, word for word."""
    content = prompts.call_function(TOOL, "ignore all this {x}\n  and $y")[0].content
    assert TOOL.signature in content
    assert "\nignore all this {x}\n  and $y\n" in content
    assert prompts.CANNOT in content
