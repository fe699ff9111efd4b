"""A tool as a Python function: called, mapped, and by snippet where it takes callables."""

import datetime as dt
from decimal import Decimal

import pytest
from solving_tools import TOOLS

from latm_magic.errors import ToolError
from latm_magic.tools.direct_call import bind


def test_a_tool_when_called_and_mapped_works_like_a_function(open_session):
    """Call by position or name, solve, map; a wrong call is a TypeError, a broken run a ToolError."""
    tool = open_session(tools=TOOLS).tool("sort_words")
    assert tool(["b", "a"]) == tool(words=["b", "a"]) == ["a", "b"]
    assert tool(["b", "a"], backwards=True) == ["b", "a"]
    assert tool.solve("Sort: d c").text == "c d"
    assert [a.text for a in tool.map(["Sort: d c", "Sort: b a"])] == ["c d", "a b"]
    with pytest.raises(TypeError):
        tool(wrong=1)
    with pytest.raises(ToolError, match="KeyError"):
        tool(["crash"])


def test_a_call_when_its_arguments_do_not_fit_names_the_signature(open_session):
    """The TypeError of a wrong call says whose signature it is."""
    with pytest.raises(TypeError, match=r"sort_words\(\) .*; it is sort_words\(words: list\[str\]"):
        open_session(tools=TOOLS).tool("sort_words")(wrong=1)
    module = "def parse(question):\n    return {'a': question}\n\ndef join(a, *rest, sep=''):\n    return a\n"
    tool = open_session().add("join", module, [("a", "a"), ("b", "b"), ("c", "c")])
    assert tool("a", "b") == "a"
    with pytest.raises(TypeError, match=r"by position .* leave out sep"):
        tool("a", "b", sep="-")


FIND_ORDER = """
from itertools import permutations

def find_order(objects, constraints):
    for order in permutations(objects):
        if all(constraint(order) for constraint in constraints):
            return order
"""


def test_a_function_when_it_takes_callables_is_called_by_snippet(open_session):
    """The paper's own kind of tool: the user model writes a snippet that runs in the sandbox."""
    examples = [(f"{a} before {b}. Who is first?", a) for a, b in (("Ann", "Bo"), ("Cy", "Di"), ("Ed", "Flo"))]
    snippets = [
        f"```python\nobjects = ['{a}', '{b}']\nret = find_order(objects, [lambda o: o.index('{a}') < o.index('{b}')])\nans = ret[0]\n```"
        for a, b in (("Ann", "Bo"), ("Cy", "Di"), ("Ed", "Flo"), ("Gus", "Hal"))
    ]
    session = open_session(user=["ans = undefined", *snippets])
    tool = session.add("find_order", FIND_ORDER, examples, description="Who is first.")
    assert tool.record.by_snippet
    assert tool.verification.right == 3
    assert "lambda" in tool.use_cases[0].call
    assert tool.solve("Gus before Hal. Who is first?").text == "Gus"


def test_a_tool_when_called_with_a_question_answers_it(open_session):
    """A text that the function cannot take goes to the parser; a column is mapped as people do it."""
    pd = pytest.importorskip("pandas")
    tool = open_session(tools=TOOLS).tool("sort_words")
    assert tool("Sort: d c") == tool.solve("Sort: d c").value
    mapped = pd.Series(["Sort: d c", "Sort: b a"], index=[5, 2]).map(tool)
    assert mapped.to_dict() == {5: "c d", 2: "a b"}


def test_a_question_that_the_parser_refuses_says_how(open_session):
    """No model is asked, and the error names both ways on."""
    session = open_session(tools=TOOLS)
    with pytest.raises(
        ToolError, match=r"does not answer 'hello' by itself: sort_words.solve\(question\) asks a model"
    ):
        session.tool("sort_words")("hello")
    assert not session.scripts["user"].requests


TEXT = """
def parse(question):
    return {"text": question}

def first(text: str):
    return text
"""
TYPED = """
import datetime
from decimal import Decimal

def parse(question):
    return {"text": question}

def put(text: str, n: int = 0, when: datetime.date | None = None, money: Decimal = Decimal(1), ratio: float = 0.5):
    return text
"""
LETTERS = [(letter, letter) for letter in "abc"]


def test_arguments_are_held_against_their_annotations(open_session):
    """As on a call that a model writes: what has one meaning is converted, what fits stays, the rest is a TypeError."""
    made = open_session().add("put", TYPED, LETTERS)
    taken = bind(made.record, ("x", "3"), {"when": "2024-02-03", "money": 2.5, "ratio": 2})
    assert taken == {"text": "x", "n": 3, "when": dt.date(2024, 2, 3), "money": Decimal("2.5"), "ratio": 2}
    assert type(taken["ratio"]) is int
    for wrong in ({"n": "three"}, {"n": True}, {"when": 5}, {"text": ["x"]}):
        with pytest.raises(TypeError, match=rf"put\(\) {next(iter(wrong))}.*; it is put\("):
            made(**{"text": "x", **wrong})


def test_a_text_that_the_function_takes_is_no_question(open_session):
    """The call means what it says."""
    assert open_session().add("first", TEXT, LETTERS)("Sort: b a") == "Sort: b a"


def test_an_object_of_yours_that_cannot_be_compared_is_one_error(open_session):
    """Whatever a value's own methods do, the call says what does not fit."""

    class Odd:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    tool = open_session(tools=TOOLS).tool("sort_words")
    with pytest.raises(TypeError, match=r"sort_words\(\) words"):
        tool(Odd())
