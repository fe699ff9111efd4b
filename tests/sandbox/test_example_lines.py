"""What only shows a tool's use is told from what the tool needs."""

import ast

import pytest

from latm_magic.sandbox.policy.example_lines import example_lines

FUNCTION = "def f(words, sep=SEP):\n    return sep.join(words)\n"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("SEP = ' '\n" + FUNCTION, ()),
        ("SEP = ' '\n" + FUNCTION + "print(f(['a']))\n", ((4, 4),)),
        ("SEP = ' '\n" + FUNCTION + "words = ['a']\nassert f(words) == 'a'\n", ((4, 4), (5, 5))),
        ("BASE = ' '\nSEP = BASE * 2\n" + FUNCTION, ()),
        ("SEP = ' '\n" + FUNCTION + "for w in ['a']:\n    print(f(w))\n", ((4, 5),)),
        ("T = {}\nT.update(a=1)\nfor k in 'bc':\n    T[k] = 2\ndef f(k):\n    return T[k]\nf('b')\n", ((7, 7),)),
        ("'''Doc.'''\n__all__ = ['f']\nimport re\ndef f():\n    return re\nf()\n", ((6, 6),)),
        ("def f(x):\n    return x\nif __name__ == '__main__':\n    f(1)\n", ((3, 4),)),
        ("N = 0\ndef f():\n    global N\n    N += 1\nN = 5\nf()\n", ((6, 6),)),
        ("def f():\n    return 1\ndef test_f():\n    assert f()\ntest_f()\n", ((3, 4), (5, 5))),
        ("def test_it():\n    return 1\ndef f():\n    return test_it()\n", ()),
        ("try:\n    LIMIT = 3\nexcept ValueError:\n    LIMIT = 4\ndef f():\n    return LIMIT\n", ()),
        ("class A:\n    size: int = WIDTH\nWIDTH = 3\ndef f():\n    return A()\n", ()),
        ("x = 1\nprint(x)\n", ()),
        ("@cache\ndef f():\n    return 1\ndef cache(g):\n    return g\nprint(1)\npass\n", ((6, 6),)),
    ],
)
def test_statements_when_no_definition_needs_them_are_examples(source, lines):
    """Constants, tables and what fills them stay; prints, example calls and tests are named."""
    assert example_lines(ast.parse(source)) == lines
