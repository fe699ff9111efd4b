"""What can be asked of a sandbox: calls, solving, snippets and checks, and what it says where it is asked wrongly."""

import time

import pytest

from latm_magic.errors import SandboxError
from latm_magic.sandbox import Pipeline, Sandbox

TOOL = """
LOG = []
def double(x):
    return 2 * x
def spin():
    while True:
        pass
def mark(n):
    LOG.append(n)
    return len(LOG)
"""
PARTS = """
def parse(question):
    if question == "spin":
        while True:
            pass
    if question == "odd":
        return [1]
    if not question.isdigit():
        raise ValueError("not a number")
    return {"n": int(question)}
def square(n):
    return n * n if n != 7 else 1 / 0
def show(result, question):
    if result == 81:
        return result
    if result == 64:
        raise ValueError("no form")
    return f"{question}^2 = {result}"
"""
PIPELINE = Pipeline("parse", "square", "show")


@pytest.fixture(scope="module")
def sandbox():
    """Open a sandbox with the policy and all walls."""
    with Sandbox(timeout_s=0.4, memory_mb=256) as opened:
        yield opened


def test_map_when_rows_are_of_both_kinds(sandbox):
    """Rows are keyword arguments or positional ones; one that is no plain data costs its own row."""
    runs = sandbox.map(TOOL, "double", [{"x": 1}, [2], (3,), [object()], [2**100], ["é"], {"y": 1}])
    assert [run.value for run in runs] == [2, 4, 6, None, 2**101, "éé", None]
    assert (runs[3].outcome, runs[3].error.type) == ("raised", "TypeError")
    assert "an argument cannot enter the sandbox" in runs[3].error.message
    assert runs[6].error.type == "TypeError"
    assert sandbox.map(TOOL, "double", []) == []


def test_map_when_given_items_of_any_kind_passes_them_as_arguments():
    """A dict is keyword arguments, a list or tuple positional ones, and anything else, text too, is one argument."""
    with Sandbox() as sandbox:
        runs = sandbox.map("def f(a, b=''):\n    return [a, b]\n", "f", [{"a": 1}, [1, 2], (3,), "text", 5])
    assert [run.value for run in runs] == [[1, ""], [1, 2], [3, ""], ["text", ""], [5, ""]]


def test_solve_when_steps_fail(sandbox):
    """Each step's failure says which step it was, and whether it was a refusal."""
    runs = sandbox.solve_many(PARTS, PIPELINE, ["3", "x", "odd", "7", "8", "9", "spin", "4"])
    assert [(run.outcome, run.stage) for run in runs] == [
        ("returned", "format"),
        ("raised", "parse"),
        ("raised", "parse"),
        ("raised", "function"),
        ("raised", "format"),
        ("raised", "format"),
        ("timeout", "parse"),
        ("returned", "format"),
    ]
    assert [run.value for run in runs if run.returned] == ["3^2 = 9", "4^2 = 16"]
    assert [run.error.is_refusal for run in runs if run.error] == [True, False, False, True, False, False]
    assert runs[2].error.message == "parse must return a dict of keyword arguments, not list"
    assert runs[5].error.message == "the format function must return str, not int"


def test_solve_when_arguments_are_kept(sandbox):
    """`keep_arguments` keeps what parse and the function returned, also where a later step failed."""
    run, failed = sandbox.solve_many(PARTS, PIPELINE, ["3", "8"], keep_arguments=True)
    assert (run.arguments, run.result, run.value) == ({"n": 3}, 9, "3^2 = 9")
    assert (failed.arguments, failed.result, failed.stage) == ({"n": 8}, 64, "format")
    assert sandbox.solve(PARTS, PIPELINE, "x", keep_arguments=True).arguments is None
    bare = sandbox.solve(PARTS, Pipeline("parse", "square"), "5", keep_arguments=True)
    assert (bare.value, bare.stage, bare.result) == (25, "function", 25)
    assert sandbox.solve(PARTS, PIPELINE, "3").arguments is None


def test_run_formatted_when_arguments_come_from_elsewhere(sandbox):
    """Without a parser the arguments are given; with no format the result is the answer."""
    run = sandbox.run_formatted(PARTS, Pipeline(None, "square", "show"), {"n": 2}, "two", keep_arguments=True)
    assert (run.value, run.stage, run.arguments, run.result) == ("two^2 = 4", "format", {"n": 2}, 4)
    assert sandbox.run_formatted(PARTS, Pipeline(None, "square"), {"n": 2}, "two").value == 4
    with pytest.raises(SandboxError, match="run_formatted"):
        sandbox.solve(PARTS, Pipeline(None, "square"), "two")


def test_run_snippet_when_it_leaves_an_answer(sandbox):
    """A snippet runs after its tool in a namespace of its own, under the policy."""
    assert sandbox.run_snippet(TOOL, "ret = double(4)\nans = ret + mark(0)").value == 9
    assert sandbox.run_snippet(TOOL, "ret = double(4)\nans = ret + mark(0)", result="ret").value == 8
    missing = sandbox.run_snippet(TOOL, "ret = 1")
    assert (missing.outcome, missing.error.message) == ("raised", "the snippet left no 'ans'")
    failed = sandbox.run_snippet(TOOL, "x = 1\nans = double()")
    assert (failed.error.type, failed.error.line) == ("TypeError", 2)
    assert sandbox.run_snippet(TOOL, "import os\nans = 1").outcome == "forbidden"
    assert sandbox.run_snippet(TOOL, "spin()").outcome == "timeout"
    assert sandbox.run_snippet(TOOL, "ans = double(1)").value == 2


