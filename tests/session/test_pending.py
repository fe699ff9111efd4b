"""Pending questions from Python: grouped, and made into tools; with real workers."""

import pytest
from sorting import COUNT, COUNTS, SORTING, leave_pending

from latm_magic.errors import MakingFailed, ModelError, TaskError
from latm_magic.events import Note
from latm_magic.models.model import FunctionCall


def test_unknown_questions_when_kept_are_grouped_by_likeness(session):
    """Groups have a number, their questions in order, and a line that says what they share."""
    capitals = [f"What is the capital of {country}, a country in Europe?" for country in ("France", "Spain", "Italy")]
    mixed = [question for pair in zip(COUNTS, [*capitals, "Who wrote it?"], strict=False) for question in pair]
    leave_pending(session, mixed)
    one, two, loose = session.pending()
    assert (one.number, one.questions) == (1, tuple(COUNTS[:4]))
    assert one.line.startswith("Please tell me how many:")
    assert (two.number, two.questions, two.line) == (
        2,
        tuple(capitals),
        "What is the capital of … a country in Europe?",
    )
    assert (loose.number, loose.questions) == (0, ("Who wrote it?",))


def test_unknown_questions_when_there_are_no_tools_are_kept_too(open_session):
    """A first tool can be made of what was asked before there was any; three alike are worth a note."""
    events = []
    session = open_session()
    assert {answer.way for answer in session.solve(COUNTS, on_event=events.append)} == {"unknown"}
    assert session.pending()[0].questions == tuple(COUNTS)
    assert [event.text for event in events if isinstance(event, Note)] == [
        "7 questions have no tool: %latm pending groups them."
    ]


def test_a_new_tool_when_it_hangs_on_pending_questions_keeps_nobody_waiting(open_session):
    """One question out of time ends the looking through what is pending."""
    slow = COUNT.replace("return len(words)", 'while "forever" in words:\n        pass\n    return len(words)')
    session = open_session(tools=SORTING, timeout_s=0.3)
    waiting = ["Say how many: forever", *(f"Say how many: {'x ' * number}z" for number in range(50))]
    leave_pending(session, waiting)
    session.add("count_words", slow, [(question, number + 2) for number, question in enumerate(COUNTS)])
    assert session.cache.feedback.pending() == (waiting[0], waiting[-1])


def test_a_tool_when_made_from_a_group_drops_what_it_solves(open_session):
    """Your answers are its examples; questions that the new tool answers are pending no more."""
    session = open_session(tools=SORTING, maker=[f"```python\n{COUNT}```"])
    leave_pending(session, [*COUNTS, "Who wrote it?"])
    tool = session.make_from_pending("count_words", 1, "Count the words.", [2, 3, 4, None, 6])
    assert [(s.question, s.answer) for s in tool.record.samples] == [
        (COUNTS[0], "2"),
        (COUNTS[1], "3"),
        (COUNTS[2], "4"),
        (COUNTS[4], "6"),
    ]
    assert tool.description == "Count the words."
    assert session.cache.feedback.pending() == ("Who wrote it?",)
    assert [(a.way, a.value) for a in session.solve(COUNTS[3])] == [("parser", 5)]


@pytest.mark.parametrize(
    "answers",
    [
        {COUNTS[0]: 2, COUNTS[1]: 3, COUNTS[2]: 4},
        [(COUNTS[2], 4), (COUNTS[0], 2), (COUNTS[1], 3)],
        ["2", "3", "4"],
    ],
)
def test_answers_when_given_in_any_form_are_read(open_session, answers):
    """A mapping, pairs, or a list in the group's order."""
    session = open_session(tools=SORTING, maker=[f"```python\n{COUNT}```"])
    leave_pending(session, COUNTS)
    tool = session.make_from_pending("count_words", 1, "Count the words.", answers)
    assert {s.question: s.answer for s in tool.record.samples} == {COUNTS[0]: "2", COUNTS[1]: "3", COUNTS[2]: "4"}


def test_answers_that_you_gave_before_count_when_a_tool_is_made(open_session):
    """What you said with `correct` is not asked for again."""
    session = open_session(tools=SORTING, maker=[f"```python\n{COUNT}```"])
    leave_pending(session, COUNTS)
    session.correct(COUNTS[0], 2)
    session.correct(COUNTS[1], 3)
    tool = session.make_from_pending("count_words", 1, "Count the words.", {COUNTS[5]: 7})
    assert (len(tool.record.samples), tool.record.kind) == (3, "int")


