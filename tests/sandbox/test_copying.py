"""Copies that guest code makes: as the originals make them, with nothing of the copying in its hands."""

from __future__ import annotations

import pytest
from guest_code import load, value_of

from latm_magic.sandbox.runtime.classes import Refused

SAME_AS_PYTHON = """
import collections, datetime, decimal, enum, fractions, functools, random, typing
from dataclasses import dataclass, field
class Plain:
    def __init__(self, x):
        self.x = x
        self._hidden = [x]
    def __eq__(self, other):
        return type(other) is Plain and (self.x, self._hidden) == (other.x, other._hidden)
    def __hash__(self):
        return 1
class Slots:
    __slots__ = ("a", "b")
    def __init__(self):
        self.a = [1]
    def __eq__(self, other):
        return self.a == other.a
class Words(list):
    pass
class Table(dict):
    pass
class Number(int):
    pass
class Name(str):
    pass
class Pair(typing.NamedTuple):
    a: int
    b: list
Point = collections.namedtuple("Point", "x y")
class Fault(ValueError):
    pass
class Missing(OSError):
    pass
class Half(fractions.Fraction):
    pass
class Money(decimal.Decimal):
    pass
class Day(datetime.date):
    pass
class Moment(datetime.datetime):
    pass
class Bag(collections.UserDict):
    pass
class Stack(collections.UserList):
    pass
class Tally(collections.Counter):
    pass
class Colour(enum.Enum):
    RED = 1
@dataclass(frozen=True, order=True)
class Frozen:
    a: int
    b: tuple = (1, [2])
@dataclass(slots=True)
class Slotted:
    a: int
    b: list = field(default_factory=list)
def double(x):
    return 2 * x
values = [
    1, "a", None, [1, [2]], (1, [2]), {"a": [1]}, {1, (2, 3)}, frozenset([1]), bytearray(b"a"), b"a", 1.5, 2j, range(3),
    collections.deque([1, [2]], 5), collections.OrderedDict(a=[1]), collections.Counter("aab"), Plain(1), Slots(),
    collections.ChainMap({"a": [1]}, {}), collections.UserDict(a=[1]), collections.UserList([1, [2]]), Words([1, [2]]),
    Table(a=[1]), Number(3), Name("n"), Pair(1, [2]), Point(1, [2]), Half(1, 2), Money("1.50"), Day(2024, 1, 2),
    Moment(2024, 1, 2, 3, tzinfo=datetime.timezone.utc), Bag(a=[1]), Stack([[1]]), Tally("aab"), Colour.RED, Frozen(1),
    Slotted(1, [2]), double, len, Plain, decimal.Decimal("1"), fractions.Fraction(1, 2), datetime.date(2024, 1, 2),
    datetime.timedelta(1), {(1, 2): {"a": (Plain(2), [Words()])}}, collections.defaultdict(list, a=[1]),
]
"""


@pytest.mark.parametrize("way", ["copy", "deepcopy"])
def test_copies_equal_when_made_of_every_kind_of_value(way):
    """A copy is of the same class, equals its original, and is another object where it can be changed."""
    namespace = load(
        f"{SAME_AS_PYTHON}\nfrom copy import {way} as made\ndef f():\n    return [made(v) for v in values]\n"
    )
    values, copies = namespace["values"], namespace["f"]()
    assert [type(value) for value in values] == [type(made) for made in copies]
    assert values == copies
    changing = [
        (value, made)
        for value, made in zip(values, copies, strict=True)
        if hasattr(value, "append") or hasattr(value, "x")
    ]
    assert all(value is not made for value, made in changing if not isinstance(value, tuple | type))


