"""Reading examples and questions from cells, files and tables."""

import json

import pytest

from latm_magic.errors import TaskError
from latm_magic.examples import MAX_FILE_BYTES, read_cell, read_examples, read_questions
from latm_magic.task import Instance, Task, check_name, to_value

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
    description, samples, kind = read_cell(CELL)
    assert description == "Sort the words."
    assert samples[0] == Instance("Sort: pear apple", "apple pear")
    assert (len(samples), kind) == (3, "text")


def test_read_cell_when_a_block_has_one_example_a_line():
    """A block without an answer line holds one example a line, split at the last arrow."""
    _, samples, kind = read_cell("Add.\n---\n1 + 1 => 2\na => b => 3\n")
    assert samples == (Instance("1 + 1", "2"), Instance("a => b", "3"))
    assert kind == "int"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["1", "-20", "0"], "int"),
        (["1.5", "2.0"], "float"),
        (["True", "False"], "bool"),
        (["007", "1"], "text"),
        (["1", "1.5"], "text"),
        (["1e5"], "text"),
        ([""], "text"),
        (["1" * 30], "text"),
    ],
)
def test_kind_of_a_cells_answers_when_all_are_alike(answers, kind):
    """Text answers count as numbers only where every one is a plainly written number."""
    assert read_cell("x\n---\n" + "\n".join(f"q{i} => {a}" for i, a in enumerate(answers)))[2] == kind


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
    _, samples, _ = read_cell(f"x\n---\n  {text}\n\n   inner\n=> {text}")
    assert samples[0] == Instance(f"  {text}\n\n   inner", text)
    assert read_questions(f"{text}\n---\n  two") == [text, "  two"]


def test_separators_when_escaped_are_literal():
    r"""`\---` and `\=>` at a line's start are text."""
    _, samples, _ = read_cell("x\n---\n\\---\n\\=> arrow\n=> \\---\n\\=> more")
    assert samples[0] == Instance("---\n=> arrow", "---\n=> more")


def test_an_answer_when_it_has_several_lines_runs_to_the_separator():
    """An answer ends at the next separator."""
    _, samples, _ = read_cell("x\n---\nq\n=> one\ntwo\n---\nq2\n=> y")
    assert samples[0].answer == "one\ntwo"


def test_read_questions_when_lines_are_asked_for():
    """`--lines` makes each line one instance."""
    assert read_questions("a\n\nb\n", lines=True) == ["a", "b"]
    assert read_questions("a\n\nb\n") == ["a\n\nb"]


class Table:
    """A DataFrame as far as reading examples goes."""

    iloc = None

    def __init__(self, columns):
        self._data = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return type("Column", (), {"tolist": lambda _self, rows=self._data[name]: rows})()


@pytest.mark.parametrize(
    "examples",
    [
        [("q", 1), ("r", 2)],
        [["q", 1], ["r", 2]],
        [{"question": "q", "answer": 1}, {"question": "r", "answer": 2}],
        [{"input": "q", "target": 1}, {"input": "r", "target": 2}],
        {"q": 1, "r": 2},
        {"examples": [{"input": "q", "target": 1}, {"input": "r", "target": 2}]},
        Table({"question": ["q", "r"], "answer": [1, 2]}),
        iter([("q", 1), ("r", 2)]),
    ],
)
def test_examples_when_given_in_any_form_are_the_same(examples):
    """Pairs, dicts, tables and the BIG-bench form give the same samples, in the kind of their answers."""
    assert read_examples(examples) == ((Instance("q", "1"), Instance("r", "2")), "int")


def test_examples_when_answers_are_typed_keep_their_kind():
    """Typed answers are not guessed at: text stays text even where it looks like a number."""
    assert read_examples([("q", "1")])[1] == "text"
    assert read_examples([("q", True)])[1] == "bool"
    assert read_examples([("q", 1), ("r", 2.5)]) == ((Instance("q", "1.0"), Instance("r", "2.5")), "float")
    assert read_examples([("q", 1), ("r", "x")])[1] == "text"


