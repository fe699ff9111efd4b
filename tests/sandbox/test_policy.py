"""What guest code may say: one file per construct, and the edges of the compiler."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from guest_code import findings_of, load, value_of

from latm_magic.sandbox.policy import compile as policy_module
from latm_magic.sandbox.policy.compile import POLICY_VERSION, compile_expression, compile_guest
from latm_magic.sandbox.policy.names import shown
from latm_magic.sandbox.records import SignatureParameter
from latm_magic.sandbox.runtime.classes import Kinds, Refused
from latm_magic.sandbox.runtime.namespace import guest_namespace

CONSTRUCTS = sorted((Path(__file__).parent / "constructs").glob("*.py"))


def plain(value):
    """Give a value with whatever is no plain data as "repr:...", so that it can be written down."""
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, tuple):
        return tuple(value)
    return value if type(value).__module__ == "builtins" else f"repr:{value!r}"


def expected(source, kind):
    """Give what the comments at the end of a construct's file say."""
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


def test_version_is_given_when_asked():
    """The policy's version is recorded with each verification."""
    assert POLICY_VERSION


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
    from latm_magic.sandbox.policy.statements import Policy

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


def test_faces_are_read_when_a_source_is_compiled():
    """Parameters, doc, lines and references of module-level functions are read without running anything."""
    source = (
        "import math\nLIMIT: int = 3\n(a, b) = 1, 2\nclass A: ...\n"
        "def solve(x, /, y: int = LIMIT, *rest: str, key='k', flag, **more) -> float:\n    '''Do it.\n\n    More.\n    '''\n    return helper(x) + LIMIT + A + math\n"
        "def helper(x):\n    return x\ndef helper(z):\n    return a\ndef _own(fs):\n    return [g(1) for g in fs]\n"
    )
    compiled = compile_guest(source)
    solve, helper, own = compiled.functions
    assert (solve.name, solve.returns, solve.doc, solve.line, solve.is_public) == (
        "solve",
        "float",
        "Do it.\n\nMore.",
        5,
        True,
    )
    assert solve.parameters == (
        SignatureParameter("x", "positional_only"),
        SignatureParameter("y", "positional_or_keyword", "int", "LIMIT"),
        SignatureParameter("rest", "var_positional", "str"),
        SignatureParameter("key", "keyword_only", None, "'k'"),
        SignatureParameter("flag", "keyword_only"),
        SignatureParameter("more", "var_keyword"),
    )
    assert solve.calls == {"helper", "LIMIT", "A", "math"}
    assert not solve.calls_arguments
    assert helper.parameters[0].name == "z"
    assert (own.is_public, own.calls_arguments) == (False, True)
    assert compiled.imports == ("math",)


@pytest.mark.parametrize(
    ("body", "takes"),
    [
        ("return p(1)", True),
        ("return p[0](1)", True),
        ("for g in p:\n        g(1)", True),
        ("return sorted(q, key=p)", True),
        ("return list(map(p, q))", True),
        ("return list(map(len, p))", False),
        ("return sorted(p, key=len, reverse=True)", False),
        ("return p.append(1)", False),
        ("for g in q.items():\n        g(1)", False),
        ("return [g(1) for g in range(3)]", False),
    ],
)
def test_callables_are_seen_when_a_function_takes_them(body, takes):
    """A function that calls its arguments, or hands one on to be called, takes callables."""
    assert compile_guest(f"def f(p, q=[]):\n    {body}\n").functions[0].calls_arguments is takes


def test_expression_is_compiled_when_it_is_one():
    """`compile_expression` takes one expression under the same policy."""
    assert eval(compile_expression("1 + 2").code) == 3
    assert compile_expression("x = 1").code is None
    assert compile_expression("x.__class__.__mro__").findings


def test_printed_text_arrives_when_guest_code_prints():
    """What is printed goes to the one place that was given, and nowhere else."""
    texts = []
    load("print('a', 1, sep='-')\nprint()\n", printed=texts.append)
    assert texts == ["a-1\n", "\n"]
    with pytest.raises(Refused, match="return the text"):
        load("print('a', file=3)\n")


def test_namespaces_share_nothing_when_two_are_made():
    """Two namespaces have builtins, guards and modules of their own."""
    first, second = guest_namespace(printed=print), guest_namespace(printed=print)
    assert first["__builtins__"] is not second["__builtins__"]
    first["__builtins__"]["len"] = None
    assert second["__builtins__"]["len"] is len


