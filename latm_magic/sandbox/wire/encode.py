"""Values on their way out: typed JSON with exact types, never a pickle. Both sides of the boundary encode.

Exact plain types are written as they stand or under a tag; subclasses are read through the base type that they extend,
so that no method of guest code is called. It does NOT limit the time that encoding takes (the worker encodes inside the
call's time) and does not read anything back (`decode` does).
"""

from __future__ import annotations

import binascii
import datetime as dt
import json
import re
import sys
from collections import OrderedDict
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Literal, cast

from latm_magic.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DEPTH = 100
"""Levels of nesting that a value may have."""
FRACTION_BITS = 100_000
"""Larger parts would make the host's greatest common divisor slow."""
PLAIN_INT = range(-(2**63), 2**63)
"""Numbers that are written as they are."""

Kind = Literal["type", "depth", "size", "damaged"]


class WireError(SandboxError):
    """A value cannot cross: of no plain type, nested too deep or too large; or what came is damaged (`kind`)."""

    kind: Kind = "damaged"


def encode(value: Any, limit: int) -> str:
    """Return `value` as ASCII JSON of at most `limit` characters; raises WireError."""
    kind = type(value)
    if kind is str and len(value) <= limit and value.isascii():
        text: str = encode_basestring_ascii(value)
    elif kind is int and value in PLAIN_INT:
        text = int.__repr__(value)
    elif kind is list and len(value) <= limit and all(type(item) is str and item.isascii() for item in value):
        # Nothing in it needs a second look: the short way for lists of words.
        text = _to_json(value)
    else:
        text = _to_json(_tagged_value(value, 0, [limit]))
    if len(text) > limit:
        raise _too_large(limit)
    return text


_to_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


# Exact types first, then base types.


def _tagged_value(value: Any, depth: int, budget: list[int]) -> Any:
    """Return `value` as what the JSON encoder takes as it stands; `budget[0]` counts down the characters left."""
    kind = type(value)
    budget[0] -= len(value) if kind is str else 1
    if budget[0] < 0:
        raise _too_large(None)
    if kind is str:
        return value if _is_plain_text(value) else {"$text": _BETWEEN_SURROGATES.split(value)}
    if kind is bool or value is None:
        return value
    if kind is int:
        return value if value in PLAIN_INT else {"$int": _hex(value, budget)}
    if kind is float:
        return value if value - value == 0 else {"$float": repr(value)}
    if depth >= MAX_DEPTH:
        raise WireError(f"a value is nested deeper than {MAX_DEPTH} levels, or contains itself", kind="depth")
    if kind is list:
        return [_tagged_value(item, depth + 1, budget) for item in value]
    if kind is dict:
        return _plain_dict(value.items(), depth + 1, budget)
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value, depth + 1, budget)
    return _tagged_value(_base_value(value, kind), depth, budget)


def _is_plain_text(text: str) -> bool:
    """Whether JSON keeps `text`: two surrogates in a row would come back as one character."""
    return text.isascii() or _BETWEEN_SURROGATES.search(text) is None


_BETWEEN_SURROGATES = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")


def _plain_dict(items: Iterable[tuple[Any, Any]], depth: int, budget: list[int]) -> Any:
    pairs = list(items)
    if all(type(key) is str and key[:1] != "$" and _is_plain_text(key) for key, _ in pairs):
        budget[0] -= sum(len(key) for key, _ in pairs)
        return {key: _tagged_value(value, depth, budget) for key, value in pairs}
    return {"$dict": [[_tagged_value(key, depth, budget), _tagged_value(value, depth, budget)] for key, value in pairs]}


def _hex(value: int, budget: list[int]) -> str:
    budget[0] -= value.bit_length() // 4
    if budget[0] < 0:
        raise _too_large(None)
    return format(value, "x")


def _too_large(limit: int | None) -> WireError:
    """Return the error for a value that passes the limit."""
    most = "the limit" if limit is None else f"the limit of {limit} bytes"
    return WireError(f"a value is larger than {most} (`answer_limit_bytes`)", kind="size")


def _tagged(tag: str, read: Callable[[Any], Iterable[Any]]) -> Callable[[Any, int, list[int]], Any]:
    def write(value: Any, depth: int, budget: list[int]) -> Any:
        return {tag: [_tagged_value(item, depth, budget) for item in read(value)]}

    return write


def _write_bytes(tag: str) -> Callable[[Any, int, list[int]], Any]:
    def write(value: bytes | bytearray, _depth: int, budget: list[int]) -> Any:
        budget[0] -= len(value)
        if budget[0] < 0:
            raise _too_large(None)
        return {tag: binascii.b2a_base64(value, newline=False).decode("ascii")}

    return write


def _write_decimal(value: Decimal, _depth: int, budget: list[int]) -> Any:
    text = Decimal.__str__(value)
    budget[0] -= len(text)
    return {"$decimal": text}


