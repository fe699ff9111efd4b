"""Probes: what a run tells of the branches that it went through, and what guest code can do about it: nothing."""

import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.policy.probes import MARKS
from latm_magic.sandbox.records import Pipeline

SOURCE = """\
def parse(question):
    if not question.isdigit():
        raise ValueError("no number")
    return {"n": int(question)}

def f(n):
    try:
        return 100 // n
    except ZeroDivisionError:
        pass
    for step in range(n, 2):
        while step < 0:
            step += 1
    match n:
        case 0:
            return "zero"
        case _:
            return "never"
"""
STEPS = Pipeline("parse", "f")
FORGERY = "def f(key):\n    globals()['latm:ran'][key] = None\n    return 1\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


def lines(sandbox, run):
    """Return the lines of the branches that a run tells of."""
    branches = sandbox.check(SOURCE).branches
    return [branches[branch] for branch in run.branches]


def test_branches_are_the_arms_of_statements_in_functions():
    """Each arm of a statement is a branch, a missing else too; what a module does when it is imported is none."""
    compiled = compile_guest(SOURCE + "if 1:\n    pass\nclass C:\n    if 1:\n        x = 1\n")
    assert sorted(compiled.probed.lines) == [2, 3, 10, 12, 13, 16, 18]


@pytest.mark.parametrize(
    ("question", "wanted"), [("7", [2]), ("0", [2, 10, 12, 16]), ("x", [3])], ids=["right", "handler", "refusal"]
)
def test_run_when_all_branches_are_to_be_told_names_those_that_it_went_through(sandbox, question, wanted):
    """A run has the branches that it reached, in that order, whether it returned or raised."""
    assert lines(sandbox, sandbox.solve(SOURCE, STEPS, question, tested=0)) == wanted


def test_run_when_branches_are_tested_tells_the_others_alone(sandbox):
    """A row that went through tested branches only says nothing of branches; another says which are new."""
    seen = sandbox.solve(SOURCE, STEPS, "7", tested=0).branches
    tested = sum(1 << branch for branch in seen)
    runs = sandbox.solve_many(SOURCE, STEPS, ["7", "0", "8", "x"], tested=tested)
    assert [lines(sandbox, run) for run in runs] == [[], [10, 12, 16], [], [3]]
    assert all(not run.branches for run in sandbox.solve_many(SOURCE, STEPS, ["7", "0", "x"]))


def test_errors_when_there_are_probes_keep_the_lines_of_the_source(sandbox):
    """What stands in an error is the line of the guest's own source, with probes and without."""
    source = "def f(x):\n    if x:\n        y = 1\n    else:\n\n        raise KeyError(x)\n    return y\n"
    runs = [sandbox.run(source, "f", args=[0], tested=tested) for tested in (-1, 0)]
    assert [run.error.line for run in runs] == [6, 6]


def test_row_when_it_sets_the_module_up_is_not_told_what_the_module_ran(sandbox):
    """Branches that run while a module is imported are none of the row that happened to come first."""
    source = "def f(x):\n    if x:\n        return 1\n    return 2\nTABLE = [f(0)]\ndef g(x):\n    return f(x)\n"
    assert sandbox.run(source, "g", args=[1], tested=0).branches == (0,)
    assert sandbox.run(source, "g", args=[1], tested=0, fresh=True).branches == (1, 0)


def test_rows_when_one_runs_out_of_time_leave_no_branches_to_the_next(sandbox):
    """A row that is interrupted tells where it was; the next one tells of itself alone."""
    source = "def f(x):\n    while x:\n        pass\n    if not x:\n        return 1\n"
    late, next_one = sandbox.map(source, "f", [1, 0], timeout_s=0.2, tested=0)
    assert (late.outcome, late.branches) == ("timeout", (0,))
    assert (next_one.value, next_one.branches) == (1, (1,))


@pytest.mark.parametrize(
    "code",
    [
        f"def f():\n    if 1:\n        return globals()[{MARKS!r}]\n",
        f"def f():\n    if 1:\n        return {MARKS}[1]\n",
        f"def f():\n    if 1:\n        return eval({MARKS!r})\n",
        f"def f():\n    if 1:\n        return eval('x', {{{MARKS!r}: 5, 'x': 1}}, {{{MARKS!r}: 6}})\n",
        f"def f():\n    if 1:\n        return f.__globals__[{MARKS!r}]\n",
        f"def f():\n    if 1:\n        return getattr(f, '__globals__')[{MARKS!r}].clear()\n",
        f"def f():\n    if 1:\n        return vars()[{MARKS!r}].clear()\n",
        f"def f():\n    if 1:\n        return '{{0.__globals__[{MARKS}]}}'.format(f)\n",
        f"class A:\n    locals()[{MARKS!r}] = 5\ndef f():\n    if 1:\n        return 1\n",
        f"LEFT = locals()\nLEFT[{MARKS!r}] = 5\ndef f():\n    if 1:\n        return {MARKS!r} in locals()\n",
    ],
)
def test_probes_when_guest_code_reaches_for_them_stay_what_they_are(sandbox, code):
    """No name, attribute, format or namespace leads guest code to the marks; it can neither read nor forge them."""
    run = sandbox.run(code, "f", tested=0)
    assert run.outcome in {"forbidden", "raised"} or run.value in {1, False}
    assert set(run.branches) <= {0}
    assert sandbox.run("def f():\n    if 1:\n        return 1\n", "f", tested=0).branches == (0,)


@pytest.mark.parametrize("key", [0, -1, 10**30, True, 1.5, "]]]]", None, "0"])
def test_branches_when_they_are_forged_cost_that_worker_only(key):
    """A branch that the source does not have ends the worker that names it; nothing of it is believed."""
    with OpenSandbox(timeout_s=1) as sandbox:
        run = sandbox.run(FORGERY, "f", args=[key])
        assert (run.outcome, run.value, run.branches) == ("crashed", None, ())
        assert sandbox.run("def f():\n    return 2", "f").value == 2
