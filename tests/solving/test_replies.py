"""How replies of the dispatcher model and of the strong model are read."""

import pytest
from decorations import DECORATIONS

from latm_magic.models.model import Reply
from latm_magic.solving.replies import compare, read_choice, read_direct

NAMES = ["sort_words", "count"]


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("sort_words", "sort_words"),
        (" `sort_words`. ", "sort_words"),
        ("**Tool:** `sort_words`", "sort_words"),
        ("The tool is sort_words, because it sorts.", "sort_words"),
        ("It does not count words. It sorts them.\n\nsort_words", "sort_words"),
        ('{"tool": "sort_words"}', "sort_words"),
        ("unknown", None),
        ("Unknown.", None),
        ("**unknown**", None),
        ("Answer: unknown", None),
        ("None", None),
        ("No tool is for this.", None),
        ("I cannot tell.", None),
        ("Neither.", None),
    ],
)
def test_a_choice_when_it_names_one_tool_or_none_is_read(text, choice):
    """A dispatcher's reply is a tool's name or a "no", with or without words around it."""
    assert read_choice(text, NAMES) == choice


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sort_words or count",
        "sort_words\ncount",
        "delete_all",
        "sort_words unless unknown",
        "None of these fits; certainly not sort_words.",
        "None of these.\nsort_words",
        "It is not:\nsort_words",
        "not sort_words",
        "sort_words doesn\u2019t fit",
        "unknown\nsort_words",
    ],
)
def test_a_choice_when_it_is_neither_is_no_guess(text):
    """A reply that names two tools, or one beside a "no", is refused."""
    with pytest.raises(ValueError, match="names no single tool"):
        read_choice(text, NAMES)


@pytest.mark.parametrize("decoration", DECORATIONS)
def test_an_answer_when_decorated_is_the_answer(decoration):
    """Markdown, quotes, TeX, a full stop, a note behind and any way of writing "Answer:" are no part of it."""
    said = read_direct(Reply(decoration.format("a b")))
    assert compare(said, "a b", "text") == "agreed"
    assert compare(said, "b a", "text") in {"disputed", "unchecked"}


def test_an_answer_when_it_is_another_one_is_a_dispute():
    """Only what stands behind "Answer:", or a number alone, speaks against a tool."""
    for text, kind, tool in [("Answer: **b a**", "text", "a b"), ("Answer: 4.", "int", "3"), ("4", "int", "3")]:
        assert compare(read_direct(Reply(text)), tool, kind) == "disputed"
    assert compare(read_direct(Reply("b a, I think, or so")), "a b", "text") == "unchecked"
    assert compare(read_direct(Reply("Answer: He cannot swim")), "He can swim", "text") == "disputed"


@pytest.mark.parametrize(
    ("text", "kind", "tool", "verdict"),
    [
        ("3.", "int", "3", "agreed"),
        ("3.0", "int", "3", "agreed"),
        ("3 words", "int", "3", "agreed"),
        ("1,234", "int", "1234", "agreed"),
        ("three", "int", "3", "unchecked"),
        ("4 words", "int", "3", "unchecked"),
        ("2 of 3", "int", "3", "unchecked"),
        ("3.50", "float", "3.5", "agreed"),
        ("true.", "bool", "True", "agreed"),
        ("Yes", "bool", "True", "unchecked"),
        ("False", "bool", "True", "disputed"),
    ],
)
def test_an_answer_when_it_is_not_of_the_kind_disputes_nothing(text, kind, tool, verdict):
    """A number with words around it may agree; what is no number or bool at all is unchecked."""
    assert compare(read_direct(Reply(f"Answer: {text}")), tool, kind) == verdict


def test_an_answer_when_it_has_several_lines_is_whole():
    """Where a tool's answers have lines, the first line of another is no agreement; a note behind still is none."""
    assert compare(read_direct(Reply("Answer: a\nb")), "a\nb", "text", in_lines=True) == "agreed"
    assert compare(read_direct(Reply("Answer: a\nb")), "a", "text", in_lines=True) == "disputed"
    assert compare(read_direct(Reply("Answer: a\n\n(first)")), "a", "text", in_lines=True) == "agreed"


@pytest.mark.parametrize(
    "reply",
    [
        *map(Reply, ("", " \n", "Answer:", "CANNOT", "Answer: cannot", "Answer: **unknown**", "Answer: N/A")),
        *map(Reply, ("I'm sorry, I can\u2019t help with that.", "Unfortunately, I cannot answer.", "I do not know.")),
        Reply("Answer: a", finish_reason="content_filter"),
        Reply("Answer: a", finish_reason="length"),
    ],
)
def test_a_refusal_when_read_is_no_answer(reply):
    """Refusals in any words, and replies that were cut, hold nothing."""
    assert read_direct(reply) is None


@pytest.mark.parametrize("text", ["*", '"', "$", "\n", " ", "Answer: ", "\\boxed{", "\u201c", "```\n", "1,234", "("])
def test_a_reply_when_it_is_huge_is_read(text):
    """A reply of half a megabyte is read in one go, whatever it is made of."""
    said = read_direct(Reply(text * (500_000 // len(text))))
    assert said is None or compare(said, "3", "int") in {"disputed", "unchecked"}
