"""Values between host and worker: what goes in comes out, and what is not plain data stays out."""

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import math
import sys
import types
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from same_value import same

from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import MAX_DEPTH, WireError, clean, encode

LIMIT = 1_000_000
ZONES = st.none() | st.timedeltas(dt.timedelta(hours=-23), dt.timedelta(hours=23)).map(dt.timezone)
HASHABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**300), 2**300)
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs"]))
    | st.binary()
    | st.complex_numbers()
    | st.decimals().filter(lambda value: not value.is_snan())
    | st.fractions()
    | st.dates()
    | st.times(timezones=ZONES)
    | st.datetimes(timezones=ZONES)
    | st.timedeltas(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$", "$int", "a", "$tuple"]), inner)
        | st.sets(HASHABLE, max_size=4)
        | st.binary().map(bytearray)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_value_when_it_crosses(value):
    """Every plain value comes back equal and of the same types."""
    assert same(value, decode(encode(value, LIMIT)))


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Word(str):  # noqa: SLOT000 - as guest code would write it
    """Lies about itself in every way that Python code can."""

    def __str__(self):
        return "LIE"

    __repr__ = __str__

    def __len__(self):
        return 0

    def __iter__(self):
        return iter("LIE")


class Items(list):
    def __iter__(self):
        while True:
            yield "LIE"

    def __len__(self):
        return 10**9


class Number(int):
    def __index__(self):
        return 666

    __int__ = __index__


class Real(float):
    def __float__(self):
        return 666.0


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Record:
    x: int = 1


class Moment(dt.datetime):
    @property
    def year(self):
        return 1


class NaTType(dt.datetime):
    pass


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Word("true"), "true"),
        (Items([1]), [1]),
        (Number(5), 5),
        (Real(0.5), 0.5),
        (Level.LOW, 1),
        (Point(1, 2), (1, 2)),
        (type("C", (complex,), {})(1, 2), 1 + 2j),
        (type("B", (bytes,), {})(b"x"), b"x"),
        (type("A", (bytearray,), {})(b"x"), bytearray(b"x")),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.Counter("aa"), {"a": 2}),
        (type("S", (set,), {"__iter__": lambda _: iter("LIE")})([1]), {1}),
        (type("F", (frozenset,), {})([1]), frozenset([1])),
        (type("D", (Decimal,), {"__str__": lambda _: "6"})("1.50"), Decimal("1.50")),
        (Moment(2024, 2, 3, 4, 5, 6, 7, dt.UTC, fold=1), dt.datetime(2024, 2, 3, 4, 5, 6, 7, dt.UTC, fold=1)),
        (type("T", (dt.date,), {})(2024, 1, 2), dt.date(2024, 1, 2)),
        (type("T", (dt.time,), {})(1, tzinfo=dt.UTC), dt.time(1, tzinfo=dt.UTC)),
        (type("T", (dt.timedelta,), {})(1), dt.timedelta(1)),
    ],
)
def test_subclass_when_it_crosses(value, plain):
    """An instance of a subclass crosses as its base type holds it, whatever its own methods say."""
    assert same(plain, decode(encode(value, LIMIT)))


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (Colour.RED, ".value"),
        (Record(), "asdict"),
        ((each for each in [1]), "make a list"),
        (len, "use numbers"),
        (object(), "use numbers"),
        (NaTType(2024, 1, 1), "'NaTType'"),
        (dt.datetime(2024, 1, 1, tzinfo=type("Z", (dt.tzinfo,), {})()), "fixed offset"),
        ([{"a": (1, [range(3)])}], "make a list"),
    ],
)
def test_value_when_it_is_not_plain(value, hint):
    """What is not plain data is refused with what to do instead."""
    with pytest.raises(WireError, match=hint) as caught:
        encode(value, LIMIT)
    assert caught.value.kind == "type"


def test_numpy_scalar_when_numpy_is_loaded():
    """A scalar of numpy crosses as the Python number that it holds, or is refused."""
    numpy = pytest.importorskip("numpy")
    assert decode(encode([numpy.int64(3), numpy.float64(0.5), numpy.bool_(1)], LIMIT)) == [3, 0.5, True]
    with pytest.raises(WireError, match="longdouble"):
        encode(numpy.longdouble(1), LIMIT)
    with pytest.raises(WireError, match="ndarray"):
        encode(numpy.zeros(2), LIMIT)


def test_value_when_numpy_is_absent(monkeypatch):
    """Without numpy an unknown type is refused all the same."""
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    with pytest.raises(WireError, match="SimpleNamespace"):
        encode(types.SimpleNamespace(), LIMIT)


def test_value_when_it_is_too_deep():
    """A value may nest to the limit and no further; one that contains itself is too deep."""
    value = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert decode(encode(value, LIMIT)) == value
    value.append(value)
    with pytest.raises(WireError) as caught:
        encode(value, LIMIT)
    assert caught.value.kind == "depth"


@pytest.mark.parametrize(
    "value",
    [
        "x" * 101,
        "\0" * 50,
        ["x" * 101],
        list(range(101)),
        [True] * 101,
        2**500,
        b"x" * 101,
        ("x" * 99,),
        {"k" * 101: 1},
        Decimal("1" * 101),
        [Decimal("1" * 99), 1, 2],
        Fraction(1, 3**100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_when_it_is_too_large(value):
    """A value that would take more than the limit is refused, however little it looks."""
    with pytest.raises(WireError) as caught:
        encode(value, 100)
    assert caught.value.kind == "size"


def test_value_when_it_multiplies():
    """A small value that holds itself many times over is refused at the limit, not written out."""
    value = [1]
    for _ in range(60):
        value = [value] * 10
    with pytest.raises(WireError) as caught:
        encode(value, LIMIT)
    assert caught.value.kind == "size"


def test_decimal_when_the_context_is_changed():
    """The person's own decimal context changes nothing."""
    value = Decimal("1.23456789E+500")
    with decimal.localcontext(decimal.Context(prec=2, Emax=10, capitals=0)):
        crossed = decode(encode(value, LIMIT))
    assert repr(crossed) == "Decimal('1.23456789E+500')"


def test_int_when_digits_are_limited():
    """A huge number crosses under any limit of digits."""
    value = 7**9000
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert decode(encode([value, -value], LIMIT)) == [value, -value]
    finally:
        sys.set_int_max_str_digits(before)


def test_float_when_it_is_special():
    """Infinities, NaN and the negative zero survive."""
    values = decode(encode([math.inf, -math.inf, math.nan, -0.0, 5e-324], LIMIT))
    assert repr(values) == "[inf, -inf, nan, -0.0, 5e-324]"


def test_clean_when_text_is_hostile():
    """Control, direction and zero-width characters go, and the length is capped."""
    assert clean("a\x1b[31m\nb\u202ec\u200bd\ud800e\x00") == "a [31m b c d e"
    assert clean("x" * 5000) == "x" * 997 + "..."
    assert clean("  ok  ") == "ok"