def test_namespace_stays_small_when_classes_are_made_without_end():
    """Classes made in a loop are not kept alive by the guards, and still work."""
    source = (
        "def f():\n    for i in range(700):\n        class A:\n            def __init__(self):\n                self.x = i\n"
        "        a = A()\n        a.x += 1\n        kind = type(a).__name__\n    return a.x, kind\n"
    )
    namespace = load(source)
    assert namespace["f"]() == (700, "A")
    assert len(namespace["latm:classes"]) <= 256
    kinds = namespace["latm:kinds"]
    assert isinstance(kinds, Kinds)
    assert len(kinds) <= 256


REFUSED_WHILE_RUNNING = {
    "def f():\n    setattr([], 'x', 1)\n": "attributes of 'list' cannot be set here",
    "class A: ...\ndef f():\n    setattr(A(), 'not a name', 1)\n": "use a plain identifier",
    "class A: ...\ndef f():\n    setattr(A(), '__class__', 1)\n": "'__class__' is not allowed",
    "def f():\n    getattr([], '__subclasses__')\n": "'__subclasses__' is not allowed",
    "def f():\n    getattr([], 3)\n": "attribute name must be string, not 'int'",
    "import math\ndef f():\n    math.pi += 1\n": "attributes of 'module' cannot be set here",
    "import math\ndef f():\n    del math.pi\n": "attributes of 'module' cannot be set here",
    "def g(x):\n    x.y = 1\ndef f():\n    g(len)\n": "attributes of 'builtin_function_or_method' cannot be set here",
    "def f():\n    f.x = 1\n    f.x.y = 2\n": "attributes of 'int' cannot be set here",
    "class A(str): ...\nclass B:\n    def __init__(self):\n        A.__init__(self)\ndef f():\n    B()\n": "takes the object itself",
    "def g(x):\n    x.__init__(x)\ndef f():\n    g(3)\n": None,
    "class K(type(iter([]))): ...\ndef f(): ...\n": "no class can derive from",
    "from dataclasses import dataclass\ndef f():\n    dataclass(int)\n": "class of your own",
    "def f():\n    return (1).format\n": "has no attribute 'format'",
    "def f():\n    return type(1, (), {})\n": "makes nothing here",
    "import collections.abc\ndef f():\n    return collections.abc.Sized.register(int)\n": "attribute 'register'",
    "def f():\n    return ''.nothing\n": "no attribute",
    "def f():\n    return getattr('', 'obj')\n": "no attribute 'obj'",
}


@pytest.mark.parametrize("source", [source for source, message in REFUSED_WHILE_RUNNING.items() if message])
def test_guard_refuses_when_only_running_shows_it(source):
    """What the source does not show is refused by the guards, with what to do instead."""
    with pytest.raises(Exception, match=REFUSED_WHILE_RUNNING[source]):
        value_of(source)


def test_errors_may_carry_attributes_when_guest_code_sets_them():
    """Errors, decimal contexts and text wrappers belong to whoever made them: their attributes may be set."""
    assert value_of("def f():\n    error = ValueError('x')\n    error.code = 5\n    return error.code\n") == 5


def test_register_is_read_when_the_class_is_guest_code():
    """An abstract class of the guest's own may register others; a method called `register` or `obj` is an ordinary one."""
    source = (
        "from abc import ABC\nclass A(ABC): ...\nA.register(int)\n"
        "class B:\n    def __init__(self):\n        self.obj = 3\n    def register(self, x):\n        return x\n"
        "class C(B):\n    def register(self, x):\n        return super().register(x) + 1\n"
        "def f():\n    return isinstance(1, A), B().obj, B().register(2), C().register(2), B.register(B(), 4)\n"
    )
    assert value_of(source) == (True, 3, 2, 3, 4)


def test_hidden_names_are_shown_when_a_message_holds_one():
    """A message that holds a hidden attribute name can be shown as guest code wrote it."""
    with pytest.raises(AttributeError) as caught:
        value_of("class A: ...\ndef f():\n    return A()._nothing\n")
    assert shown(str(caught.value)) == "'A' object has no attribute '_nothing'"


def test_dataclass_refuses_when_a_field_is_no_name():
    """Field names end up in code, so a class with any other annotation is refused, however it came by it."""
    from latm_magic.sandbox.runtime.classes import mark
    from latm_magic.sandbox.runtime.stdlib import dataclass

    crafted = mark(type("Crafted", (), {"__annotations__": {"a=print()": int}}))
    with pytest.raises(Refused, match="plain names"):
        dataclass(crafted)


def test_rare_forms_run_when_used():
    """Forms that hardly anyone writes behave as Python's."""
    source = (
        "class S(str): ...\n"
        "class A:\n    global __shared\n    __shared = 2\n    def get(self):\n        return 1\n"
        "def f():\n    return S('{}-{}').format(1, 2), type(*[3]) is int, A().get()\n"
    )
    assert value_of(source) == ("1-2", True, 1)


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
