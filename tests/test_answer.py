"""The ways in which answers come, and what the rest of the package reads of them."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from latm_magic.answer import WAYS, Answer, Answers, Way
from latm_magic.errors import TaskError


def test_the_table_holds_every_way():
    """A way without an entry, or an entry without a way, cannot be."""
    assert set(WAYS) == set(get_args(Way))


def test_the_totals_name_every_way_in_the_order_of_the_table():
    """The line of totals counts each way in its own words."""
    answers = Answers.of([Answer("q", way) for way in reversed(WAYS)])
    assert answers.summary == (
        "1 by parser, 1 by flow, 1 from the cache, 1 by dispatcher model, 1 by user model, 1 by tool loop, 1 direct, 1 unknown, 1 not asked, 1 failed; 0 USD"
    )
    assert [answer.answered for answer in answers] == [WAYS[way].is_answer for way in answers.ways]


class Labels(list):
    """An index as far as answers know it."""

    def take(self, positions):
        """Return those at positions."""
        return Labels(self[position] for position in positions)


def some_answers():
    """Return four answers of two tools, two of them missing."""
    rows = [
        Answer("a", "parser", 1, "1", "t", 1),
        Answer("b", "failed", tool="t", version=1, reason="t: amount: Field required"),
        Answer("c", "unknown", reason="no call; ask: it may be one of t's questions ⟦t at 0.889: cosine 0.59⟧"),
        Answer("d", "user", 2, "2", "u", 1, tokens=5, cost_usd=0.5, untested_lines=(3,)),
    ]
    return Answers.of(rows, index=Labels("wxyz"))


def test_answers_when_cut_to_some_rows_keep_their_index():
    """Failed, unknown, one way, one tool, untested: each is answers again, with the labels of its rows."""
    answers = some_answers()
    assert (answers.failed.questions, answers.failed.index) == (["b"], ["x"])
    assert (answers.unknown.questions, answers.unknown.index) == (["c"], ["y"])
    assert answers.unanswered.index == ["x", "y"]
    assert answers.where(way="user", tool="u", untested=True).index == ["z"]
    assert answers.where(untested=True).untested == {0: (3,)}
    assert answers.where(tool="u").cost_usd == 0.5
    assert len(answers.where(tool="nobody")) == 0
    with pytest.raises(TaskError, match="Did you mean 'parser'"):
        answers.where(way="parsr")


def test_answers_when_masked_are_those_that_are_true():
    """A list, an array, a Series by its index, positions; what does not fit is one line."""
    answers = some_answers()
    assert answers[[True, False, False, True]].index == ["w", "z"]
    assert answers[np.array([False, True, False, False])].index == ["x"]
    assert answers[[3, -4]].index == ["z", "w"]
    assert len(answers[[]]) == 0
    assert answers[np.int64(1)].question == "b"
    assert Answers.of(list(answers)).failed.index == [1]
    answers.index = pd.Index(["w", "x", "y", "z"])
    mask = pd.Series([True, False, False, False], index=["z", "y", "x", "w"])
    assert answers[mask].questions == ["d"]
    assert list(answers[pd.array([True, None, False, False], dtype="boolean")].index) == ["w"]
    for wrong in ([True], "a", [4], ["a", "b", "c", "d"], pd.Series([True], index=["q"])):
        with pytest.raises(TaskError):
            answers[wrong]


def test_reasons_when_read_are_plain_words_and_the_numbers_come_when_asked_for():
    """No cosine and no word of a library stands where nobody asked for it, in a table of answers neither."""
    answers = some_answers()
    assert answers.reasons[1:3] == ["t: amount is missing", "no call; it may be one of t's questions"]
    assert answers[2].reason == answers.reasons[2]
    assert "cosine" not in answers.to_frame()["reason"].str.cat()
    explained = answers.explained()
    assert "it may be one of t's questions (t at 0.889: cosine 0.59)" in explained.reasons[2]
    assert "cosine" in explained.to_frame()["reason"].str.cat()


def test_answers_when_printed_are_a_table_without_a_notebook():
    """Plain Python and marimo see what a notebook shows: totals on top, then what broke."""
    shown = str(some_answers())
    assert shown.splitlines()[0] == (
        "4 rows, 2 not answered: 1 by parser, 1 by user model, 1 unknown, 1 failed; 1 untested; 0.5000 USD"
    )
    assert shown.index("t: amount is missing") < shown.index("user model, untested")
    assert "cosine" not in shown
    assert "<table" in some_answers()._repr_html_()
    assert str(Answer("a", "parser", 1, "1", "t", 1)).startswith("1\n")
    assert "parser" in Answer("a", "parser", 1, "1", "t", 1)._repr_html_()


def test_answers_when_there_are_ten_thousand_are_a_small_page():
    """What is long is cut before it is escaped, however many rows there are."""
    rows = [Answer(f"{'<b>' * 900}{i}", ("parser", "failed")[i % 2], "v" * 999, "v" * 999) for i in range(10_000)]
    rows[7] = Answer("<" * 10_000_000, "failed", reason="\x1b[31m" * 1_000_000)
    assert len(Answers.of(rows)._repr_html_()) < 1_000_000
    assert len(str(rows[7])) < 20_000


def test_iterating_gives_what_positions_give():
    """Each row with its own tokens, cost, reason and untested lines, and the defaults where a column holds none."""
    rows = Answers(
        ["a", "b", "c"], ["tool", "user", "failed"], ["1", "2", None], [1, 2, None], ["t", "t", None], [1, 2, None],
        tokens={1: 7}, costs={1: None}, times=[0.5, 0.25], whys=["parser", "ask: ⟦0.9⟧"], untested={0: (3,)},
    )  # fmt: skip
    assert list(rows) == [rows[0], rows[1], rows[2]]
    assert list(rows.explained()) == [rows.explained()[i] for i in range(3)]
    first, second, third = rows
    assert (first.untested_lines, second.cost_usd, second.tokens, third.ms) == ((3,), None, 7, 0.0)
