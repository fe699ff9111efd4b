"""Which rows are worth a look, what is taken from them, and what a column came to."""

import pytest

from latm_magic import REFUSE
from latm_magic.errors import TaskError
from latm_magic.intervals import Stratum, stratified, wilson

BRANCHED = '''
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}

def sort_words(words: list[str]) -> list[str]:
    """Sort words."""
    if "descending" in words:
        return sorted([word for word in words if word != "descending"], reverse=True)
    return sorted(words)

def format_answer(result, question):
    return " ".join(result)
'''
EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
UNTESTED = "Sort: a descending b"
REFUSED = [f"Please order: {letter} a" for letter in "bcde"]
COLUMN = ["Sort: h g", "Sort: j i", UNTESTED, "Sort: c descending d", *REFUSED, "what?"]


@pytest.fixture
def session(open_session):
    opened = open_session(
        tools={"sort_words": (BRANCHED, EXAMPLES, "Sort words.")}, prices={"scripted": {"input": 1.0, "output": 1.0}}
    )
    assert opened.tool("sort_words").record.verification.branches.lines
    return opened


def test_the_rows_whose_label_tells_most_come_first(session):
    sheet = session.check("sort_words", COLUMN)
    assert [(row.question, row.answer, row.why, row.alike) for row in sheet.rows] == [
        (UNTESTED, "b a", "untested", 2),
        (REFUSED[0], None, "refused", 4),
        ("what?", None, "refused", 1),
    ]
    assert sheet.rows[0].lines == (10,)
    assert (sheet.left, sheet.note) == (0, "")
    assert session.check("sort_words", COLUMN, rows=1).left == 2


def test_a_right_answer_widens_what_is_tested_until_nothing_is_left(session):
    (result,) = session.checked("sort_words", {UNTESTED: "b a"})
    assert not result.is_correction
    assert session.solve("Sort: c descending d")[0].untested is False
    sheet = session.check("sort_words", COLUMN[:4])
    assert sheet.rows == ()
    assert "No doubtful row of sort_words is left" in sheet.note


def test_a_wrong_answer_is_learned_and_says_nothing_of_the_tool_as_a_whole(session):
    wrong = {f"Sort: {letter} descending a": f"a {letter}" for letter in "bcdefg"}
    assert all(result.is_correction for result in session.checked("sort_words", wrong))
    assert len(session.corrections("sort_words")) == 6
    assert session.cache.tools.suspects() == {}
    assert session.verdict(session.solve(COLUMN[:2])).checked == 0


def test_random_rows_prove_a_share(session):
    column = [f"Sort: {a}{b} a" for a in "bcdefghijk" for b in "lmnopqrstuvwxyzabcde"]
    sheet = session.check("sort_words", column, target=0.98)
    assert (len(sheet.rows), sheet.left, sheet.is_random) == (12, 137, True)
    assert "149 more random rows without a fault prove 98 %" in sheet.note
    assert sheet.rows == session.check("sort_words", list(reversed(column)), target=0.98).rows
    session.checked("sort_words", {row.question: row.answer for row in sheet.rows}, is_random=True)
    again = session.check("sort_words", column, rows=200, target=0.98)
    assert not {row.question for row in sheet.rows} & {row.question for row in again.rows}
    assert len(again.rows) == 137
    session.checked("sort_words", {row.question: row.answer for row in again.rows}, is_random=True)
    assert "98 % is proved at 95 % confidence: 149 checked at random, 0 of them wrong" in (
        session.check("sort_words", target=0.98).note
    )
    assert str(session.verdict(session.solve(column))).endswith(
        "149 of 149 checked at random agree: 97.5% to 100.0% are right; spent 0.0000 USD, asking directly about"
        " 0.0027 USD."
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"target": 1.0}, "cannot be proved"), ({"target": 98}, "cannot be proved"), ({}, "Which column?")],
)
def test_what_cannot_be_checked_is_said(session, arguments, says):
    with pytest.raises(TaskError, match=says):
        session.check("sort_words", **arguments)


def test_rows_worth_a_label_are_different_ones(session):
    column = [*(f"Sort: {letter} a" for letter in "bcdefghijklmnop"), *REFUSED, "what?", "12 oz", None, 7]
    chosen = session.advise(column, rows=6)
    assert len(chosen) == 6
    assert chosen == session.advise(column, rows=6)
    assert {"what?", "12 oz"} <= set(chosen)
    with pytest.raises(TaskError, match="holds no text"):
        session.advise([None, 7])


def test_what_may_have_to_be_refused_is_offered_and_not_decided(session, open_session):
    """Rows that look like another task, and samples of a tool that the column is not for; none of one that it is for."""
    prices = [f"The price of {name} is {number} dollars." for number, name in enumerate(["oil", "tea", "gold"] * 12, 3)]
    phones = [f"Call {name} at +49 30 {number}" for number, name in enumerate(["Ann", "Bob", "Eva"] * 8, 100_200)]
    advice = session.advise([*prices, *phones], rows=8)
    of_column = [question for question in advice.refusals if question in phones]
    assert len(of_column) == 2
    assert len([question for question in advice.refusals if question.startswith("Sort: ")]) == 1
    assert len(advice.refusals) == 3
    assert advice == session.advise([*prices, *phones], rows=8)
    assert set(advice).isdisjoint(advice.refusals)
    assert not session.advise([f"Sort: {letter} a" for letter in "ghijklmnopq"]).refusals
    assert not session.advise([EXAMPLES[0][0], "what?"]).refusals
    assert not open_session("empty").advise(prices).refusals


