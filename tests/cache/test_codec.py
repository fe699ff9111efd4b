"""Records come back from JSON exactly as they were, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_shape import shape_of
from sample_tool import sample_tool

from latm_magic.cache.codec import (
    CodecError,
    UnknownToThisVersion,
    as_plain,
    build,
    decode,
    encode,
    from_bytes,
    to_bytes,
)
from latm_magic.provenance import Provenance
from latm_magic.task import Instance
from latm_magic.tool import ToolVersion
from latm_magic.verification import SampleResult, Verification

ANY_TEXT = st.text(alphabet=st.characters())


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_survives(question, answer):
    """Every text that Python can hold, lone surrogates and NUL among them, comes back as it was."""
    sample = Instance(question, answer)
    assert decode(Instance, encode(sample)) == sample


def test_two_lone_surrogates_in_a_row_stay_two():
    """A pair of lone surrogates is not joined into the character that they would spell."""
    sample = Instance("\ud83d\ude00")
    assert len(decode(Instance, encode(sample)).question) == 2


def test_a_whole_tool_survives():
    """A tool with every kind of field comes back equal."""
    tool = sample_tool(earlier=(Instance("old", None),), provenance=Provenance("you", cost_usd=None))
    assert decode(ToolVersion, encode(tool)) == tool


def test_a_field_with_a_default_may_be_absent():
    """A key that a later version added is filled with its default when an older record lacks it."""
    assert decode(Instance, b'{"question":"q"}') == Instance("q")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"question":"q","colour":"red"}', "unknown key 'colour'"),
        (b'{"answer":"a"}', "no 'question'"),
        (b'{"question":1}', "question: 1 where text belongs"),
        (b'{"question":null}', "question: None where text belongs"),
        (b'["q"]', "['q'] where a record belongs"),
        (b"", "Expecting value"),
        (b"\xff\xfe", "not text"),
        (b"{" * 10, "Expecting property name"),
        (b"[" * 100_000, "recursion"),
        ("text", "not text"),
    ],
)
def test_what_is_not_the_record_is_refused(content, why):
    """Unknown keys, missing keys, wrong kinds, broken and bottomless JSON are all refused, saying why."""
    with pytest.raises(CodecError) as caught:
        decode(Instance, content)
    assert why in str(caught.value)


def test_a_long_wrong_value_is_shown_short():
    """The message about a megabyte in the wrong place is not a megabyte."""
    with pytest.raises(CodecError) as caught:
        build(Instance, {"question": b"x" * 1_000_000})
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seconds": "1"}, "seconds: '1' where a number belongs"),
        ({"seconds": True}, "seconds: True where a number belongs"),
        ({"outcome": "perfect"}, "outcome: 'perfect' is none of error, out of time, refused, right, wrong"),
        ({"outcome": 1}, "outcome: 1 is none of"),
        ({"got": 5}, "got: 5 where text belongs"),
        ({"seconds": float("nan")}, "Out of range float values"),
        ({"call": {"a", "set"}}, "not JSON serializable"),
    ],
)
def test_a_record_with_a_wrong_value_is_not_written(changes, why):
    """What could not be read again is refused when it is written, with its place."""
    result = replace(SampleResult("q", "w", "demonstration", "right"), **changes)
    with pytest.raises(CodecError) as caught:
        encode(Verification((result,)))
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("record", "content"),
    [
        (Instance, b'{"question":"q","colour":"red"}'),
        (Instance, b'{"question":"q","expects":"a drawing"}'),
        (Verification, b'{"samples":[{"question":"","wanted":"","role":"dreamt","outcome":"right"}]}'),
        (Verification, b'{"samples":[{"question":"","wanted":"","role":"earlier","outcome":"right","mood":1}]}'),
    ],
)
def test_a_key_or_a_word_of_a_newer_version_is_told_from_damage(record, content):
    """What a newer version may have written is an error of its own, wherever in the record it stands."""
    with pytest.raises(UnknownToThisVersion):
        decode(record, content)


@pytest.mark.parametrize("content", [b'{"question":1}', b'{"question":"q","expects":1}', b"{}", b"[]", b"{"])
def test_damage_is_not_taken_for_a_newer_version(content):
    """A value of the wrong type, a missing key and broken JSON are plain errors."""
    with pytest.raises(CodecError) as caught:
        decode(Instance, content)
    assert type(caught.value) is CodecError


def test_what_is_at_its_default_is_not_written():
    """An older version can read a record that does not use what a newer one added; a value like its default stays."""
    assert encode(Instance("q", "a")) == b'{"question":"q","answer":"a"}'
    assert encode(Instance("q", None, "refusal")) == b'{"question":"q","expects":"refusal"}'
    assert as_plain(Instance("q")) == {"question": "q", "answer": None, "expects": "answer"}


def test_a_list_where_a_list_belongs_only():
    """A list field takes nothing else."""
    with pytest.raises(CodecError, match="samples: 5 where a list belongs"):
        decode(Verification, b'{"samples":5}')


def test_a_boolean_is_no_integer():
    """True is not taken for 1."""
    with pytest.raises(CodecError, match="attempts: True where an integer belongs"):
        encode(Provenance("you", attempts=True))


def test_an_integer_is_read_as_a_float_where_one_belongs():
    """JSON of another writer may say 1 for 1.0."""
    seconds = decode(
        SampleResult, b'{"question":"","wanted":"","role":"earlier","outcome":"right","seconds":1}'
    ).seconds
    assert (seconds, type(seconds)) == (1.0, float)


def test_constants_that_are_no_json_are_refused():
    """NaN and Infinity, which Python's reader takes, are refused."""
    with pytest.raises(CodecError, match="NaN is not a number"):
        decode(Provenance, b'{"maker":"you","cost_usd":NaN}')


def test_a_field_that_cannot_be_stored_is_our_mistake():
    """A record with a field of a kind that the codec does not know is a TypeError and no CodecError."""

    @dataclass
    class Odd:
        field: complex

    Odd.__annotations__["field"] = complex
    with pytest.raises(TypeError, match="complex"):
        decode(Odd, b"{}")


def test_bytes_and_text_are_each_others_reverse():
    """What `to_bytes` gives, `from_bytes` reads."""
    assert from_bytes(to_bytes("\ud800 \0 é")) == "\ud800 \0 é"


def test_the_shape_of_a_record_tells_its_fields():
    """The shape names every field with its kind, records inside records included."""
    shape = shape_of(Verification)
    assert shape["min_accuracy"] == "float"
    assert shape["samples"][0]["got"] == "str | None"
