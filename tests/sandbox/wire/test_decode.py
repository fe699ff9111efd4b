"""What a worker could send in place of values: whatever was never written is refused."""

import contextlib
import json
import sys

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
    numbers = [{"$int": format(prime * each, "x")} for each in range(1001)]
    for content in ({"$set": numbers}, {"$dict": [[number, 1] for number in numbers]}):
        with pytest.raises(WireError):
            decode(json.dumps(content))
    assert len(decode(encode(set(range(5000)), LIMIT))) == 5000
