"""Columns of other table libraries: questions come out of them and answers go into them as values."""

import numpy as np
import pytest
from solving_tools import TOOLS

from latm_magic.answer import Answer, Answers
from latm_magic.errors import TaskError
from latm_magic.solving.questions import read_column

QUESTIONS = ["Sort: b a", None, "Sort: d c"]
SORTED = ["a b", None, "c d"]


@pytest.fixture
def tool(open_session):
    """Return a tool that sorts words."""
    return open_session(tools=TOOLS).tool("sort_words")


def of(*values: object):
    """Return answers with these values."""
    return Answers.of([Answer("q", "parser", value, str(value)) for value in values])


def test_answers_when_a_polars_frame_takes_them_are_a_column_of_values(tool):
    """As a Series and in a new frame; what polars takes from its own Series alone goes through one."""
    pl = pytest.importorskip("polars")
    answers = tool.map(pl.Series("q", QUESTIONS))
    assert pl.Series(answers).to_list() == pl.Series("a", answers).to_list() == answers.to_list() == SORTED
    frame = pl.DataFrame({"q": QUESTIONS, "a": answers})
    assert frame.schema == {"q": pl.String, "a": pl.String}
    assert frame.equals(frame.select("q").with_columns(a=pl.Series(tool.map(frame["q"]))))
    batches = frame.select(pl.col("q").map_batches(lambda q: pl.Series(tool.map(q)), return_dtype=pl.String))
    assert batches["q"].to_list() == SORTED
    assert pl.Series("a", tool.map(frame["q"]).to_list()).name == "a"


@pytest.mark.parametrize("kind", ["String", "Categorical", "Object"])
def test_questions_when_polars_holds_them_are_read_in_every_dtype(tool, kind):
    """Text of any storage, with missing questions named as such."""
    pl = pytest.importorskip("polars")
    answers = tool.map(pl.Series("q", QUESTIONS, dtype=getattr(pl, kind)))
    assert answers.to_list() == SORTED
    assert "missing" in answers[1].reason


def test_answers_when_pyarrow_takes_them_are_an_array_of_values(tool):
    """As an array, a chunked array, in a table, and of a type that you name."""
    pa = pytest.importorskip("pyarrow")
    answers = tool.map(pa.array(QUESTIONS))
    assert pa.array(answers).to_pylist() == pa.chunked_array(answers).to_pylist() == SORTED
    table = pa.table({"a": answers, "n": of(1, None, 3)})
    assert [str(field.type) for field in table.schema] == ["string", "int64"]
    assert pa.array(of(1, None), type=pa.float64()).to_pylist() == [1.0, None]


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary", "string_view"])
def test_questions_when_pyarrow_holds_them_are_read_in_every_type(tool, kind):
    """An array, one in chunks, and a list of its elements."""
    pa = pytest.importorskip("pyarrow")
    type_ = pa.dictionary(pa.int32(), pa.string()) if kind == "dictionary" else getattr(pa, kind)()
    array = pa.array(QUESTIONS).cast(type_) if kind != "dictionary" else pa.array(QUESTIONS).dictionary_encode()
    for column in (array, pa.chunked_array([array, array.slice(0, 0)]), list(array)):
        assert tool.map(column).to_list() == SORTED


@pytest.mark.parametrize(
    "values", [(2**60 + 1, None), (2**70, 1), (2**60 + 1, 0.5), (1, "one"), (True, 2), (None,), ()]
)
def test_answers_when_their_kinds_differ_or_are_too_large_lose_nothing_in_arrow(values):
    """An Arrow column is of one kind: it is text where numbers would not fit or kinds are mixed."""
    pa = pytest.importorskip("pyarrow")
    column = pa.array(of(*values)).to_pylist()
    assert column in (list(values), list(map(str, values)))


def test_a_table_when_it_is_given_whole_is_refused_by_every_library():
    """The message says to name the column; a LazyFrame is not computed for it."""
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    for table in (pa.table({"q": ["a"]}), pl.DataFrame({"q": ["a"]}), pl.LazyFrame({"q": ["a"]})):
        with pytest.raises(TaskError, match="A whole table was given"):
            read_column(table)


def test_answers_when_their_series_was_reordered_align_by_index_as_a_series(tool):
    """`to_series` and `to_frame` carry the index; an array of values has none and goes by position."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"q": ["Sort: d c", "Sort: b a"]})
    answers = tool.map(frame["q"].sort_values())
    frame["a"] = answers.to_series()
    assert frame["a"].to_list() == ["c d", "a b"]
    assert frame.assign(b=answers.to_series()).equals(frame.assign(b=answers.to_frame()["answer"]))
    assert pd.Series(answers).to_list() == list(np.asarray(answers)) == ["a b", "c d"]


def test_answers_when_pandas_is_given_a_nullable_dtype_keep_what_is_missing(tool):
    """The dtypes of pandas and of pyarrow take the values; a whole number stays exact."""
    pd = pytest.importorskip("pandas")
    answers = tool.map(pd.Series(QUESTIONS, dtype="string"))
    assert pd.Series(answers, dtype="string").isna().to_list() == [False, True, False]
    assert pd.array(of(1, None), dtype="Int64").tolist() == [1, pd.NA]
    assert pd.array(of(2**60 + 1, None), dtype="Int64")[0] == 2**60 + 1
    assert pd.array(of(*[True, None]), dtype="boolean").tolist() == [True, pd.NA]


def test_answers_when_they_are_the_questions_are_their_values():
    """The answers of one tool are the questions of the next, with the index of the first."""
    first = Answers.of([Answer("q", "parser", "a b", "a b")], index=[7])
    assert read_column(first) == (["a b"], [7])


def test_a_question_when_a_column_is_wanted_is_refused(tool):
    """`Series.map(tool.map)` would put a column of one into every cell."""
    with pytest.raises(TaskError, match=r"tool\.solve\(question\)"):
        tool.map("Sort: b a")


@pytest.mark.parametrize(
    "place", [slice(None), slice(1, 3), slice(None, None, -1), slice(4, 0, -2), slice(9, 12), slice(-2, None)]
)
def test_a_part_when_cut_is_as_its_answers(place):
    """A slice holds the same answers as looking at each would, with what is kept by position alone."""
    rows = [
        Answer("a", "parser", "x", "x", "t", 1, ms=1.0, reason="why", untested_lines=(3, 4)),
        Answer("b", "user", 2, "2", "t", 1, tokens=5, cost_usd=None),
        Answer("c", "failed", reason="broke"),
        Answer("d", "parser", "y", "y", "t", 2, untested_lines=(7,)),
        Answer("e", "user", 2.5, "2.5", "u", 1, tokens=7, cost_usd=0.5),
    ]
    answers = Answers.of(rows, index=[*"vwxyz"])
    part = answers[place]
    assert [*part] == rows[place]
    assert part.index == [*"vwxyz"][place]
    assert [*part.untested] == [at for at, row in enumerate(rows[place]) if row.untested]
    assert [*answers[:2][1:]] == rows[1:2]