def _fraction_parts(value: Fraction) -> tuple[int, int]:
    parts = (value.numerator, value.denominator)
    if any(part.bit_length() > FRACTION_BITS for part in parts):
        raise WireError(f"a Fraction has a part of more than {FRACTION_BITS} bits", kind="size")
    return parts


def _field(kind: type, name: str) -> Callable[[Any], Any]:
    """Return the reader of a C field that no subclass can replace."""
    return cast("Callable[[Any], Any]", kind.__dict__[name].__get__)


_TIME_FIELDS = ("hour", "minute", "second", "microsecond", "fold")
_DATE_PARTS = [_field(dt.date, name) for name in ("year", "month", "day")]
TIME_PARTS = [_field(dt.time, name) for name in _TIME_FIELDS]
DATETIME_PARTS = _DATE_PARTS + [_field(dt.datetime, name) for name in _TIME_FIELDS]
_DELTA_PARTS = [_field(dt.timedelta, name) for name in ("days", "seconds", "microseconds")]
_TIME_ZONE = _field(dt.time, "tzinfo")
_DATETIME_ZONE = _field(dt.datetime, "tzinfo")


def _offset(zone: Any) -> list[int] | None:
    if zone is None:
        return None
    if type(zone) is not dt.timezone:
        name = clean(type(zone).__name__, 60)
        raise WireError(f"a time has a zone of type {name!r}; use datetime.timezone (a fixed offset)", kind="type")
    return [read(dt.timezone.utcoffset(zone, None)) for read in _DELTA_PARTS]


_WRITERS: dict[type, Callable[[Any, int, list[int]], Any]] = {
    tuple: _tagged("$tuple", tuple.__iter__),
    set: _tagged("$set", set.__iter__),
    frozenset: _tagged("$frozenset", frozenset.__iter__),
    bytes: _write_bytes("$bytes"),
    bytearray: _write_bytes("$bytearray"),
    complex: _tagged("$complex", lambda value: (value.real, value.imag)),
    Decimal: _write_decimal,
    Fraction: _tagged("$fraction", _fraction_parts),
    dt.date: _tagged("$date", lambda value: [read(value) for read in _DATE_PARTS]),
    dt.time: _tagged("$time", lambda value: [*(read(value) for read in TIME_PARTS), _offset(_TIME_ZONE(value))]),
    dt.datetime: _tagged(
        "$datetime", lambda value: [*(read(value) for read in DATETIME_PARTS), _offset(_DATETIME_ZONE(value))]
    ),
    dt.timedelta: _tagged("$timedelta", lambda value: [read(value) for read in _DELTA_PARTS]),
}


# A value that is not of an exact plain type is read through the base type that it extends.

_BASES: list[tuple[type, Callable[[Any], Any]]] = [
    (str, str.__str__),
    (int, int.__index__),
    (float, float.__float__),
    (complex, complex.__complex__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
    (list, list.copy),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (OrderedDict, lambda value: dict(OrderedDict.items(value))),
    (dict, lambda value: dict(dict.items(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    (Decimal, lambda value: Decimal(cast("Any", Decimal.as_tuple(value)))),
    (dt.datetime, lambda value: _rebuilt(dt.datetime, DATETIME_PARTS, _DATETIME_ZONE, value)),
    (dt.date, lambda value: dt.date(*(read(value) for read in _DATE_PARTS))),
    (dt.time, lambda value: _rebuilt(dt.time, TIME_PARTS, _TIME_ZONE, value)),
    (dt.timedelta, lambda value: dt.timedelta(*(read(value) for read in _DELTA_PARTS))),
]


def _rebuilt(kind: Any, parts: list[Callable[[Any], Any]], zone: Callable[[Any], Any], value: Any) -> Any:
    *fields, fold = (read(value) for read in parts)
    return kind(*fields, tzinfo=zone(value), fold=fold)


def _base_value(value: Any, kind: type) -> Any:
    # A missing date of pandas extends datetime, but its fields mean nothing.
    if kind.__name__ != "NaTType":
        for base, read in _BASES:
            if issubclass(kind, base):
                return read(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, numpy.generic):
        plain = numpy.generic.item(value)
        if type(plain) is not kind and not isinstance(plain, numpy.generic):
            return plain
    raise WireError(_no_plain_type(kind), kind="type")


def _no_plain_type(kind: type) -> str:
    name = clean(kind.__name__, 60)
    if issubclass(kind, Enum):
        hint = "use its .value"
    elif "__dataclass_fields__" in kind.__dict__:
        hint = "use dataclasses.asdict(...)"
    elif hasattr(kind, "__iter__"):
        hint = "make a list, tuple or dict of it"
    else:
        hint = "use numbers, text, bytes, lists, tuples, sets, dicts, dates, Decimal or Fraction"
    return f"a value of type {name!r} is not plain data; {hint}"


_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]+"
)


def clean(text: str, limit: int = 1000) -> str:
    """Return `text` on one line without control, direction or zero-width characters, at most `limit` characters."""
    shown = _UNSEEN.sub(" ", text[: 2 * limit]).strip()
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."
