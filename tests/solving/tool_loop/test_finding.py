"""Of many functions the model sees five and one that finds the others: a thousand cost what ten do."""

from dataclasses import dataclass, field

import pytest
from sorting import SORTING

from latm_magic.models.chat import request_body
from latm_magic.models.dialect import Dialect
from latm_magic.models.model import FunctionCall, FunctionSpec, Request
from latm_magic.solving.tool_loop.finding import FIND, Shelf


@dataclass
class Known:
    """A function that counts how often its schema is made."""

    name: str
    said: str
    made: list = field(default_factory=list)
    acts = False

    @property
    def spec(self):
        self.made.append(self.name)
        return FunctionSpec(self.name, self.said, {"type": "object", "properties": {"value": {"type": "string"}}})


def functions(number):
    """Return functions of different things."""
    return {f"read_{n}": Known(f"read_{n}", f"Read gauge{n} of the plant.") for n in range(number)}


def names(shelf):
    """Return what the model is offered."""
    return [spec.name for spec in shelf.specs]


@pytest.mark.parametrize("number", [1, 10])
def test_a_few_are_all_shown(number):
    """Up to ten there is nothing to find."""
    shelf = Shelf(functions(number), lambda _: (), "anything", ())
    assert (len(names(shelf)), shelf.has_more) == (number, False)


def test_of_many_the_likeliest_are_shown_and_others_are_found():
    """By the router and by words of names and descriptions; what was found, or used before, stays in sight."""
    known = functions(1000)
    shelf = Shelf(known, lambda _: ("read_7", "unknown"), "gauge8 and gauge9 please", ("read_500",))
    assert set(names(shelf)) == {"read_500", "read_7", "read_8", "read_9", FIND}
    found = shelf.find("what does gauge321 say")
    assert any(line.startswith("read_321: Read gauge321") for line in found)
    assert {"read_500", "read_7", "read_321", FIND} <= set(names(shelf))
    assert shelf.find("zebra") == ["read_7: Read gauge7 of the plant."]
    assert sum(len(each.made) for each in known.values()) < 15


def test_a_thousand_cost_what_ten_do():
    """A request grows with what is shown, not with what there is."""

    def size(number):
        shelf = Shelf(functions(number), lambda _: (), "gauge1 gauge2 gauge3 gauge4 gauge5 gauge6", ())
        return len(str(request_body(Request("ask", (), shelf.specs), "m", Dialect(), stream=False)))

    assert size(1000) <= size(10)


def test_the_model_finds_a_tool_and_calls_it(open_session):
    """find_tool is answered at once, is no step of the trace, and what it finds can be called from then on."""

    def numbered(number):
        def function(value: int) -> int:
            return value + number

        function.__name__, function.__doc__ = f"add_{number}", f"Add the number word{number}."
        return function

    script = [
        FunctionCall(FIND, '{"query": "word11 sum"}'),
        (FunctionCall("add_11", '{"value": 1}'), FunctionCall(FIND, "nonsense")),
        "12",
    ]
    session = open_session(maker=script, tools=SORTING)
    asked = session.ask("Go on", tools=["sort_words", *map(numbered, range(12))])
    assert asked.value == "12"
    assert [(step.tool, step.output) for step in asked.steps] == [("add_11", 12)]
    first, second, last = session.scripts["maker"].requests
    assert FIND in {spec.name for spec in first.functions}
    assert "add_11" not in {spec.name for spec in first.functions}
    assert "add_11" in {spec.name for spec in second.functions}
    assert "find_tool finds them" in first.messages[0].content
    assert last.messages[-1].content.startswith("error: the arguments do not fit")