def test_source_when_it_cannot_be_loaded(sandbox):
    """A source that is refused or fails at its first line has that outcome for every row, without trying each."""
    runs = sandbox.map("import os\ndef f(): pass", "f", [[]] * 500)
    assert {run.outcome for run in runs} == {"forbidden"}
    assert runs[0].error.findings[0].line == 1
    runs = sandbox.map("x = 1 / 0\ndef f(): pass", "f", [[]] * 500)
    assert {(run.outcome, run.stage, run.error.line) for run in runs} == {("raised", "", 1)}
    began = time.monotonic()
    runs = sandbox.map("while True:\n    pass\ndef f(): pass", "f", [[]] * 500)
    assert {run.outcome for run in runs} == {"timeout"}
    assert time.monotonic() - began < 10


def test_check_when_source_is_good_or_bad(sandbox):
    """A check returns the functions of a source, or every finding, and runs nothing."""
    check = sandbox.check(
        'def f(a, b: int = 2, *, key=None) -> str:\n    """Say.\n\n    More."""\n    return g(a)\ndef g(x): pass'
    )
    assert check.passed
    found = check.functions[0]
    assert [each.name for each in found.parameters] == ["a", "b", "key"]
    assert (found.returns, found.doc.splitlines()[0], found.is_public, found.calls) == ("str", "Say.", True, {"g"})
    bad = sandbox.check("import os\nimport sys\ndef f(): return f.__globals__")
    assert not bad.passed
    assert {finding.line for finding in bad.findings} == {1, 2, 3}
    assert str(bad.findings[0]).startswith("line 1: ")


def test_check_when_compiling_never_ends():
    """A source that cannot be compiled in time is a finding, not an error."""

    class Slow(Sandbox):
        _program = (
            "import time, types; from latm_magic.sandbox.worker.zygote import main; "
            "main(types.SimpleNamespace(warm_up=lambda: None, compile=lambda *_: time.sleep(60)))"
        )

    with Slow(timeout_s=0.1) as sandbox:
        (finding,) = sandbox.check("x = 1").findings
        assert str(finding).startswith("this source is not allowed: compiling it takes too long")
        assert sandbox.run("x = 1", "f").outcome == "timeout"


@pytest.mark.parametrize(
    ("name", "value"), [("timeout_s", 0), ("memory_mb", 1), ("max_workers", 0), ("timeout_s", float("nan"))]
)
def test_sandbox_when_a_setting_is_wrong(name, value):
    """A setting that cannot be is refused by name."""
    with pytest.raises(SandboxError, match=f"`{name}` of at least"):
        Sandbox(**{name: value})


def test_run_when_both_kinds_of_arguments_are_given(sandbox):
    """Arguments are given by keyword or by position, not both."""
    with pytest.raises(SandboxError, match="not both"):
        sandbox.run(TOOL, "double", arguments={"x": 1}, args=[1])


PRIVATE_NAMES = """
class Box:
    def _of(self, a):
        return a
    def own(self):
        return self.__own
def read(): return Box()._nope
def of_its_class(): return Box().own()
def unset(): del Box()._nope
def method(): return Box()._of()
def keyword(): return Box()._of(1, _b=2)
def passed_on():
    try:
        Box()._nope
    except AttributeError as error:
        raise ValueError(f"said: {error}")
"""


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("read", "'Box' object has no attribute '_nope'"),
        ("of_its_class", "'Box' object has no attribute '_Box__own'"),
        ("unset", "'Box' object has no attribute '_nope'"),
        ("method", "Box._of() missing 1 required positional argument: 'a'"),
        ("keyword", "Box._of() got an unexpected keyword argument '_b'"),
        ("passed_on", "said: 'Box' object has no attribute '_nope'"),
    ],
)
def test_error_when_it_names_what_is_private(sandbox, function, message):
    """A message shows names as the source has them, not as the policy compiles them."""
    assert sandbox.run(PRIVATE_NAMES, function).error.message == message


COLLIDING = """
from fractions import Fraction
PRIME = 2**61 - 1
def as_set(n):
    return {(Fraction(1, 3),) * n + (k * PRIME,) for k in range(40)}
def as_keys(n):
    return {"a": [{k: 0 for k in as_set(n)}]}
def as_frozenset(n):
    return (frozenset(as_set(n)),)
def as_list(n):
    return len(list(as_set(n)))
def parse(question):
    return {"given": as_set(3)}
def count(given):
    return len(given)
"""


@pytest.mark.parametrize("function", ["as_set", "as_keys", "as_frozenset"])
def test_value_when_comparing_its_elements_takes_long(sandbox, function):
    """The worker says why it cannot be returned, instead of sending what the host would refuse."""
    run = sandbox.run(COLLIDING, function, args=[3])
    assert (run.outcome, run.error.type) == ("raised", "TypeError")
    assert "many elements share a hash" in run.error.message
    assert sandbox.run(COLLIDING, "as_list", args=[3]).value == 40


def test_kept_arguments_when_comparing_their_elements_takes_long(sandbox):
    """They are left out, and the answer stands."""
    run = sandbox.solve(COLLIDING, Pipeline("parse", "count"), "q", keep_arguments=True)
    assert (run.value, run.arguments) == (40, None)
