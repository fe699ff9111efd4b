"""What is read of guest functions without running them."""

from __future__ import annotations

import pytest

from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.records import SignatureParameter


def test_signatures_are_read_when_a_source_is_compiled():
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
