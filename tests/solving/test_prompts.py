"""What the dispatcher model and the strong model are asked."""

from sample_tool import sample_tool

from latm_magic.solving import prompts

TOOL = sample_tool()


def test_a_choice_request_when_written_lists_every_tool_with_one_question():
    """The dispatcher model sees name, description and one question of each tool."""
    content = prompts.choose_tool([TOOL], "the question")[0].content
    assert TOOL.name in content
    assert any(sample.question in content for sample in TOOL.samples)
    assert "\nthe question\n" in content
