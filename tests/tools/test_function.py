"""A tool as a Python function: called, mapped, and by snippet where it takes callables."""

import pytest
from solving_tools import TOOLS

from latm_magic.errors import (
    ToolError,
)


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
