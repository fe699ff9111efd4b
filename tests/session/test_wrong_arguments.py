"""Every public method of the Python face with wrong values for each argument: one clear line, and nothing else.

What is an error of yours is a `LatmError` of one line (`MakingFailed`: two).
"""

import asyncio
import inspect

import pytest
from sorting import EXAMPLES, SORTING

from latm_magic.errors import LatmError, MakingFailed
from latm_magic.session.session import Session
from latm_magic.traces import Step, Trace

NUL, LONG = "a\0b", "x/" * 3000
WRONG = (
    None, 5, -1, float("nan"), True, b"bytes", "", "no such thing", NUL, LONG, "x" * 300, "~nobody/x", "\ud800", [None],
    [[]], {5: 5}, (), object(), 10**30,
)  # fmt: skip
TRACE = Trace("1", "sorting", {"prompt": "Sort: b a"}, prompt="{prompt}", tools=("sort_words",))
SOURCE = SORTING["sort_words"][0]
FLOW_TRACES = [
    Trace(
        "1",
        "sorting",
        {"words": ["b", "a"]},
        (Step("sort_words", {"words": ["b", "a"]}, ["a", "b"]),),
        ["a", "b"],
        "you",
    )
]
RIGHT = {
    "make": {
        "name": "other", "description": "Sort the words.", "examples": EXAMPLES, "questions": ["Sort: b a"],
        "coverage_rounds": 1, "keep_draft": False, "na": "none",
    },
    "add": {"name": "sort_words", "source": SOURCE, "examples": EXAMPLES, "description": "Sort.",
            "na": None},
    "by_hand": {"name": "other", "description": "Sort the words.", "examples": EXAMPLES, "na": None, "questions": None},
    "solve": {"questions": "Sort: b a", "tool": "sort_words", "direct": False, "ask": False, "retry": False,
              "to": None},
    "asolve": {"questions": "Sort: b a", "tool": "sort_words", "direct": False, "ask": False, "retry": False},
    "stream": {"questions": ["Sort: b a"], "block": 10},
    "call": {"tool": ..., "arguments": {"words": ["b", "a"]}},
    "tool": {"name": "sort_words", "version": 1},
    "verify": {"name": "sort_words"},
    "drop": {"name": "nothing"},
    "versions": {"name": "sort_words"},
    "diff": {"name": "sort_words", "old": 1, "new": 1},
    "rollback": {"name": "sort_words", "version": 1},
    "samples": {"name": "sort_words"},
    "add_example": {"name": "sort_words", "question": "Sort: d c", "answer": "c d"},
    "remove_example": {"name": "sort_words", "number": 1},
    "rename": {"old_name": "sort_words", "new_name": "other"},
    "grow": {"name": "sort_words", "questions": None, "coverage_rounds": 1},
    "correct": {"question": "Sort: b a", "answer": "a b", "tool": "sort_words"},
    "confirm": {"questions": ["Sort: b a"], "tool": "sort_words"},
    "unconfirmed": {"name": "sort_words"},
    "make_from_pending": {"name": "other", "group": 1, "description": "What", "answers": None, "direct": False},
    "export": {"path": "out.ipynb", "names": ["sort_words"], "force": True},
    "preview": {"questions": ["Sort: b a"], "tool": "sort_words", "rows": 20},
    "check": {"name": "sort_words", "questions": ["Sort: b a"], "rows": 12, "target": 0.9},
    "checked": {"name": "sort_words", "labels": {"Sort: b a": "a b"}, "is_random": False},
    "advise": {"questions": ["Sort: b a"], "rows": 12},
    "verdict": {"answers": ...},
    "corrections": {"tool": "sort_words"},
    "withdraw": {"question": "Sort: b a", "tool": "sort_words"},
    "give_pending": {"group": 1, "tool": "sort_words"},
    "dismiss_pending": {"group": 1},
    "draft": {"name": "sort_words", "number": 1},
    "why": {"name": "sort_words"},
    "keep": {"name": "sort_words", "number": 1},
    "load": {"source": "out.ipynb", "dry_run": True, "clash": "keep", "rename": {}},
    "ask": {"prompt": "Sort: b a", "tools": ["sort_words"], "schema": None, "rounds": 2, "budget_usd": None, "seconds": 9.0,
            "inputs": None, "record": None, "model": None, "after": ()},
    "aask": {"prompt": "Sort: b a", "tools": ["sort_words"], "schema": None, "rounds": 2, "budget_usd": None, "seconds": 9.0,
             "inputs": None, "record": None, "model": None, "after": ()},
    "replay": {"trace": TRACE, "from_step": 1, "model": None, "tools": ["sort_words"], "schema": None, "rounds": 2,
               "budget_usd": None, "seconds": 9.0, "record": None},
    "compare_traces": {"left": TRACE, "right": TRACE},
    "trace": {"name": "sorting", "inputs": {"words": "b a"}},
    "traces": {"name": "sorting"},
    "keep_traces": {"traces": ()},
    "drop_traces": {"name": "sorting", "trace_id": "1"},
    "make_flow": {
        "name": "sorting", "traces": FLOW_TRACES, "examples": [({"words": ["b", "a"]}, ["a", "b"])], "unsure": "refuse",
        "description": "Sort.", "tools": [len], "questions": None, "reads": "",
    },
    "flow": {"name": "sorting", "version": 1, "tools": [len]},
    "drop_flow": {"name": "sorting"},
    "models": {"profile": ""},
    "model": {"role": "maker"},
    "ping": {"profile": ""},
    "save_setting": {"name": "max_attempts", "value": 2, "mine": False},
    "load_conversation": {"path": "c.json", "name": "other", "examples": EXAMPLES, "description": "What"},
}  # fmt: skip
MORE = {"min_accuracy": 1.0, "replace": False, "show_held_out": False, "on_event": None}
NO_ARGUMENTS = {
    "flows", "undo", "tools", "drafts", "pending", "shared", "status", "direct_estimate", "ways_by_day", "close",
}  # fmt: skip


