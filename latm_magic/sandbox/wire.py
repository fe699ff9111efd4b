"""Values and frames between the parent and a worker: typed JSON with exact types, never a pickle.

Both sides use this file. `to_text` reads a value through its base type only, never through a method that guest code
could have written; `from_text` trusts nothing and ends in `WireError` or in plain data. How long encoding may take is
the caller's business (the worker encodes inside the call's time limit); what a message means is in `worker` and `pool`.
"""

from __future__ import annotations

import binascii
import datetime as dt
import json
import re
import struct
import sys
from collections import Counter, OrderedDict
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Literal, cast

from latm_magic.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["MAX_DEPTH", "FrameReader", "WireError", "clean", "frame", "from_text", "to_text"]

MAX_DEPTH = 100
"""Levels of nesting that a value may have."""
_HEADER = struct.Struct(">I")
_FRACTION_BITS = 100_000
"""Larger parts would make the parent's greatest common divisor slow."""
_MANY = 1000
"""Sets and dicts with more elements are looked at for colliding hashes before they are built."""
_PLAIN_INT = range(-(2**63), 2**63)

Kind = Literal["type", "depth", "size", "damaged"]


class WireError(SandboxError):
    """A value cannot cross: of no plain type, nested too deep or too large; or what came is damaged (`kind`)."""

    kind: Kind = "damaged"


def to_text(value: Any, limit: int) -> str:
    """Give `value` as ASCII JSON of at most `limit` characters; raises WireError."""
    if type(value) is str and len(value) <= limit:
        text: str = encode_basestring_ascii(value)
    else:
        text = _to_json(_plain(value, 0, [limit]))
    if len(text) > limit:
        raise _too_large(limit)
    return text


def from_text(text: str | bytes) -> Any:
    """Give the value that `to_text` was given; raises WireError for anything that it would not have written."""
    try:
        return _from_json(text if isinstance(text, str) else text.decode("ascii"))
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
        raise WireError(f"A message between sandbox and worker is damaged: {type(error).__name__}.") from None


def frame(text: str) -> bytes:
    """Give ASCII `text` as one frame: its length in four bytes, then itself."""
    return _HEADER.pack(len(text)) + text.encode("ascii")


class FrameReader:
    """Cuts a stream of bytes into frames and refuses one that announces more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Give the next whole frame's content, or None when more bytes are needed; raises WireError."""
        buffer = self._buffer
        if len(buffer) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(buffer)
        if length > self._limit:
            raise WireError(f"A worker announced a message of {length} bytes; {self._limit} are allowed.", kind="size")
        end = _HEADER.size + length
        if len(buffer) < end:
            return None
        content = bytes(memoryview(buffer)[_HEADER.size : end])
        del buffer[:end]
        return content


_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]+"
)


def clean(text: str, limit: int = 1000) -> str:
    """Give `text` on one line without control, direction or zero-width characters, at most `limit` characters."""
    shown = _UNSEEN.sub(" ", text[: 2 * limit]).strip()
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


# Encoding: exact types first, then base types.


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    """Give `value` as what the JSON encoder takes as it stands; `budget[0]` counts down what it may take."""
    kind = type(value)
    budget[0] -= len(value) if kind is str else 1
    if budget[0] < 0:
        raise _too_large(None)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if value in _PLAIN_INT else {"$int": _hex(value, budget)}
    if kind is float:
        return value if value - value == 0 else {"$float": repr(value)}
    if depth >= MAX_DEPTH:
        raise WireError(f"a value is nested deeper than {MAX_DEPTH} levels, or contains itself", kind="depth")
    if kind is list:
        return [_plain(item, depth + 1, budget) for item in value]
    if kind is dict:
        return _plain_dict(value.items(), depth + 1, budget)
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value, depth + 1, budget)
    return _plain(_base_value(value, kind), depth, budget)


def _plain_dict(items: Iterable[tuple[Any, Any]], depth: int, budget: list[int]) -> Any:
    pairs = list(items)
    if all(type(key) is str and key[:1] != "$" for key, _ in pairs):
        budget[0] -= sum(len(key) for key, _ in pairs)
        return {key: _plain(value, depth, budget) for key, value in pairs}
    return {"$dict": [[_plain(key, depth, budget), _plain(value, depth, budget)] for key, value in pairs]}


def _hex(value: int, budget: list[int]) -> str:
    budget[0] -= value.bit_length() // 4
    if budget[0] < 0:
        raise _too_large(None)
    return format(value, "x")


def _too_large(limit: int | None) -> WireError:
    most = "the limit" if limit is None else f"the limit of {limit} bytes"
    return WireError(f"a value is larger than {most} (`answer_limit_bytes`)", kind="size")


def _tagged(tag: str, read: Callable[[Any], Iterable[Any]]) -> Callable[[Any, int, list[int]], Any]:
    def write(value: Any, depth: int, budget: list[int]) -> Any:
        return {tag: [_plain(item, depth, budget) for item in read(value)]}

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
    if any(part.bit_length() > _FRACTION_BITS for part in parts):
        raise WireError(f"a Fraction has a part of more than {_FRACTION_BITS} bits", kind="size")
    return parts


def _field(kind: type, name: str) -> Callable[[Any], Any]:
    """Give the reader of a C field that no subclass can replace."""
    return cast("Callable[[Any], Any]", kind.__dict__[name].__get__)


