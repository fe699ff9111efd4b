"""What a worker could send in place of values: whatever was never written is refused."""

import contextlib
import json
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from same_value import same

from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import WireError, encode

LIMIT = 1_000_000
TAGS = ["int", "float", "complex", "tuple", "set", "frozenset", "dict", "bytes", "bytearray", "decimal", "fraction"]
TAGS += ["date", "time", "datetime", "timedelta", "text", "none", ""]
MADE_UP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(TAGS).map("$".__add__), inner, max_size=2)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(MADE_UP)
def test_json_when_it_is_made_up(value):
    """JSON that nobody wrote ends in WireError or in plain data that can be written again."""
    try:
        decoded = decode(json.dumps(value))
    except WireError:
        return
    assert same(decoded, decode(encode(decoded, 10 * LIMIT)))


@given(st.binary())
def test_bytes_when_they_are_noise(data):
    """Bytes that are no message end in WireError or in a plain number or the like."""
    with contextlib.suppress(WireError):
        assert decode(data) is not Ellipsis


@pytest.mark.parametrize(
    "text",
    [
        "",
        "é".encode(),
        "NaN",
        "[1",
        '{"$text":[1]}',
        "[" * 100_000,
        "1" * 5000,
        '{"$none":1}',
        '{"$int":"ff","a":1}',
        '{"$int":255}',
        '{"$int":"0xff"}',
        '{"$int":"1_0"}',
        '{"$float":"1.5"}',
        '{"$complex":[1,2]}',
        '{"$complex":[1.0]}',
        '{"$tuple":{}}',
        '{"$set":[[1]]}',
        '{"$dict":[[1]]}',
        '{"$dict":[[[],1]]}',
        '{"$dict":1}',
        '{"$bytes":"A"}',
        '{"$bytes":"A\\n"}',
        '{"$decimal":"1_0"}',
        '{"$decimal":"one"}',
        '{"$decimal":"1E99999999999999999999"}',
        '{"$fraction":[1,0]}',
        '{"$fraction":[1.0,2]}',
        '{"$fraction":[1,{"$int":"1' + "0" * 50_000 + '"}]}',
        '{"$date":[2024,13,1]}',
        '{"$date":[true,1,1]}',
        '{"$time":[25,0,0,0,0,null]}',
        '{"$time":[]}',
        '{"$time":[1,0,0,0,0,[9,0,0]]}',
        '{"$time":[1,0,0,0,0,5]}',
        '{"$datetime":[2024,1,1,0,0,0,0,2,null]}',
        '{"$timedelta":[1e9,0,0]}',
        '{"$timedelta":[9999999999,0,0]}',
    ],
    ids=lambda text: repr(text[:30]),
)
def test_text_when_it_is_damaged(text):
    """Text that `encode` would not have written is refused as damaged."""
    with pytest.raises(WireError) as caught:
        decode(text)
    assert caught.value.kind == "damaged"


def test_set_when_its_elements_collide():
    """Elements made to have one hash are refused before a set of them is built."""
    prime = sys.hash_info.modulus
    numbers = [{"$int": format(prime * each, "x")} for each in range(40)]
    for content in ({"$set": numbers}, {"$dict": [[number, 1] for number in numbers]}):
        with pytest.raises(WireError):
            decode(json.dumps(content))
    assert len(decode(encode(set(range(5000)), LIMIT))) == 5000


P = sys.hash_info.modulus


def nested(depth, start=0):
    """Return a frozenset of frozensets, each level's elements with one hash."""
    if depth == 0:
        return start * P
    return frozenset(nested(depth - 1, start * 3 + each) for each in range(3))


SLOW = {
    "fractions before the difference": {(*(Fraction(1, 3),) * 40, each * P) for each in range(5)},
    "many small sets": [{(*(Fraction(1, 3),) * 40, P * each) for each in range(20)} for _ in range(9)],
    "a large number beside a decimal": {Decimal(1), (1 << 40_000) // P * P + 1},
    "a large decimal beside a number": {Decimal(P * 10**400), 0},
    "the power of a decimal": {Decimal("1E999999"): 0, pow(10, 999_999, P): 1},
    "sets of sets": {nested(3, each) for each in range(3)},
    "keys of a dict": {each * P: each for each in range(33)},
    "wide sets": {frozenset([P * each, *range(9)]) for each in range(10, 20)},
}


@pytest.mark.parametrize("name", SLOW)
def test_elements_when_they_are_slow_to_compare(name):
    """Elements of one hash whose comparison costs more than reading them are refused, from any number on."""
    with pytest.raises(WireError):
        decode(encode(SLOW[name], 10 * LIMIT))


@pytest.mark.parametrize(
    "value",
    [
        {-1, -2, 0, 1},
        {Decimal(-1), Decimal(-2), Fraction(-1, 2)},
        set(product(range(-3, 4), repeat=5)),
        set(product([-1, -2], repeat=5)),
        {(x, y): x for x in range(-9, 9) for y in range(-9, 9)},
        {frozenset([(x, y), (x + 1, y)]) for x in range(-5, 5) for y in range(-5, 5)},
        {frozenset([-1]), frozenset([-2])},
        {(Fraction(x), Fraction(y)) for x in range(-3, 3) for y in range(-3, 3)},
        {Decimal(10**300), Fraction(10**300, 7), 10**300 + 1},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_elements_when_their_hashes_collide_by_chance(value):
    """What honest tools return is read: -1 and -2 have one hash, and all that is made of them."""
    assert decode(encode(value, 10 * LIMIT)) == value