def public(kind):
    """Return the public methods of a class by name."""
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def parameters(name):
    """Return all arguments of a method with right values."""
    known = inspect.signature(getattr(Session, name)).parameters
    return {**RIGHT[name], **{key: value for key, value in MORE.items() if key in known}}


def test_every_public_method_is_in_the_table():
    """A new method or argument of the session is tried with wrong values as well."""
    assert public(Session) == {*RIGHT, *NO_ARGUMENTS}
    for name in RIGHT:
        assert set(parameters(name)) == set(inspect.signature(getattr(Session, name)).parameters) - {"self"}


def complaint(call):
    """Return what is wrong with the outcome of a call: "" for a result or one line of an error of yours."""
    try:
        found = call()
        if inspect.isgenerator(found):
            list(found)
        if inspect.iscoroutine(found):
            asyncio.run(found)
    except LatmError as fault:
        lines = len(str(fault).splitlines())
        is_short = 1 <= lines <= (2 if isinstance(fault, MakingFailed) else 1) and len(str(fault)) < 2000
        return "" if is_short else f"{lines} lines: {str(fault)[:300]!r}"
    except BaseException as fault:
        return f"{type(fault).__name__}: {str(fault)[:200]}"
    return ""


@pytest.mark.parametrize("name", RIGHT)
def test_a_wrong_argument_is_named_in_one_line(open_session, name, tmp_path, monkeypatch):
    """No traceback of ours: whatever is given for one argument, with right values for the others."""
    monkeypatch.chdir(tmp_path)
    scripts = {"maker": lambda _: "nothing", "user": lambda _: "CANNOT", "dispatcher": lambda _: "unknown"}
    session = open_session(tools=SORTING, max_attempts=1, **scripts)
    right = parameters(name)
    if name == "verdict":
        right["answers"] = session.solve("Sort: b a")
    if name == "call":
        right["tool"] = session.tool("sort_words").record
    complaints = {
        (argument, str(wrong)[:20]): found
        for argument in right
        for wrong in WRONG
        if (found := complaint(lambda: getattr(session, name)(**{**right, argument: wrong})))  # noqa: B023
    }
    assert complaints == {}


def test_a_wrong_argument_of_the_session_itself_is_named_in_one_line(project):
    """Folder, models, key and events; what is not an argument is a setting."""
    for argument in set(inspect.signature(Session).parameters) - {"base", "settings"}:
        for wrong in WRONG:
            assert not complaint(lambda: Session(**{argument: wrong}).close()), (argument, wrong)  # noqa: B023


def test_a_message_names_method_argument_and_what_is_wanted(session):
    """So that the line can be mended without the documentation."""
    with pytest.raises(LatmError, match=r"^drop: name is 5: give the name of a tool, as text\.$"):
        session.drop(5)
    with pytest.raises(LatmError, match=r"^export: path is text of 6,000 characters: give the path of a file\.$"):
        session.export(LONG)


def test_a_tool_when_given_for_its_name_in_solve_is_taken(open_session):
    """`session.solve(questions, tool=tool)` means that tool."""
    session = open_session(tools=SORTING)
    assert session.solve("Sort: b a", tool=session.tool("sort_words")).to_list() == ["a b"]


def test_questions_when_one_cannot_be_compared_fail_alone(open_session):
    """An object of yours whose comparison raises is no question, and the others are answered."""

    class Broken:
        def __ne__(self, other):
            raise RuntimeError("broken")

        __hash__ = None

    answers = open_session(tools=SORTING).solve(["Sort: b a", Broken()])
    assert answers.ways == ["parser", "failed"]
