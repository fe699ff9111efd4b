"""Making a tool with the column that it is for: what is sent of it, coverage rounds, and what is kept of them."""

import pytest
from sorting_replies import EXAMPLES, GOOD, HELD_OUT, WRONG

from latm_magic.errors import MakingFailed, ModelError, TaskError
from latm_magic.events import CoverageRound, Note
from latm_magic.making.column import choose_questions, tokens
from latm_magic.making.column_run import ColumnRun
from latm_magic.making.differing import differing_rows
from latm_magic.provenance import ChangedRow, DifferingRow, Said

SAMPLES = [*EXAMPLES, *HELD_OUT, ("Sort: v u", "u v")]
COLUMN = [f"Sort: {one} {other}" for one in "kji" for other in "hgf"] + [
    f"Order {one}, {other}" for one in "kji" for other in "hgf"
]
BROAD = GOOD.replace(
    '    return {"words"',
    '    return {"words"',
).replace(
    "    head, mark, words",
    "    if question.startswith('Order '):\n        return {'words': question[6:].split(', ')}\n    head, mark, words",
)
REVERSED = BROAD.replace("return sorted(words)", "return sorted(words, reverse='k' in words)")
NARROW = BROAD.replace('head != "Sort"', 'head != "Sort" or "3" in words')
TASK = ("sort_words", "Sort the words.", SAMPLES)


def sent(session, number=0):
    """Return the text of the first message of a request to the maker."""
    return session.scripts["maker"].requests[number].messages[0].content


def told(events, kind):
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def test_a_column_when_given_is_shown_without_answers_and_told_before(open_session):
    """The request holds rows of the column; no held-out question, no answer; the cost is told before the call."""
    session = open_session(maker=[BROAD])
    events = []
    tool = session.make(*TASK, questions=[*COLUMN, *(q for q, _ in SAMPLES)], on_event=events.append)
    text = sent(session)
    assert all(f"\n{question}\n" in text for question in COLUMN)
    assert "Here are 18 of them" in text
    assert all(f"\n{question}\n" not in text for question, _ in SAMPLES[6:])
    assert all(f"\n{question}\n\nAnswer" in text for question, _ in SAMPLES[:6])
    assert "tokens a request" in events[0].text
    assert tool.provenance.column.accepted == tool.provenance.column.rows == 18 + 9
    assert tool.record.unseen == (3, 3)
    assert session.ledger.total.calls == 1


def test_rows_that_are_refused_when_a_round_pays_go_back_and_the_next_version_reads_them(open_session):
    """One more call: the refused rows are in it with why; the version kept answers them, and says so."""
    session = open_session(maker=[GOOD, BROAD])
    events = []
    tool = session.make(*TASK, questions=COLUMN, on_event=events.append)
    (coverage,) = told(events, CoverageRound)
    assert (coverage.before, coverage.after, coverage.rows, coverage.changed) == (9, 18, 18, ())
    assert "Order k, h\nRefused because:\nValueError: not a list to sort (in parse" in sent(session, 1)
    assert "Sort: k h\nIts answer:\nh k" in sent(session, 1)
    column = session.tool("sort_words").provenance.column
    assert (column.first, column.accepted, column.rounds, column.changed) == (9, 18, 1, ())
    assert tool.provenance.attempts == 2
    assert session.solve(COLUMN).texts[-1] == "f i"


def test_an_answer_when_a_round_changes_it_is_listed(open_session):
    """Rows that were answered before and are answered otherwise now are in the event and on the record."""
    session = open_session(maker=[GOOD, REVERSED])
    events = []
    tool = session.make(*TASK, questions=COLUMN, on_event=events.append)
    assert ChangedRow("Sort: k h", "h k", "k h") in told(events, CoverageRound)[0].changed
    assert len(tool.provenance.column.changed) == 3


@pytest.mark.parametrize(
    ("replies", "calls"),
    [([GOOD, GOOD], 2), ([GOOD, WRONG, WRONG], 3), ([GOOD, NARROW, "no"], 3), ([GOOD, WRONG, BROAD], 3)],
)
def test_a_round_when_it_is_no_better_leaves_the_tool(open_session, replies, calls):
    """A version that gains nothing, answers a sample wrong or has lost one is not kept; it is mended once at most."""
    session = open_session(maker=replies)
    tool = session.make(*TASK, questions=COLUMN)
    assert tool.verification.right == 9
    assert ("Order" in tool.source) == (replies[-1] is BROAD)
    assert len(session.scripts["maker"].requests) == calls


def test_a_model_when_it_fails_in_a_round_leaves_the_tool(open_session):
    """What was made is kept, with a note."""
    session = open_session(maker=[GOOD, ModelError("No credit.", kind="credit")])
    events = []
    assert session.make(*TASK, questions=COLUMN, on_event=events.append).version == 1
    assert "kept as it is: No credit." in told(events, Note)[-1].text


def test_an_interrupt_amid_a_round_leaves_the_tool(open_session):
    """What was made and paid for is kept; the interrupt only ends the rounds."""

    def interrupt(_request):
        raise KeyboardInterrupt

    session = open_session(maker=[GOOD, interrupt])
    events = []
    tool = session.make(*TASK, questions=COLUMN, on_event=events.append)
    assert tool.record.verification.passed
    assert any("interrupted" in note.text for note in told(events, Note))