_TIME_FIELDS = ("hour", "minute", "second", "microsecond", "fold")
_DATE_PARTS = [_field(dt.date, name) for name in ("year", "month", "day")]
_TIME_PARTS = [_field(dt.time, name) for name in _TIME_FIELDS]
_DATETIME_PARTS = _DATE_PARTS + [_field(dt.datetime, name) for name in _TIME_FIELDS]
_DELTA_PARTS = [_field(dt.timedelta, name) for name in ("days", "seconds", "microseconds")]
_TIME_ZONE = _field(dt.time, "tzinfo")
_DATETIME_ZONE = _field(dt.datetime, "tzinfo")


def _offset(zone: Any) -> tuple[int, ...] | None:
    if zone is None:
        return None
    if type(zone) is not dt.timezone:
        name = clean(type(zone).__name__, 60)
        raise WireError(f"a time has a zone of type {name!r}; use datetime.timezone (a fixed offset)", kind="type")
    return tuple(read(dt.timezone.utcoffset(zone, None)) for read in _DELTA_PARTS)


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
    dt.time: _tagged("$time", lambda value: [*(read(value) for read in _TIME_PARTS), _offset(_TIME_ZONE(value))]),
    dt.datetime: _tagged(
        "$datetime", lambda value: [*(read(value) for read in _DATETIME_PARTS), _offset(_DATETIME_ZONE(value))]
    ),
    dt.timedelta: _tagged("$timedelta", lambda value: [read(value) for read in _DELTA_PARTS]),
}


# What is no exact plain type is read through the base type that it extends.

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
    (dt.datetime, lambda value: _rebuilt(dt.datetime, _DATETIME_PARTS, _DATETIME_ZONE, value)),
    (dt.date, lambda value: dt.date(*(read(value) for read in _DATE_PARTS))),
    (dt.time, lambda value: _rebuilt(dt.time, _TIME_PARTS, _TIME_ZONE, value)),
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
    return f"a value of type {name!r} is no plain data; {hint}"


# Decoding: bottom-up, each tag with its own strict reader.


def _damaged(_content: object = None) -> Any:
    raise WireError("A message between sandbox and worker is damaged: it holds what is never written.")


def _revive(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((key, content),) = found.items()
        if key[:1] == "$":
            return _READERS.get(key, _damaged)(content)
    elif any(key[:1] == "$" for key in found):
        _damaged()
    return found


def _items(content: Any) -> list[Any]:
    return content if type(content) is list else _damaged()


def _hashed(content: Any) -> list[Any]:
    """Refuse many elements of one hash: building the set would take the parent minutes."""
    items = _items(content)
    if len(items) > _MANY and max(Counter(map(hash, items)).values()) > _MANY // 10:
        _damaged()
    return items


def _typed(content: Any, kind: type, length: int) -> list[Any]:
    items = _items(content)
    return items if len(items) == length and all(type(item) is kind for item in items) else _damaged()


def _text_like(pattern: str) -> Callable[[Any], str]:
    whole = re.compile(pattern, re.IGNORECASE | re.ASCII)
    return lambda content: content if type(content) is str and whole.fullmatch(content) else _damaged()


_integer_text = _text_like(r"-?[0-9a-f]+")
_float_text = _text_like(r"nan|-?inf")
_decimal_text = _text_like(r"-?(\d+(\.\d+)?(E[+-]?\d+)?|Infinity|s?NaN\d*)")
_base64_text = _text_like(r"[A-Za-z0-9+/]*={0,2}")
# The person's own decimal context must change nothing here.
_EXACT = Context(Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation])


def _read_dict(content: Any) -> dict[Any, Any]:
    pairs = _items(content)
    if not all(type(pair) is list and len(pair) == 2 for pair in pairs):  # noqa: PLR2004 - key and value
        _damaged()
    _hashed([key for key, _ in pairs])
    return dict(pairs)


def _read_bytes(content: Any) -> bytes:
    return binascii.a2b_base64(_base64_text(content), strict_mode=True)


def _read_fraction(content: Any) -> Fraction:
    parts = _typed(content, int, 2)
    return Fraction(*parts) if max(part.bit_length() for part in parts) <= _FRACTION_BITS else _damaged()


def _zoned(kind: Any, content: Any, length: int) -> Any:
    *fields, offset = _items(content)
    *numbers, fold = _typed(fields, int, length)
    zone = None if offset is None else dt.timezone(dt.timedelta(*_offset_numbers(offset)))
    return kind(*numbers, tzinfo=zone, fold=fold)


def _offset_numbers(offset: Any) -> list[int]:
    return _typed(list(offset), int, len(_DELTA_PARTS)) if type(offset) is tuple else _damaged()


_READERS: dict[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(_integer_text(content), 16),
    "$float": lambda content: float(_float_text(content)),
    "$complex": lambda content: complex(*_typed(content, float, 2)),
    "$tuple": lambda content: tuple(_items(content)),
    "$set": lambda content: set(_hashed(content)),
    "$frozenset": lambda content: frozenset(_hashed(content)),
    "$dict": _read_dict,
    "$bytes": _read_bytes,
    "$bytearray": lambda content: bytearray(_read_bytes(content)),
    "$decimal": lambda content: Decimal(_decimal_text(content), _EXACT),
    "$fraction": _read_fraction,
    "$date": lambda content: dt.date(*_typed(content, int, 3)),
    "$time": lambda content: _zoned(dt.time, content, len(_TIME_PARTS)),
    "$datetime": lambda content: _zoned(dt.datetime, content, len(_DATETIME_PARTS)),
    "$timedelta": lambda content: dt.timedelta(*_typed(content, int, 3)),
}

_to_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode
_from_json = json.JSONDecoder(object_hook=_revive, parse_constant=_damaged).decode
