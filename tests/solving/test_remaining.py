"""Before a model is asked every parser that might accept has been; with real workers and scripted models."""

import pytest
from solving_tools import MULTIPLIER, asked

from latm_magic.solving import remaining


def multiplier(name, head, factor):
    examples = [(f"{head}: {number}", factor * number) for number in (3, 5, 8)]
    return MULTIPLIER.format(name=name, head=head, factor=factor), examples, f"{head}."


LOOK_ALIKES = {f"by_{k}": multiplier(f"by_{k}", f"Please multiply this by {k}", k) for k in range(2, 51)}
FEWER = dict(list(LOOK_ALIKES.items())[:12])


def test_look_alikes_when_the_router_misses_the_one_that_accepts_ask_no_model(open_session):
    """Forty-nine tools whose questions differ in one number: each question finds its tool, one by one and in a batch."""
    session = open_session(tools=LOOK_ALIKES, concurrency=2)
    questions = {f"Please multiply this by {k}: {10 + k}": k * (10 + k) for k in range(2, 51)}
    answers = session.solve(list(questions))
    assert [(a.way, a.value) for a in answers] == [("parser", value) for value in questions.values()]
    for k in (2, 23, 50):
        (answer,) = session.solve(f"Please multiply this by {k}: 1000")
        assert (answer.way, answer.tool, answer.value) == ("parser", f"by_{k}", 1000 * k)
    assert asked(session) == (0, 0)


def test_look_alikes_when_none_accepts_cost_one_question_to_the_dispatcher_model(open_session):
    """What all parsers refuse is asked as before; nothing is guessed."""
    session = open_session(tools=FEWER, dispatcher=["unknown"])
    (answer,) = session.solve("Please multiply this by 51: 7")
    assert (answer.way, answer.value) == ("unknown", None)
    assert asked(session) == (0, 1)


def test_two_that_accept_when_the_router_names_neither_are_not_settled_silently(open_session):
    """Different answers of parsers that the router did not name are decided by the dispatcher model, alike ones not."""
    far = {"alpha": multiplier("alpha", "Alpha", 2), "beta": multiplier("beta", "Beta", 3)}
    lax = {name: (each[0].replace(f'head != "{name.capitalize()}"', 'head not in ("Alpha", "Beta", "Both")'), *each[1:])
           for name, each in far.items()}  # fmt: skip
    session = open_session(tools={**FEWER, **lax}, dispatcher=["beta"])
    answers = session.solve(["Both: 7", "Both: 0"])
    assert [(a.way, a.tool, a.value) for a in answers] == [("dispatcher", "beta", 21), ("parser", "alpha", 0)]
    assert asked(session) == (0, 1)


def test_many_open_questions_when_none_is_paid_for_are_sampled(open_session, monkeypatch):
    """A tool that accepts one of the sample is asked about all of them."""
    monkeypatch.setattr(remaining, "_FEW", 10)
    session = open_session(tools=FEWER)
    questions = [f"{number} is what, please multiply it by 51" for number in range(100)]
    hidden = [f"Please multiply this by {k}: {n}" for k in (7, 12) for n in range(100)]
    answers = session.solve([*questions, *hidden], ask=False)
    assert {answer.way for answer in answers[:100]} == {"unasked"}
    assert {answer.tool for answer in answers[100:]} == {"by_7", "by_12"}


def test_more_tools_when_alike_than_are_asked_are_told(open_session, monkeypatch):
    """The nearest tools are asked, and a note says that the others were not."""
    monkeypatch.setattr(remaining, "MOST_ASKED", 10)
    session = open_session(tools=FEWER, dispatcher=["unknown"])
    heard = []
    with session._parts.events.to(heard.append):
        session.solve("Please multiply this by 51: 7")
    assert [each.text for each in heard if "more than 10 tools" in getattr(each, "text", "")]


@pytest.mark.parametrize("ask", [None, False])
def test_a_question_when_it_has_nothing_in_common_with_any_tool_still_meets_every_parser(open_session, ask):
    """What the router knows nothing of may be a parser's all the same."""
    name = "other"
    source, examples, told = multiplier(name, "Alpha", 2)
    lax = source.replace('head != "Alpha"', 'head not in ("Alpha", "Omega quux")')
    session = open_session(tools={**FEWER, name: (lax, examples, told)})
    (answer,) = session.solve("Omega quux: 4", ask=ask)
    assert (answer.way, answer.tool, answer.value) == ("parser", name, 8)