def test_rounds_when_given_are_run_and_when_few_rows_are_refused_are_not(open_session):
    """Two rows in a hundred are not worth a call of unknown price, unless you say how many rounds there are."""
    column = [f"Sort: {number} 1" for number in range(100)] + ["Order b, a"]
    session = open_session(maker=[GOOD, GOOD, BROAD])
    events = []
    session.make(*TASK, questions=column, on_event=events.append)
    assert "too few for a call" in told(events, Note)[-1].text
    session.drop("sort_words")
    assert session.make(*TASK, questions=column, coverage_rounds=1).provenance.column.rounds == 1


def test_a_round_when_it_costs_more_than_it_gains_is_not_run(open_session):
    """With known prices, what asking a user model for the refused rows costs is weighed against the call."""
    prices = {"scripted": {"input": 1.0, "output": 5.0}}
    session = open_session(maker=[GOOD], prices=prices, base_url="http://localhost:1/v1")
    events = []
    session.make(*TASK, questions=COLUMN[:11], on_event=events.append)
    assert "no coverage round" in told(events, Note)[-1].text
    assert "USD" in told(events, Note)[-1].text


def test_questions_when_they_must_not_leave_stay_at_home(open_session):
    """With share_questions off the request is the one without a column, no round is run, and the column is counted."""
    plain = open_session("other", maker=[GOOD])
    plain.make(*TASK)
    session = open_session(maker=[GOOD], share_questions=False)
    tool = session.make(*TASK, questions=COLUMN, coverage_rounds=2)
    assert sent(session) == sent(plain)
    assert (tool.provenance.column.accepted, tool.provenance.column.rows) == (9, 18)


@pytest.mark.parametrize("column", [[], [None, float("nan")], [1, 2.5], ["", "  "]])
def test_a_column_when_it_holds_no_question_is_an_error_before_any_call(open_session, column):
    """Nothing is asked."""
    session = open_session(maker=[])
    with pytest.raises(TaskError, match="holds no question"):
        session.make(*TASK, questions=column)


def test_odd_columns_when_given_are_read(open_session):
    """One string; the labelled rows alone; rows of a megabyte, which are run and not sent."""
    for name, column in {
        "one": "Sort: b a",
        "same": [q for q, _ in SAMPLES],
        "long": ["Sort: " + "b " * 400_000],
    }.items():
        session = open_session(name, maker=[GOOD])
        tool = session.make(*TASK, questions=column)
        assert tool.provenance.column.accepted == tool.provenance.column.rows, name
        assert len(sent(session)) < 20_000


def test_a_column_when_it_holds_two_kinds_of_question_is_told(open_session):
    """Rows that are worded like no example are named."""
    other = [f"How many days does the month number {number} of the year have?" for number in range(1, 30)]
    session = open_session(maker=[GOOD], coverage_rounds=0)
    events = []
    session.make(
        *TASK, questions=[*(f"Sort: {a} {b}" for a in "abcdef" for b in "ghijk"), *other], on_event=events.append
    )
    assert any("look like two tasks" in note.text for note in told(events, Note))


def test_a_tool_when_it_grows_from_a_column_reads_what_it_refused(open_session):
    """One round on the current version; a column that it answers leaves it as it is; unlabelled rows stay at home."""
    session = open_session(maker=[GOOD, BROAD])
    session.make(*TASK)
    tool = session.grow("sort_words", questions=COLUMN)
    assert (tool.version, tool.provenance.column.accepted) == (2, 18)
    assert "Order k, h\nRefused because" in sent(session, 1)
    with pytest.raises(MakingFailed, match="stays at version 2"):
        session.grow("sort_words", questions=COLUMN)
    assert session.tool("sort_words").version == 2
    session.settings.share_questions = False
    with pytest.raises(TaskError, match="share_questions"):
        session.grow("sort_words", questions=COLUMN)


def test_a_choice_when_made_is_bounded_the_same_each_time_and_never_cuts():
    """The longest and the shortest are in it, one of each wording, and nothing longer than the tokens allow."""
    rows = [f"Sort: {'x ' * (number % 40)}{number}" for number in range(3_000)] + ["one of its kind!", "y" * 3_000]
    chosen = choose_questions(rows, {"Sort: 0"}, 20, 500)
    assert chosen == choose_questions(list(rows), {"Sort: 0"}, 20, 500)
    assert len(chosen) <= 20
    assert sum(map(tokens, chosen)) <= 500
    assert set(chosen) < set(rows)
    assert "Sort: 0" not in chosen
    assert choose_questions(rows, (), 0, 500) == choose_questions([], (), 20, 500) == ()


def test_a_refused_sample_when_the_column_is_answered_goes_back_all_the_same(open_session):
    """It is among the refused rows of a round, with its answer among the examples; held-out ones stay hidden."""
    less = GOOD.replace('head != "Sort"', 'head != "Sort" or " " not in words')
    session = open_session(maker=[less, GOOD])
    tool = session.make(*TASK, questions=COLUMN[:9])
    assert tool.verification.right == 9
    assert "Row 1:\nSort: x\nRefused because" in sent(session, 1)
    assert "Question 4:\nSort: x\n\nAnswer 4:\nx" in sent(session, 1)