def test_files_when_well_formed_give_samples(tmp_path):
    """.csv, .jsonl and .json files are read, relative to the base folder too."""
    (tmp_path / "a.csv").write_text('question,answer\n"q, x",1\nr,2\n')
    (tmp_path / "b.jsonl").write_text('{"question": "q, x", "answer": 1}\n\n{"question": "r", "answer": 2}\n')
    (tmp_path / "c.json").write_text(json.dumps({"examples": [["q, x", 1], ["r", 2]]}))
    wanted = ((Instance("q, x", "1"), Instance("r", "2")), "int")
    for name in ("a.csv", "b.jsonl", "c.json"):
        assert read_examples(name, tmp_path) == wanted
        assert read_examples(tmp_path / name) == wanted


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        ("nowhere.csv", "No file 'nowhere.csv'"),
        ("folder", "is not a file"),
        ("x.txt", "no .csv, .jsonl or .json"),
        ("empty.json", "is empty"),
        ("broken.json", "is not JSON"),
        ("deep.json", "is not JSON"),
        ("broken.jsonl", "Line 2 of 'broken.jsonl' is not JSON"),
        ("latin.csv", "is not UTF-8"),
        ("number.json", "holds no list"),
        ("huge.json", "MB (at most"),
        ("nul.csv", "answer"),
        (Table({"q": [], "a": []}), "needs 'question' and 'answer'"),
        (42, "cannot be read from a int"),
        ([("q", 1, 2)], "3 parts"),
        ([1], "is a int"),
        ([{"q": 1}], "has the keys ['q']"),
        ([(1, 2)], "is a int, not text"),
        ([("q", None)], "has no answer"),
        ([("q", float("nan"))], "has no answer"),
        ([("q", [1])], "is a list"),
    ],
)
def test_examples_when_unusable_say_why_in_one_line(tmp_path, examples, words):
    """Each unusable form of examples is a TaskError in one line."""
    for name, data in {
        "x.txt": b"x",
        "empty.json": b" ",
        "broken.json": b"{",
        "deep.json": b"[" * 200_000,
        "broken.jsonl": b'["q", 1]\n{',
        "latin.csv": "question,answer\né,1".encode("latin-1"),
        "number.json": b"3",
        "nul.csv": b"question,answer\nq\n",
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(TaskError) as caught:
        read_examples(examples, tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [("  \n", "cell is empty"), ("x\n---\nno answer here\n", "has no answer"), ("x\n---\n=> 3", "has no question")],
)
def test_cells_when_incomplete_say_why(body, words):
    """An empty cell, a block without an answer and one without a question are errors that say so."""
    with pytest.raises(TaskError, match=words):
        description, samples, kind = read_cell(body)
        Task("name", description, samples, kind).check()


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ((), "No examples"),
        ((Instance("q", "1"),), "One example"),
        ((Instance("q", "1"), Instance("q", "1"), Instance("r", "1")), "Two different examples"),
        ((Instance("q", "1"), Instance("q", "2"), Instance("r", "1")), "contradict each other"),
        ((Instance("q", "1"), Instance("r"), Instance("s", "1")), "Example 2 has no answer"),
    ],
)
def test_a_task_when_its_samples_cannot_serve_says_why(samples, words):
    """Too few, contradicting or unanswered samples are refused before a model is asked."""
    with pytest.raises(TaskError, match=words):
        Task("name", "What it does.", samples).check()


def test_a_task_when_it_has_no_description_says_so():
    """The description is needed."""
    with pytest.raises(TaskError, match="No description"):
        Task("name", " ", tuple(Instance(str(i), "x") for i in range(3))).check()


@pytest.mark.parametrize(("count", "roles"), [(3, (2, 1, 0)), (5, (4, 1, 0)), (6, (3, 3, 0)), (9, (3, 3, 3))])
def test_samples_when_split_follow_their_number(count, roles):
    """Three show, three verify, the rest is held out; of three to five the last one verifies."""
    task = Task("name", "x", tuple(Instance(str(i), "a") for i in range(count))).check()
    assert (len(task.demonstrations), len(task.validation), len(task.held_out)) == roles


@pytest.mark.parametrize("name", ["", "two words", "1st", "class", "match", "_private", "naïve", "parse", "a-b"])
def test_a_tools_name_when_it_names_no_function_is_refused(name):
    """A tool's name is a plain, public identifier and no keyword."""
    with pytest.raises(TaskError):
        check_name(name)


def test_values_when_read_from_text_have_the_kind_of_the_examples():
    """Answer texts become values of the task's kind, or ValueError."""
    assert [to_value(" 3 ", "int"), to_value("2.5", "float"), to_value("true", "bool"), to_value(" x ", "text")] == [
        3,
        2.5,
        True,
        " x ",
    ]
    for text, kind in (("x", "int"), ("maybe", "bool"), ("1e999", "float"), ("", "float")):
        with pytest.raises(ValueError):
            to_value(text, kind)


def test_a_pandas_table_when_given_keeps_the_type_of_its_answers():
    """A DataFrame's numpy numbers become plain numbers."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"question": ["a", "b"], "answer": [1.5, 2.0]})
    assert read_examples(frame) == ((Instance("a", "1.5"), Instance("b", "2.0")), "float")


@pytest.mark.parametrize("pairs", [[("q", 10**5000), ("r", 1)], [("q", 10**400), ("r", 1.5)]])
def test_read_examples_when_a_number_is_too_large_says_which(pairs):
    """Python writes no number of more than 4,300 digits, and a float ends at 1e308."""
    with pytest.raises(TaskError, match="answer of example 1 is too large"):
        read_examples(pairs)


def test_read_examples_when_a_table_has_a_column_twice_says_so():
    """Which of the two answers counts is yours to say."""
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame([["a", "b", "c"]] * 3, columns=["question", "answer", "answer"])
    with pytest.raises(TaskError, match="several columns named 'question' or 'answer'"):
        read_examples(table)
