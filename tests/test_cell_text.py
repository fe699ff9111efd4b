"""Reading descriptions, examples and questions from the text of a cell."""

import pytest

from latm_magic.cell_text import read_cell, read_questions
from latm_magic.errors import TaskError
from latm_magic.task import Instance, Task

CELL = """Sort the words.
---
Sort: pear apple
=> apple pear
---
Sort: b a
=> a b
---
Sort: d c
=> c d
"""


def test_read_cell_when_blocks_have_answer_lines():
    """Blocks split by '---' give the description and one sample each."""
    description, (samples, kind) = read_cell(CELL)
    assert description == "Sort the words."
    assert samples[0] == Instance("Sort: pear apple", "apple pear")
    assert (len(samples), kind) == (3, "text")


def test_read_cell_when_a_block_has_one_example_a_line():
    """A block without an answer line holds one example a line, split at the last arrow."""
    _, (samples, kind) = read_cell("Add.\n---\n1 + 1 => 2\na => b => 3\n")
    assert samples == (Instance("1 + 1", "2"), Instance("a => b", "3"))
    assert kind == "int"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["1", "-20", "0"], "int"),
        (["1.5", "2.0"], "float"),
        (["True", "False"], "bool"),
        (["007", "1"], "text"),
        (["1", "1.5"], "float"),
        (["1", "x"], "text"),
        (["1e5"], "text"),
        ([""], "text"),
        (["1" * 30], "text"),
    ],
)
def test_kind_of_a_cells_answers_when_all_are_alike(answers, kind):
    """Text answers count as numbers only where every one is a plainly written number."""
    assert read_cell("x\n---\n" + "\n".join(f"q{i} => {a}" for i, a in enumerate(answers)))[1].kind == kind


HARD = [
    "{braces} {0} {}",
    "$x $(y)",
    "quotes ' \" '''",
    "`tick`",
    "nul \x00 here",
    "emoji 🦆",
    "שלום עולם",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HARD)
def test_text_when_it_is_hard_comes_through_unchanged(text):
    """Nothing formats, unindents or strips inside a question."""
    _, (samples, _) = read_cell(f"x\n---\n  {text}\n\n   inner\n=> {text}")
    assert samples[0] == Instance(f"  {text}\n\n   inner", text)
    assert read_questions(f"{text}\n---\n  two") == [text, "  two"]


def test_separators_when_escaped_are_literal():
    r"""`\---` and `\=>` at a line's start are text."""
    _, (samples, _) = read_cell("x\n---\n\\---\n\\=> arrow\n=> \\---\n\\=> more")
    assert samples[0] == Instance("---\n=> arrow", "---\n=> more")


def test_an_answer_when_it_has_several_lines_runs_to_the_separator():
    """An answer ends at the next separator."""
    _, (samples, _) = read_cell("x\n---\nq\n=> one\ntwo\n---\nq2\n=> y")
    assert samples[0].answer == "one\ntwo"


def test_read_questions_when_lines_are_asked_for():
    """`--lines` makes each line one instance."""
    assert read_questions("a\n\nb\n", lines=True) == ["a", "b"]
    assert read_questions("a\n\nb\n") == ["a\n\nb"]


@pytest.mark.parametrize(
    ("body", "words"),
    [("  \n", "cell is empty"), ("x\n---\nno answer here\n", "has no answer"), ("x\n---\n=> 3", "has no question")],
)
def test_cells_when_incomplete_say_why(body, words):
    """An empty cell, a block without an answer and one without a question are errors that say so."""
    with pytest.raises(TaskError, match=words):
        description, examples = read_cell(body)
        Task("name", description, *examples).check()


@pytest.mark.parametrize(
    ("answers", "na", "kind"),
    [
        (["1", "!none", "2", "!refuse"], None, "int"),
        (["1.5", "none", "2", "!refuse"], "none", "float"),
        (["True", " !none ", "False", "\u00a0!refuse\u200b"], None, "bool"),
        (["x", "-", "y", "!refuse"], "-", "text"),
    ],
)
def test_an_answer_when_there_is_none_is_marked(answers, na, kind):
    """`!none`, or a word of yours, says that there is no answer, `!refuse` that the question is to be refused."""
    blocks = "".join(f"---\nq{number}\n=> {answer}\n" for number, answer in enumerate(answers))
    lines = "---\n" + "".join(f"q{number} => {answer}\n" for number, answer in enumerate(answers))
    for body in (blocks, lines):
        samples, found = read_cell(f"x\n{body}", na)[1]
        assert found == kind
        assert [sample.expects for sample in samples] == ["answer", "missing", "answer", "refusal"]
        assert [sample.answer for sample in samples] == [answers[0], None, answers[2], None]


def test_an_empty_answer_when_you_say_so_means_none():
    """An answer line with nothing behind it is else an example without an answer."""
    samples, kind = read_cell("x\n---\nq\n=>\n---\nr\n=> 2\n---\ns\n=> 3", "")[1]
    assert ([sample.expects for sample in samples], kind) == (["missing", "answer", "answer"], "int")


@pytest.mark.parametrize("answer", ["!None", "!NA", "!refused", "!REFUSE", "!null"])
def test_a_mark_when_it_is_nearly_one_is_an_error(answer):
    """A mark that was mistyped is not taken for the text of an answer."""
    with pytest.raises(TaskError, match="write !none where there is no answer"):
        read_cell(f"x\n---\nq\n=> {answer}\n")


def test_a_mark_when_escaped_is_text():
    r"""`\!none` is the text of an answer, and so is what begins with `!` otherwise."""
    samples = read_cell("x\n---\nq\n=> \\!none\n---\nr => \\!refuse\ns => !important\nt => not !none")[1].samples
    assert [sample.answer for sample in samples] == ["!none", "!refuse", "!important", "not !none"]