def test_rounds_when_each_gains_go_on_to_the_last(open_session):
    """Two rounds at most by the setting; the record counts from the first version, and says what both changed."""
    column = [*COLUMN, *(f"Rank {one}/{other}" for one in "kji" for other in "hgf")]
    wider = REVERSED.replace(
        "    head, mark, words",
        "    if question[:5] == 'Rank ':\n        return {'words': question[5:].split('/')}\n    head, mark, words",
    )
    back = wider.replace("reverse='k' in words", "reverse='i' in words")
    session = open_session(maker=[GOOD, REVERSED, back])
    tool = session.make(*TASK, questions=column)
    record = tool.provenance.column
    assert (record.first, record.accepted, record.rounds) == (9, 27, 2)
    assert {row.question[:7] for row in record.changed} == {"Sort: i", "Order i", "Order k"}
    assert tool.provenance.attempts == 3


def test_a_refused_sample_when_no_round_may_be_run_goes_back_as_without_a_column(open_session):
    """With share_questions off, or no rounds, the labelled row that is refused is for the next attempt to gain."""
    less = GOOD.replace('head != "Sort"', 'head != "Sort" or " " not in words')
    for name, settings in {"home": {"share_questions": False}, "none": {"coverage_rounds": 0}}.items():
        session = open_session(name, maker=[less, GOOD], **settings)
        assert session.make(*TASK, questions=COLUMN[:9]).verification.right == 9
        assert "was refused, but has to be answered" in session.scripts["maker"].requests[1].messages[-1].content


def test_rows_on_which_proposals_differ_are_told_kept_and_looked_at_first(open_session):
    """Both answered, and not alike by the task's own comparison; `check` shows one of each wording before the rest."""
    session = open_session(maker=[GOOD, REVERSED])
    events = []
    tool = session.make(*TASK, questions=COLUMN, on_event=events.append)
    assert len(told(events, CoverageRound)[0].changed) == 3
    assert not [note.text for note in told(events, Note) if "differ" in note.text], "told once, by the round"
    rows = tool.provenance.column.differing
    assert [row.question for row in rows] == ["Sort: k h", "Sort: k g", "Sort: k f"]
    assert rows[0].said == (Said("h k", (1,)), Said("k h", (2,)))
    first = session.check("sort_words", COLUMN).rows[0]
    assert (first.question, first.answer, first.why, first.alike) == ("Sort: k h", "k h", "differ", 3)
    assert first.said == rows[0].said
    session.checked("sort_words", {"Sort: k h": "h k"})
    assert all(row.why != "differ" for row in session.check("sort_words", COLUMN).rows)


def test_rows_on_which_a_failed_proposal_differs_count_and_stay_when_the_tool_grows(open_session):
    """A repaired making differs from its first proposal; what you have not looked at is not settled by growing."""
    session = open_session(maker=[WRONG, BROAD, BROAD.replace("Sort words.", "Sort all.")])
    made = session.make(*TASK, questions=COLUMN)
    assert len(made.provenance.column.differing) == 9
    assert made.provenance.column.differing[0].said[1].by == "proposal 2"
    session.add("sort_words", BROAD, [*SAMPLES, ("Sort: t s", "s t")], description="Sort the words.")
    assert session.tool("sort_words").version == 2
    assert session.check("sort_words", COLUMN).rows[0].why == "differ"
    session.add("sort_words", BROAD, SAMPLES[:4], description="Sort the words.", replace=True)
    assert all(row.why != "differ" for row in session.check("sort_words", COLUMN).rows)


def test_a_draft_holds_the_rows_on_which_proposals_differ_and_a_version_those_of_its_growing(open_session):
    """What a failed making saw is not lost with it; a version that grows is one of the proposals."""
    session = open_session(maker=[BROAD, WRONG], max_attempts=2)
    session.make(TASK[0], TASK[1], [*SAMPLES[:-1], ("Sort: v u", "v u")], questions=COLUMN, keep_draft=True)
    assert len(session.draft("sort_words").tool.provenance.column.differing) == 9
    session = open_session("other", maker=[GOOD, REVERSED])
    session.make(*TASK)
    tool = session.grow("sort_words", questions=COLUMN)
    assert tool.provenance.column.differing[0].in_words == "'h k' (the version before), 'k h' (proposal 1)"


def test_answers_that_are_the_same_number_do_not_differ():
    """By the task's own comparison; a refusal differs from nothing, and that there is no answer is an answer."""
    runs = [(n, ColumnRun(a, {})) for n, a in ((1, {"a": "1.0", "b": "2", "c": ""}), (2, {"a": "1", "c": "3"}))]
    assert differing_rows(runs, "float") == (DifferingRow("c", (Said("", (1,)), Said("3", (2,)))),)
    assert [row.question for row in differing_rows(runs, "text")] == ["a", "c"]
