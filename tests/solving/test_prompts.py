"""What the dispatcher model and the strong model are asked, and how their replies are read."""

import pytest
from sample_tool import sample_tool

from latm_magic.solving import prompts

TOOL = sample_tool()


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
