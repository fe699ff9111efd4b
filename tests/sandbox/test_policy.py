"""What guest code may say: one file per construct, and the edges of the compiler."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from guest_code import findings_of, load, value_of

from latm_magic.sandbox.policy import compile as policy_module
from latm_magic.sandbox.policy.compile import compile_expression, compile_guest
from latm_magic.sandbox.policy.rules import Policy

CONSTRUCTS = sorted((Path(__file__).parent / "constructs").glob("*.py"))


def plain(value):
    """Return a value with whatever is not plain data as "repr:...", so that it can be written down."""
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, tuple):
        return tuple(value)
    return value if type(value).__module__ == "builtins" else f"repr:{value!r}"


def expected(source, kind):
    """Return what the comments at the end of a construct's file say."""
    mark = f"# {kind}: "
    return [line.removeprefix(mark) for line in source.splitlines() if line.startswith(mark)]


@pytest.mark.parametrize("path", CONSTRUCTS, ids=lambda path: path.stem)
def test_construct_is_judged_when_it_stands_alone(path):
    """Each construct runs and gives what its file says, or is refused with exactly the messages that it names."""
    source = path.read_text()
    wanted = expected(source, "refused")
    if not wanted:
        (value,) = expected(source, "allowed")
        assert plain(value_of(source)) == plain(eval(value))
        return
    found = findings_of(source)
    assert len(found) == len(wanted), found
    for want, message in zip(wanted, found, strict=True):
        assert message.startswith(want)
        assert " is not allowed: " in message


def test_findings_come_all_at_once_when_there_are_several():
    """Every fault of a source is found in one go, in the order of the lines, and at most a hundred are kept."""
    found = findings_of("import os\nimport sys\nx = ().__class__.__base__\ny = open('a')\n")
    assert [message.partition(":")[0] for message in found] == ["line 1", "line 2", "line 3", "line 4"]
    assert len(findings_of("\n".join(f"x.__a{index}__" for index in range(500)))) == 100


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\0", "null byte"),
        ("x = '\udc80'", "surrogates not allowed"),
        ("x = 1" * 100_000, "characters is not allowed: stay below"),
        ("x = " + "(" * 5_000 + ")" * 5_000, "too many nested parentheses"),
        ("x = " + "-" * 100_000 + "1", "is not allowed"),
        ("x = " + "1+" * 60_000 + "1", "nesting this deep"),
        ("x = y" + ".a" * 60_000, "nesting this deep"),
        ("x = y" + "()" * 60_000, "nesting this deep"),
        ("x = " + "not " * 40_000 + "1", "nesting this deep"),
        ("x = " + "lambda: " * 20_000 + "1", "nesting this deep"),
        ("x = " + "[" * 150 + "]" * 150 + "+1" * 20_000, "nesting this deep"),
        (
            "\n".join(" " * depth + "if 1:" for depth in range(120)) + "\n" + " " * 120 + "pass",
            "too many levels of indentation",
        ),
        (
            "def f():\n"
            + "\n".join(" " * (depth + 1) + "for x in y:" for depth in range(40))
            + "\n"
            + " " * 42
            + "pass",
            "nested blocks",
        ),
        ("return 1", "'return' outside function"),
        ("x = 9" + "9" * 5_000, "integer string conversion"),
        ("def f():\n    x = 1\n    global x\n", "assigned to before global"),
    ],
)
def test_source_is_refused_when_it_is_no_program(source, message):
    """Source that Python cannot compile, or that is nested or large beyond reason, ends in a finding and not in a crash."""
    compiled = compile_guest(source)
    assert compiled.code is None
    assert message in str(compiled.findings[0])


def test_source_is_compiled_when_it_is_long_but_ordinary():
    """Long chains of `elif` and of operators, as code that was generated has them, are no reason to refuse."""
    chain = "def f(a=250):\n    if a == -1:\n        return 0\n"
    chain += "".join(f"    elif a == {n}:\n        return {n}\n" for n in range(300))
    assert value_of(chain) == 250
    assert value_of("def f():\n    return " + "+".join(["1"] * 400) + "\n") == 400


def test_compiling_gives_a_finding_when_memory_runs_out(monkeypatch):
    """A compiler that runs out of memory is a finding too."""

    def exhausted(*_arguments):
        raise MemoryError

    monkeypatch.setattr(policy_module.ast, "parse", exhausted)
    assert "nesting this deep" in str(compile_guest("x = 1").findings[0])


def test_node_is_refused_when_nobody_listed_it():
    """Syntax of later Python versions is refused until it is looked at."""
    tree = ast.parse("x = 1\ndef f(): ...\nclass A: ...\nimport math\n")
    tree.body[0].value = ast.copy_location(ast.Await(ast.Constant(1)), tree.body[0])
    tree.body[0].targets.append(ast.copy_location(type("Later", (ast.expr,), {})(), tree.body[0]))
    tree.body[1].type_params = [ast.Name("T", ast.Load())]
    tree.body[2].type_params = [ast.Name("T", ast.Load())]
    tree.body[3].is_lazy = 1
    judged = Policy(tree)
    judged.visit(tree)
    judged.error(tree.body[0], "an objection of RestrictedPython")
    assert [finding.construct for finding in judged.findings] == [
        "await",
        "syntax Later",
        "type parameters in brackets",
        "type parameters in brackets",
        "lazy import",
        "this construct (an objection of RestrictedPython)",
    ]


def test_expression_is_compiled_when_it_is_one():
    """`compile_expression` takes one expression under the same policy."""
    assert eval(compile_expression("1 + 2").code) == 3
    assert compile_expression("x = 1").code is None
    assert compile_expression("x.__class__.__mro__").findings


TRANSCRIPTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "transcripts"


@pytest.mark.skipif(not TRANSCRIPTS.exists(), reason="the shared maker conversations are not beside the project")
@pytest.mark.parametrize(
    "name", ["dyck_languages", "logical_deduction_five_objects", "schedule_meeting", "word_sorting"]
)
def test_published_conversation_runs_when_its_code_is_taken_out(name):
    """Every block that the paper's maker wrote is accepted, and the wrapped tool serves each of its use cases."""
    replies = [
        part["content"]
        for part in json.loads((TRANSCRIPTS / f"{name}.json").read_text())
        if part["role"] == "assistant"
    ]
    for reply in replies:
        for block in re.findall(r"```python\n(.*?)```", reply, re.DOTALL):
            assert findings_of(block) == []
    tool, *use_cases = re.findall(r"```python\n(.*?)```", replies[-1], re.DOTALL)
    assert use_cases
    for use_case in use_cases:
        namespace = load(f"{tool}\n{use_case}")
        assert {"ret", "ret1", "ret2", "ret3"} & namespace.keys() or "ans" in namespace