def test_a_tool_when_the_strong_model_gave_examples_says_so_until_you_confirm(open_session):
    """What a model answered is told before, marked in the description, listed, and confirmed by you."""
    answers = [f"Answer: {number}" for number in range(3, 9)]
    session = open_session(
        tools=SORTING, maker=[*answers, f"```python\n{COUNT}```"], prices={"scripted": {"input": 1.0, "output": 1.0}}
    )
    leave_pending(session, COUNTS)
    events = []
    tool = session.make_from_pending("count_words", 1, "Count.", [2], direct=True, on_event=events.append)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes[0].startswith("scripted answers 6 of the examples: about 0.0")
    assert "A model answered 6 examples of count_words" in notes[-1]
    assert "(6 of its 7 examples were answered by scripted, not by a person.)" in tool.description
    assert (tool.record.kind, session.solve(COUNTS[1])[0].value) == ("int", 3)
    assert [answer.question for answer in session.unconfirmed("count_words")] == COUNTS[1:]
    assert len(session.confirm(tool="count_words")) == 6
    assert session.unconfirmed("count_words") == ()
    calls = {total.role: total.calls for total in session.ledger.totals(("role",))}
    assert (calls["direct"], calls["maker"]) == (6, 1)


def test_direct_answers_when_kept_are_not_paid_for_twice(open_session):
    """What the strong model answered before, also where making failed, is used again."""
    answers = [f"Answer: {number}" for number in range(2, 9)]
    session = open_session(tools=SORTING, maker=[*answers, "no code", f"```python\n{COUNT}```"], max_attempts=1)
    leave_pending(session, COUNTS)
    with pytest.raises(MakingFailed):
        session.make_from_pending("count_words", 1, "Count.", direct=True)
    assert session.cache.feedback.pending() == tuple(COUNTS)
    assert session.make_from_pending("count_words", 1, "Count.", direct=True).version == 1
    assert len(session.scripts["maker"].requests) == 9


def test_a_fault_of_the_strong_model_when_answering_keeps_what_came(open_session):
    """Answers that were paid for stay, and the fault is raised."""
    fault = ModelError("The key was refused.", kind="key")
    session = open_session(tools=SORTING, maker=["Answer: 2", fault, *["Answer: 4"] * 5])
    leave_pending(session, COUNTS)
    with pytest.raises(ModelError, match="key was refused"):
        session.make_from_pending("count_words", 1, "Count.", direct=True)
    assert len(session.cache.answers.find(COUNTS)) == 6
    assert session.cache.tools.names() == ("sort_words",)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"group": 7}, "No pending group 7: there are 1, 0"),
        ({"group": "x"}, "No pending group 'x'"),
        ({"group": 1}, "No answers for group 1"),
        ({"group": 1, "answers": [2]}, "One example"),
        ({"group": 1, "answers": 3}, "Answers cannot be read from a int"),
        ({"group": 1, "answers": "two"}, "Answers cannot be read from a str"),
        ({"group": 1, "answers": [1] * 9}, "9 answers for the 7 questions of group 1"),
        ({"group": 1, "answers": [2, 3, [4]]}, "is a list"),
        ({"group": 1, "answers": [2, 3, 4], "description": " "}, "No description"),
        ({"group": 0, "direct": True}, "Group 0 has 1 question: a tool needs three at least"),
    ],
)
def test_a_group_when_it_cannot_become_a_tool_says_why(session, options, says):
    """One clear line; no model is asked for examples, and everything stays pending."""
    leave_pending(session, [*COUNTS, "Who wrote it?"])
    with pytest.raises(TaskError, match=says) as caught:
        session.make_from_pending("count_words", **{"description": "Count.", **options})
    assert "\n" not in str(caught.value)
    assert session.scripts["maker"].requests == []
    assert len(session.cache.feedback.pending()) == 8


def test_a_pending_question_when_a_model_finds_its_tool_is_pending_no_more(open_session):
    """What is solved later, by whatever way, leaves the list."""
    session = open_session(tools=SORTING, user=[FunctionCall("sort_words", '{"words": ["b", "a"]}')])
    leave_pending(session, ["b and a, please"])
    session.scripts["dispatcher"]._lines += ["sort_words"]
    assert session.solve("b and a, please", retry=True)[0].text == "a b"
    assert session.cache.feedback.pending() == ()


def test_a_group_can_be_given_to_a_tool_that_there_is(open_session):
    """It is pending no more, and the tool has something to learn from."""
    session = open_session(tools=SORTING)
    leave_pending(session, COUNTS)
    given = session.give_pending(1, "sort_words")
    assert session.pending() == ()
    assert [r.question for r in session.cache.feedback.refusals("sort_words")] == list(given.questions) == list(COUNTS)
    with pytest.raises(TaskError, match="No question is pending"):
        session.give_pending(1, "sort_words")


def test_a_group_can_be_dismissed(open_session):
    session = open_session(tools=SORTING)
    leave_pending(session, COUNTS)
    session.dismiss_pending(1)
    assert session.pending() == ()
    assert session.cache.feedback.refusals("sort_words") == ()