HONEST = {
    "parts are copied": (
        (
            "class A:\n    def __init__(self):\n        self.x = [[1]]\ndef f():\n    a = A()\n    b, c = copy.copy(a), copy.deepcopy(a)\n"
            "    return b.x is a.x, c.x == a.x, c.x[0] is a.x[0]\n"
        ),
        (True, True, False),
    ),
    "cycles": (
        (
            "class N:\n    pass\ndef f():\n    a, b = N(), N()\n    a.to, b.to, a.all = b, a, [a, b, (a, [a])]\n    a.all.append(a.all)\n"
            "    c = copy.deepcopy(a)\n    return c is a, c.to.to is c, c.all[0] is c, c.all[2][1][0] is c, c.all[3] is c.all\n"
        ),
        (False, True, True, True, True),
    ),
    "shared parts stay shared": (
        "def f():\n    x = [1]\n    y = copy.deepcopy([x, x, {'a': x}])\n    return y[0] is y[1] is y[2]['a'], y[0] is x\n",
        (True, False),
    ),
    "own deepcopy with a memo": (
        (
            "class N:\n    def __init__(self):\n        self.to = [self, [1]]\n    def __deepcopy__(self, memo):\n"
            "        made = N()\n        memo[id(self)] = made\n"
            "        made.to = copy.deepcopy(self.to, memo)\n        return made\n"
            "def f():\n    a = N()\n    b = copy.deepcopy([a, a])\n    return b[0] is b[1], b[0].to[0] is b[0], b[0] is a, b[0].to[1] is a.to[1]\n"
        ),
        (True, True, False, False),
    ),
    "own copy": (
        (
            "class A:\n    def __copy__(self):\n        return 'mine'\n    def __deepcopy__(self, memo):\n        return 'deep'\n"
            "def f():\n    return copy.copy(A()), copy.deepcopy(A()), copy.deepcopy({'a': (A(),)})\n"
        ),
        ("mine", "deep", {"a": ("deep",)}),
    ),
    "bound methods follow": (
        (
            "class A:\n    def __init__(self):\n        self.n = 0\n        self.go = self.add\n    def add(self):\n        self.n += 1\n"
            "def f():\n    a = A()\n    b = copy.deepcopy(a)\n    b.go()\n    return a.n, b.n\n"
        ),
        (0, 1),
    ),
    "errors": (
        (
            "class E(ValueError):\n    pass\nclass O(OSError):\n    pass\ndef f():\n    e = E('a', [1])\n    e.x = [2]\n    d = copy.deepcopy([e, KeyError('k'), O(2, 'no')])\n"
            "    return d[0].args, d[0].x is e.x, str(d[1]), str(d[2])\n"
        ),
        (("a", [1]), False, "'k'", "[Errno 2] no"),
    ),
    "generators of numbers": (
        (
            "import random\nclass R(random.Random):\n    pass\ndef f():\n    a, b = random.Random(1), R(2)\n    c, d = copy.deepcopy([a, b])\n"
            "    return a.random() == c.random(), b.random() == d.random(), copy.copy(a).random() == a.random()\n"
        ),
        (True, True, True),
    ),
    "asdict and astuple": (
        (
            "from dataclasses import dataclass, asdict, astuple\nfrom collections import namedtuple, defaultdict\nP = namedtuple('P', 'x')\n"
            "@dataclass\nclass B:\n    _n: int = 1\n@dataclass\nclass A:\n    b: B\n    c: list\n    d: dict\n"
            "def f():\n    a = A(B(), [B(2), P([1])], {'k': (B(3),), 1: {2}})\n    return asdict(a), astuple(a), asdict(B(), dict_factory=list)\n"
        ),
        (
            {"b": {"_n": 1}, "c": [{"_n": 2}, ([1],)], "d": {"k": ({"_n": 3},), 1: {2}}},
            ((1,), [(2,), ([1],)], {"k": ((3,),), 1: {2}}),
            [("_n", 1)],
        ),
    ),
    "wrappers and templates": (
        (
            "import textwrap, string, functools\ndef f():\n    w = textwrap.TextWrapper(width=3)\n    v = copy.deepcopy(w)\n    w.width = 9\n"
            "    return v.width, copy.copy(string.Template('$a')).substitute(a=1), copy.deepcopy(functools.partial(max, 3))(2)\n"
        ),
        (3, "1", 3),
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_copying_does_what_makers_use_it_for(name):
    """What tools copy comes out as Python's own copies."""
    source, want = HONEST[name]
    assert value_of(f"import copy\n{source}") == want
    namespace = {}
    exec(f"import copy\n{source}", namespace)
    assert namespace["f"]() == want


def test_copying_is_refused_when_the_content_cannot_be_read():
    """A guest's subclass of what keeps its content in C is not copied half."""
    with pytest.raises(Refused, match="cannot be copied here"):
        value_of("import copy\nclass P(property):\n    pass\ndef f():\n    return copy.deepcopy([P(len)])\n")
    with pytest.raises(TypeError, match="called on dataclass instances"):
        value_of("from dataclasses import asdict\ndef f():\n    return asdict(3)\n")
