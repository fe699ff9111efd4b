"""Literals written for people and read from strangers."""

import ast

import pytest

from latm_magic.sharing.literals import AssignmentReader, NotLiteral, literal, quoted

TEXTS = [
    "",
    "a",
    "it's",
    'say "x"',
    "'\"",
    "two\nlines\n",
    "\0\ud800\u202e{x} $y ```",
    "\\",
    "\\n",
    "a\r\nb\rc",
    "x\u2028y\x0bz",
    "'''",
    '"""',
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_when_written_and_read_is_the_same(text):
    """Every text comes back, over several lines as well as in one, and Python itself reads the same."""
    written = f"x = [({literal(text, '    ')}, {quoted(text)})]"
    assert AssignmentReader().read(written) == {"x": [(text, text)]}
    assert ast.literal_eval(written.removeprefix("x = ")) == [(text, text)]
    assert "\n" not in quoted(text)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[1, -2.5e3, .5, 1_000, True, False, None]", [1, -2500.0, 0.5, 1000, True, False, None]),
        ("(1)", 1),
        ("(1,)", (1,)),
        ("()", ()),
        ("{}", {}),
        ('{"kind": "int", "examples": [("q", "1"),],}', {"kind": "int", "examples": [("q", "1")]}),
        ("[ # a comment\n 'a' # another\n 'b' \\\n 'c']", ["abc"]),
        ("r'\\d' '''x'y''' \"\"\"z\nz\"\"\"", "\\dx'yz\nz"),
        (r"'\d'", "\\d"),
        ("[[[[[[1]]]]]]", [[[[[[1]]]]]]),
    ],
)
def test_a_literal_when_read_is_what_python_reads(source, value):
    """Lists, pairs, dicts, numbers, comments and texts side by side are read as Python does."""
    assert AssignmentReader().read(f"a = 1\nx = {source}\n") == {"a": 1, "x": value}


@pytest.mark.parametrize(
    "source",
    [
        "x = __import__('os').system('id')",
        "x = [1] * 10**9",
        "x = f'{a}'",
        "x = b'a'",
        "x = (lambda: 1)()",
        "x = a",
        "x = 1 + 1",
        "x = {1, 2}",
        "x = {'a'}",
        "x = {'a': 1 'b': 2}",
        "x = {1: 2}",
        "x = [1 2]",
        "x = [1, 2",
        "x = [,]",
        "x = [1}",
        "x = 'a",
        "x = '''a",
        "x = '\0'",
        "x = '\\N{NO SUCH}'",
        "x = 1.2.3",
        "x = 1a",
        "x = " + "9" * 5000,
        "x = " + "[" * 100_000,
        "x = [[[[[[[[1]]]]]]]]",
        "x == 1",
        "x: int = 1",
        "x",
        "True = 1",
        "import os",
        "print(1)",
        "!touch canary",
        "%time",
        "x = 1; y = 2",
        "x = []\nx.append(1)",
    ],
)
def test_a_text_when_it_is_more_than_literals_is_refused(source):
    """Names, calls, operators, magics and whatever else nobody listed are refused, with the line."""
    with pytest.raises(NotLiteral, match=r"line \d+"):
        AssignmentReader().read(source)


def test_a_source_when_it_has_too_many_parts_is_refused_soon():
    """Millions of empty texts in a row are not read to their end, nor is one source after another."""
    reader = AssignmentReader(most=1000)
    assert reader.read("x = 'a' 'b'") == {"x": "ab"}
    for source in ("x = " + '""' * 2_000_000, "y = [1]", "y = [1]"):
        with pytest.raises(NotLiteral, match="one part too many"):
            reader.read(source)
    assert reader.read("x = 'a' 'b'") == {"x": "ab"}
