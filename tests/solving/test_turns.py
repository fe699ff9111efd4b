"""A batch visits each of its tools once, however many blocks it has; with real workers."""

from collections import Counter

import pytest
from solving_tools import MULTIPLIER, asked

from latm_magic.events import Progress
from latm_magic.solving import local, turns

WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jolly", "kayak", "lemon"]


def multiplier(word, factor):
    head = f"How many legs have all {word} animals"
    examples = [(f"{head}: {number}", factor * number) for number in (3, 5, 8)]
    return MULTIPLIER.format(head=head, name=f"of_{word}", factor=factor), examples, f"Legs of {word} animals."


TOOLS = {f"of_{word}": multiplier(word, factor) for factor, word in enumerate(WORDS, 2)}
QUESTIONS = [f"How many legs have all {word} animals: {number}" for number in range(40) for word in WORDS]
TEXTS = [str(factor * number) for number in range(40) for factor, _ in enumerate(WORDS, 2)]


@pytest.fixture
def session(open_session, monkeypatch):
    monkeypatch.setattr(local, "_FIRST_BLOCK", 24)
    monkeypatch.setattr(turns, "MOST_AT_ONCE", 24)
    monkeypatch.setattr(local, "MOST_AT_ONCE", 24)
    return open_session(tools=TOOLS)


def visits_of(session, monkeypatch):
    """Return the tools in the order in which their workers are wanted, once where one follows itself."""
    visits = []
    solve_many = session.sandbox.solve_many

    def noted(source, *args, **kwargs):
        if not visits or visits[-1] != source:
            visits.append(source)
        return solve_many(source, *args, **kwargs)

    monkeypatch.setattr(session.sandbox, "solve_many", noted)
    return visits


def test_a_batch_when_it_has_many_blocks_visits_each_tool_once(session, monkeypatch):
    """Twenty blocks of twelve tools' questions, mixed: every answer is right, and each tool's worker is wanted once."""
    visits = visits_of(session, monkeypatch)
    heard = []
    with session._parts.events.to(heard.append):
        answers = session.solve(QUESTIONS)
    assert answers.texts == TEXTS
    assert Counter(visits) == dict.fromkeys(visits, 1)
    assert len(visits) == len(WORDS)
    assert asked(session) == (0, 0)
    assert [each for each in heard if isinstance(each, Progress)]


def test_rows_when_their_tool_refuses_them_are_tried_by_the_likely_others_alone(session, monkeypatch):
    """What a sure tool refused is asked of no tool twice, and stays open."""
    visits = visits_of(session, monkeypatch)
    strange = [f"How many legs have all amber animals: {number} or so" for number in range(30)]
    answers = session.solve([*QUESTIONS, *strange], ask=False)
    assert answers.texts == [*TEXTS, *[None] * 30]
    assert set(answers.ways[-30:]) == {"unasked"}
    assert visits.count(visits[0]) == 1


def test_turns_when_there_are_few_tools_wait_for_no_further_block():
    """With one tool a block of rows is enough; with many, blocks wait, but neither for ever nor with much unsure."""
    some = turns.Turns()
    some.add("a", range(2_000), ["why"] * 2_000)
    assert some.are_due(8_192)
    some.add("b", range(2_000, 2_010), ["why"] * 10)
    assert not some.are_due(8_192)
    some.unsure = dict.fromkeys(range(8_192))
    assert some.are_due(8_192)


def test_turns_when_taken_come_in_pieces_and_are_gone(monkeypatch):
    """The pieces hold each row with its own reason, in order."""
    monkeypatch.setattr(turns, "MOST_AT_ONCE", 3)
    some = turns.Turns()
    some.add("a", range(2), ["0", "1"])
    some.add("b", [2], ["2"])
    some.add("a", [3, 5], ["3", "5"])
    taken = list(some.take())
    assert taken == [("a", [0, 1, 3], ["0", "1", "3"]), ("a", [5], ["5"]), ("b", [2], ["2"])]
    assert not list(some.take())
