"""Lines of a cell that look like a mark: what is not seen does not count, and what is no mark is named."""

import pytest

from latm_magic.cell_text import escaped, read_cell, read_questions
from latm_magic.errors import TaskError
from latm_magic.task import Instance

UNSEEN = ["", " ", "\t", "\u00a0", "\ufeff", "\u200b", "\u200d", "\u2060", "\r", " \u200b\u3000"]
PAIR = (Instance("q\n1", "1"), Instance("r\n2", "2"))


@pytest.mark.parametrize("before", UNSEEN, ids=ascii)
@pytest.mark.parametrize("behind", UNSEEN, ids=ascii)
def test_a_separator_when_something_unseen_stands_beside_it_still_separates(before, behind):
    """Blanks of any kind, a BOM, what has no width and a return do not count, at either end of `---` and before `=>`."""
    line = f"{before}---{behind}"
    assert read_questions(f"a\n{line}\nb") == ["a", "b"]
    arrow = before.replace("\r", "")
    body = f"Do.\n{line}\nq\n1\n{arrow}=> 1{behind}\n{line}\nr\n2\n{arrow}=> 2"
    assert read_cell(body) == ("Do.", (PAIR, "int"))


@pytest.mark.parametrize(
    "line",
    [
        "----",
        "--",
        "-----",
        "\u2014",
        "\u2013",
        "\u2014\u2014\u2014",
        "\u2014-",
        "- - -",
        "----\u00a0",
        "\uff0d\uff0d\uff0d",
    ],
    ids=ascii,
)
def test_a_line_of_other_dashes_when_alone_is_named(line):
    """What an editor makes of three dashes, or a slip of the finger, would glue two questions together in silence."""
    for read in (read_cell, read_questions):
        with pytest.raises(TaskError, match=r"^Line 3 is '.*', which splits nothing: write '---'") as caught:
            read(f"a\n{line}\nb")
        assert "\n" not in str(caught.value)
    assert read_questions(f"a\n\\{line}\nb") == [f"a\n{line}\nb"]


def test_dashes_when_they_are_text_stay():
    """A single dash, dashes with text beside them, and what is drawn are text."""
    text = "-\n- item\n--option\n---x\n| --- | --- |\n\u2500\u2500\u2500\n-1"
    assert read_questions(text) == [text]


@pytest.mark.parametrize("separator", ["---", "--- ", "\u00a0---"])
def test_lines_when_each_is_a_question_hold_no_separator(separator):
    """With `--lines`, `---` would be asked as a question."""
    with pytest.raises(TaskError, match="leave the '---' lines out"):
        read_questions(f"a\n{separator}\nb", lines=True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85"], ids=ascii)
def test_a_cell_when_its_lines_end_otherwise_is_the_same(end):
    """Line ends of Windows, old Macs, word processors and web pages are line ends."""
    body = "Do\nthis.\n---\nq\n1\n=> 1\n---\nr\n2\n=> 2\n"
    assert read_cell(body.replace("\n", end)) == ("Do\nthis.", (PAIR, "int"))
    inline = "Do.\n---\na => 1\nb => 2.5"
    assert read_cell(inline.replace("\n", end)) == read_cell(inline)
    assert read_questions("a\nb\n---\nc".replace("\n", end)) == ["a\nb", "c"]
    assert read_questions("a\nb".replace("\n", end), lines=True) == ["a", "b"]


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ("q -> 1", "It has '->' where '=>' belongs"),
        ("q --> 1", "'-->'"),
        ("q \u2192 1", "'\u2192'"),
        ("q \u21d2 1", "'\u21d2'"),
        ("q \uff1d\uff1e 1", "'\uff1d\uff1e'"),
        ("q ==> 1", "'==>'"),
        ("q\n-> 1", "Line 4 has no answer: 'q'"),
        ("q=>1", "has no answer"),
        ("q\n=> 1\nr\n=> 2", "Line 7 is a second answer to one question"),
        ("q\n=> 1\nr\n\u00a0=> 2", "Line 7 is a second answer"),
        ("Examples:\nq\n=> 1", "Line 4 is 'Examples:', which would be part of a question"),
        ("\u00a0examples\u00a0:\u00a0\nq => 1", "Line 4 is"),
        ("Solved examples:\nq\n=> 1", "leave it out"),
    ],
    ids=ascii,
)
def test_a_block_when_its_answer_is_not_marked_says_what_to_write(block, says):
    """Other arrows, two answers in a block and a heading are named with their line, and nothing is glued."""
    with pytest.raises(TaskError) as caught:
        read_cell(f"Do.\n---\n{block}")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_marks_when_escaped_are_text():
    """A backslash before a mark at a line's start makes text of it, wherever the line begins."""
    block = "\\Examples:\n  \\=> x\n\\----\n\\---\n\\x\n=> 1\n \\=> 2"
    assert read_cell(f"Do.\n---\n{block}")[1].samples == (Instance("Examples:\n  => x\n----\n---\n\\x", "1\n => 2"),)


def test_a_column_of_numbers_when_blanks_stand_behind_them_stays_numbers():
    """An answer that is a number is one with blanks around it, too; texts keep theirs."""
    samples, kind = read_cell("Do.\n---\nq\n=> 1 \n---\nr\n=> 2\u00a0\n---\ns\n=> \u200b3")[1]
    assert ([sample.answer for sample in samples], kind) == (["1", "2", "3"], "int")


@pytest.mark.parametrize(
    "text",
    [
        "---",
        " \u00a0--- ",
        "a\n----\n=> b\n  => c",
        "\\---",
        "\\\\=> x",
        "Examples:\nq",
        "\u2014",
        "a\\b\n\\c",
        "-> x\n\uff1d\uff1e y",
    ],
    ids=ascii,
)
def test_text_when_escaped_and_read_is_the_same(text):
    """Whatever question a cell is filled with, it is that question which is read from it."""
    assert read_questions(f"first\n---\n{escaped(text)}\n---\nlast") == ["first", text, "last"]
    assert read_cell(f"Do.\n---\n{escaped(text)}\n=> 1")[1].samples == (Instance(text, "1"),)
