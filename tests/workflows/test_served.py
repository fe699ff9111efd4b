"""Flows among the tools that questions are sent to: a parser in front, the loop where they are unsure, never an act."""

import pytest
from expenses import PAID, TOOLS, traces_of

from latm_magic.errors import MakingFailed, TaskError, ToolNotFound

SOURCE = """
import re


def parse(question):
    found = re.fullmatch(r"Freight for (\\d+) kg to (Rome|Oslo), please\\.", question)
    if not found:
        raise ValueError("no freight")
    return {"kg": int(found[1]), "city": found[2]}
"""
WRONG = SOURCE.replace("int(found[1])", "int(found[1]) + 50")
TRUCK = "def parse(question):\n    return {'kg': int(question)}\n\n\ndef truck(kg: int) -> int:\n    return 2 * kg\n"
POST = "def parse(question):\n    return {'kg': int(question)}\n\n\ndef post(kg: int) -> int:\n    return 3 * kg\n"
READ = SOURCE + "\n\ndef read_freight(kg: int, city: str) -> str:\n    return f'{kg} {city}'\n"


def ask(kg, city="Rome"):
    return f"Freight for {kg} kg to {city}, please."


def cost(kg):
    return 2 * kg if kg > 20 else 3 * kg


QUESTIONS = [
    (ask(kg, city), cost(kg))
    for kg, city in [(5, "Rome"), (40, "Oslo"), (8, "Oslo"), (30, "Rome"), (3, "Rome"), (50, "Oslo"), (9, "Rome")]
]
TOOLS_OF = {
    "truck": (TRUCK, [("1", 2), ("2", 4), ("3", 6)], "Cost by truck."),
    "post": (POST, [("1", 3), ("2", 6), ("3", 9)], "Cost by post."),
}


@pytest.fixture
def freight(open_session):
    """Return a session with two tools and forty traces of an expert who chooses between them."""

    def opened(**scripts):
        tools = {name: TOOLS_OF[name] for name in ("truck", "post")}
        session = open_session(tools=tools, **scripts)
        for kg in range(1, 41):
            with session.trace("freight", {"kg": kg, "city": "Rome" if kg % 2 else "Oslo"}) as run:
                run.answer = session.tool("truck" if kg > 20 else "post")(kg=kg)
        return session

    return opened


def reply(source):
    return f"```python\n{source.strip()}\n```"


def test_a_maker_writes_the_parser_and_questions_are_sent_to_the_flow(freight):
    """It is told of a wrong answer, mends it, and no model is asked for what the flow answers."""
    session = freight(maker=[reply(WRONG), reply(SOURCE)])
    flow = session.make_flow("freight", questions=QUESTIONS, unsure="refuse", description="What freight costs.")
    asked = session.scripts["maker"].requests
    assert len(asked) == 2
    for told in ("What freight costs.", "- kg: 1, 2, 3", ask(5), "def parse(question: str) -> dict"):
        assert told in str(asked[0].messages[0].content)
    assert ask(9) not in str(asked[0]), "held back"
    answers = session.solve([ask(7), ask(44, "Oslo"), "5", "What is this?"])
    assert [(each.way, each.value, each.tool) for each in answers][:2] == [
        ("flow", 21, "freight"),
        ("flow", 88, "freight"),
    ]
    assert answers[0].version == flow.version
    assert "2 by flow" in answers.summary
    assert len(session.scripts["maker"].requests) == 2
    again = session.make_flow("freight", questions=QUESTIONS, unsure="refuse", description="What freight costs.")
    assert (again.version, len(session.scripts["maker"].requests)) == (1, 2), "the same made again pays nothing"
    for feedback in (lambda: session.correct(ask(7), "22"), lambda: session.confirm(ask(7))):
        with pytest.raises(ToolNotFound, match=r"A recorded run and %latm grow freight mend it\.$"):
            feedback()
    session.drop_flow("freight")
    assert session.solve([ask(7)], ask=False)[0].way == "unasked"


def test_a_tool_of_the_project_may_read_for_the_flow(freight):
    """Its parser is in front; unsure questions are unknown, or the loop goes on and its answer is kept."""
    session = freight(maker=["777"])
    session.add("read_freight", READ, [(ask(k), f"{k} Rome") for k in (1, 2, 3)], description="Freight.")
    lone = session.traces("freight")[:1]
    session.make_flow("freight", traces=lone, reads="read_freight", unsure="refuse")
    refused = session.solve([ask(1)])[0]
    assert (refused.way, refused.tool) == ("unknown", "freight")
    assert "too few traces" in refused.reason
    assert not session.cache.feedback.pending()
    session.make_flow("freight", traces=lone, reads="read_freight", unsure="ask")
    assert session.solve([ask(1)], ask=False)[0].way == "unknown"
    answers = session.solve([ask(1)])
    assert (answers[0].way, answers[0].value) == ("ask", 777)
    assert answers[0].tokens > 0
    assert "1 by tool loop" in answers.summary
    assert session.traces("freight")[-1].answer_by == "model"
    assert session.solve([ask(1)])[0].way == "cache"
    assert session.tool("read_freight")(ask(5)) == "5 Rome", "the tool itself answers as before"


def test_a_flow_that_acts_is_not_served(session):
    """It says so before anything is paid for; by its inputs it runs as ever."""
    PAID.clear()
    with pytest.raises(
        TaskError, match=r"^expense calls pay, which acts, and no question may act: make the flow without"
    ):
        session.make_flow("expense", traces=traces_of(60), tools=TOOLS, questions=[("a", "b")] * 3)
    assert PAID == []


def test_a_parser_that_cannot_be_made_leaves_the_flow(freight):
    """What was learned of traces is kept, and what was asked is in the error."""
    session = freight(maker=[reply(WRONG)] * 4)
    with pytest.raises(MakingFailed) as raised:
        session.make_flow("freight", questions=QUESTIONS, unsure="refuse")
    assert raised.value.attempts
    assert session.flow("freight")(kg=30, city="Rome") == 60


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"reads": "post"}, r"^The parser of post gives kg, and freight takes kg, city\.$"),
        ({"reads": "nothing"}, r"^No tool named 'nothing'"),
        ({"reads": "post", "questions": QUESTIONS}, r"^questions and reads both say who reads questions: give one"),
        ({"questions": QUESTIONS[:2]}, r"^Two different examples for 'freight'"),
    ],
)
def test_what_cannot_read_for_a_flow_is_said_in_one_line(freight, options, told):
    """Before a model is asked."""
    with pytest.raises(Exception, match=told):
        freight().make_flow("freight", **options)