def test_what_a_model_checked_at_random_counts_and_what_was_not_comparable_does_not(open_session):
    tools = {"sort_words": (BRANCHED, EXAMPLES, "Sort words.")}
    column = [f"Sort: {letter} a" for letter in "ghijklmno"]
    said = {question: "Answer: a " + question[6] for question in column}
    said[column[0]] = "I cannot say."
    session = open_session(
        tools=tools,
        maker=lambda request: next(said[question] for question in column if question in request.messages[-1].content),
        audit_rate=1.0,
    )
    verdict = session.verdict(session.solve(column))
    assert (verdict.checked, verdict.agreed) == (8, 8)
    assert "8 checked at random, 0 of them wrong" in session.check("sort_words", target=0.9).note


def test_a_sheet_shows_untested_rows_where_the_setting_asks_about_them(session):
    session.settings.untested = "ask"
    assert session.check("sort_words", COLUMN).rows[0].why == "untested"


def test_a_verdict_weighs_random_checks_by_the_size_of_what_they_are_of(session):
    """Untested and tested rows count by their size, whether they were found right or wrong; doubtful ones do not."""
    column = [f"Sort: {a}{b} a" for a in "bcdefghi" for b in "lmnopqrstu"]
    column += [f"Sort: {letter} descending a" for letter in "bcde"]
    assert len(session.solve(column).untested) == 4
    session.checked("sort_words", {question: f"a {question[6:8]}" for question in column[:20]}, is_random=True)
    plain = session.verdict(session.solve(column))
    assert (plain.strata, plain.interval) == ((), wilson(20, 20))
    session.checked("sort_words", {column[-1]: "a e"}, is_random=True)
    verdict = session.verdict(session.solve(column))
    assert verdict.strata == (Stratum(0, 1, 4), Stratum(20, 20, 80))
    assert verdict.interval == stratified(verdict.strata)
    assert str(verdict).count("20 of 21 checked at random agree") == 1
    assert "are right, untested and tested rows by their size;" in str(verdict)
    session.checked("sort_words", {column[-2]: "a d"})
    assert session.verdict(session.solve(column)).checked == 21


@pytest.mark.parametrize("setting", ["mark", "ask", "refuse"])
def test_a_sheet_shows_untested_rows_as_untested_whatever_becomes_of_them_in_a_solve(session, setting):
    plain = session.check("sort_words", COLUMN)
    session.settings.untested = setting
    assert session.check("sort_words", COLUMN) == plain
    assert plain.rows[0].why == "untested"


def test_untested_rows_that_wait_for_a_model_keep_their_own_answer_and_its_mark(session):
    """They count as waiting in the note alone: no answer is lost for want of one that is better."""
    plain = session.solve(COLUMN[:4], tool="sort_words", ask=False)
    session.settings.untested, session.settings.ask_above = "ask", 1
    events = []
    for tool in ("sort_words", None):
        answers = session.solve(COLUMN[:4], tool=tool, on_event=events.append)
        assert answers.texts == plain.texts
        assert answers.untested == plain.untested
        assert answers.reasons[2].startswith("untested: ")
    assert sum("2 rows need a model" in getattr(event, "text", "") for event in events) == 2


NUMBERS = '''
import re


def parse(question):
    if not question.startswith("Price: ") or "sold" in question:
        raise ValueError("no price is asked for")
    return {"text": question[7:]}


def price(text: str) -> float | None:
    """Return the price in a text; None where it names none."""
    found = re.search(r"\\d+", text)
    return float(found[0]) if found else None


def format_answer(result, question):
    return None if result is None else str(result)
'''
PRICES = [("Price: 3", 3.0), ("Price: 4 each", 4.0), ("Price: ask us", None), ("Price: 12", 12.0)]


def test_an_answer_that_there_is_none_is_checked_like_any_other(open_session):
    """It is told from a refusal, it counts where it was drawn at random, and as a fault where it is wrong."""
    session = open_session(tools={"price": (NUMBERS, PRICES, "Find the price.")})
    column = ["Price: nobody knows", "Price: five", "Price: free", "Price: 7", "What?"]
    sheet = session.check("price", column, target=0.98)
    assert {row.question: (row.answer, row.is_none) for row in sheet.rows} == {
        "Price: nobody knows": (None, True), "Price: five": (None, True), "Price: free": (None, True), "Price: 7": ("7.0", False),
    }  # fmt: skip
    labels = {"Price: nobody knows": None, "Price: five": 5, "Price: free": REFUSE, "Price: 7": REFUSE}
    assert [result.is_correction for result in session.checked("price", labels, is_random=True)] == [
        False, True, True, True,
    ]  # fmt: skip
    assert "4 checked at random, 3 of them wrong" in session.check("price", target=0.98).note
    verdict = session.verdict(session.solve(column, tool="price", ask=False))
    assert (verdict.checked, verdict.agreed) == (4, 1)
    assert session.check("price", [*column, "Who?"]).rows[0].is_none is False
