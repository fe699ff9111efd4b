"""Reading examples from plain Python, tables and files."""

import json
from decimal import Decimal

import pytest

from latm_magic.errors import TaskError
from latm_magic.example_files import MAX_FILE_BYTES
from latm_magic.examples import read_examples
from latm_magic.task import Instance


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
        ("x.txt", "is not a .csv, .tsv, .jsonl, .ndjson or .json file"),
        ("empty.json", "is empty"),
        ("broken.json", "is not JSON"),
        ("deep.json", "is not JSON"),
        ("broken.jsonl", "Line 2 of 'broken.jsonl' is not JSON"),
        ("latin.csv", "is not UTF-8"),
        ("number.json", "does not hold a list"),
        ("huge.json", "MB (at most"),
        ("nul.csv", "answer"),
        (Table({"q": [], "a": []}), "needs 'question' and 'answer'"),
        (42, "cannot be read from a int"),
        ([("q", 1, 2)], "3 parts"),
        ([1], "is a int"),
        ([{"q": 1}], "has the keys ['q']"),
        ([(1, 2)], "is a int, not text"),
        ([{"question": "q"}], "has no 'answer'"),
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


def _tables():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"question": ["a", "b"], "answer": ["x", "y"]})
    return {
        "array": frame.to_numpy(),
        "lists": frame.to_dict("list"),
        "dicts": frame.to_dict(),
        "records": frame.to_dict("records"),
        "blanks in names": frame.rename(columns={"question": " Question", "answer": "answer\u00a0"}),
        "more columns": frame.assign(note=1)[["note", "answer", "question"]],
    }


@pytest.mark.parametrize("form", ["array", "lists", "dicts", "records", "blanks in names", "more columns"])
def test_a_table_when_given_in_another_form_is_read(form):
    """What pandas makes of a table is read as the table is."""
    assert read_examples(_tables()[form]) == ((Instance("a", "x"), Instance("b", "y")), "text")


def test_one_column_when_given_alone_says_how_to_give_both():
    """A Series or a flat array holds no pairs."""
    pandas = pytest.importorskip("pandas")
    for column in (pandas.Series({"a": "b"}), pandas.Series(["a"]).to_numpy(), pandas.Index(["a"])):
        with pytest.raises(TaskError, match=r"is one column: give both, as a DataFrame, or by zip"):
            read_examples(column)


def test_decimals_when_given_as_answers_are_numbers():
    """Tools give Decimals too: their text stays as it is, and their kind is float."""
    pairs = [("a", Decimal("1.10")), ("b", Decimal(2)), ("c", 3), ("d", 0.5)]
    samples, kind = read_examples(pairs)
    assert ([sample.answer for sample in samples], kind) == (["1.10", "2", "3.0", "0.5"], "float")
