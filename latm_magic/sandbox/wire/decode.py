"""Values on their way in: what a JSON decoder finds, tag by tag back to the types that `encode` wrote.

It trusts nothing: other tags, other types or other lengths than `encode` writes end in `WireError`.
"""

from __future__ import annotations

import binascii
import datetime as dt
import json
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.wire.encode import DATETIME_PARTS, FRACTION_BITS, TIME_PARTS, WireError

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_EQUAL_HASHES = 32
"""Elements of one set or dict that may share a hash: small numbers do, as hash(-1) == hash(-2)."""
_MOST_EQUAL_HEAVY = 4
"""The same for elements that hold what is slow to compare."""
_BITS = 256
"""Larger numbers never share a hash by chance; comparing one with a Decimal takes the square of its length."""


_TOO_SLOW = (
    "a set or dict cannot be returned where many elements share a hash, or few that are slow to compare; return a list"
)
_HASHED = ('{"$set":', '{"$frozenset":', '{"$dict":')
"""How what `encode` writes of a set or dict begins; inside a text the quotes are escaped."""


def check(text: str) -> None:
    """Raise WireError, of kind "type", where `text` that `encode` wrote holds a set or dict that `decode` refuses."""
    if any(tag in text for tag in _HASHED):
        decode(text)


def decode(text: str | bytes) -> Any:
    """Return the value that `encode` was given; raises WireError for anything that it would not have written."""
    try:
        return _from_json(text if isinstance(text, str) else text.decode("ascii"))
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
        raise WireError(f"A message between sandbox and worker is damaged: {type(error).__name__}.") from None


# Bottom-up, each tag with its own strict reader.


def _refuse(_content: object = None) -> Any:
    """Raise WireError."""
    raise WireError("A message between sandbox and worker is damaged: it holds what is never written.")


def _untagged(found: dict[str, Any]) -> Any:
    """Return the value that a JSON object stands for; raises WireError."""
    if len(found) == 1:
        ((key, content),) = found.items()
        if key[:1] == "$":
            read = _READERS.get(key)
            return _refuse() if read is None else read(content)
    elif any(key[:1] == "$" for key in found):
        _refuse()
    return found


def _items(content: Any) -> list[Any]:
    return content if type(content) is list else _refuse()


def _hashed(content: Any) -> list[Any]:
    """Refuse elements that cost more than their size: those of one hash are compared each with each."""
    items = _items(content)
    hashes = [hash(item) for item in items]
    if len(set(hashes)) < len(items):
        groups: dict[int, list[Any]] = {}
        for item, key in zip(items, hashes, strict=True):
            groups.setdefault(key, []).append(item)
        for group in groups.values():
            if len(group) > _MOST_EQUAL_HASHES or (len(group) > 1 and not _is_cheap(group)):
                raise WireError(_TOO_SLOW, kind="type")
    return items


def _is_cheap(group: list[Any]) -> bool:
    """Whether elements of one hash are quickly compared: no large numbers, no sets in sets, few that are slow at it."""
    waiting, is_heavy = [(item, False) for item in group], False
    while waiting:
        item, is_in_set = waiting.pop()
        if isinstance(item, frozenset):
            if is_in_set:
                return False
            is_heavy = is_heavy or len(item) > _MOST_EQUAL_HEAVY
            waiting += [(part, True) for part in item]
        elif isinstance(item, tuple):
            waiting += [(part, is_in_set) for part in item]
        elif isinstance(item, int):
            if item.bit_length() > _BITS:
                return False
        elif isinstance(item, Fraction):
            is_heavy = True
            waiting += [(item.numerator, True), (item.denominator, True)]
        elif isinstance(item, Decimal):
            is_heavy = True
            if len(item.as_tuple().digits) > _BITS or (item.is_finite() and abs(item.adjusted()) > _BITS):
                return False
    return not is_heavy or len(group) <= _MOST_EQUAL_HEAVY


def _typed(content: Any, kind: type, length: int) -> list[Any]:
    items = _items(content)
    return items if len(items) == length and all(type(item) is kind for item in items) else _refuse()


def _text_like(pattern: str) -> Callable[[Any], str]:
    whole = re.compile(pattern, re.IGNORECASE | re.ASCII)
    return lambda content: content if type(content) is str and whole.fullmatch(content) else _refuse()


_integer_text = _text_like(r"-?[0-9a-f]+")
_float_text = _text_like(r"nan|-?inf")
_decimal_text = _text_like(r"-?(\d+(\.\d+)?(E[+-]?\d+)?|Infinity|s?NaN\d*)")
_base64_text = _text_like(r"[A-Za-z0-9+/]*={0,2}")
# The person's own decimal context must change nothing here.
_EXACT = Context(Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation])


def _read_dict(content: Any) -> dict[Any, Any]:
    pairs = _items(content)
    if not all(type(pair) is list and len(pair) == 2 for pair in pairs):  # noqa: PLR2004 - key and value
        _refuse()
    _hashed([key for key, _ in pairs])
    return dict(pairs)


def _read_bytes(content: Any) -> bytes:
    return binascii.a2b_base64(_base64_text(content), strict_mode=True)


def _read_fraction(content: Any) -> Fraction:
    parts = _typed(content, int, 2)
    return Fraction(*parts) if max(part.bit_length() for part in parts) <= FRACTION_BITS else _refuse()


def _zoned(kind: Any, content: Any, length: int) -> Any:
    *fields, offset = _items(content)
    *numbers, fold = _typed(fields, int, length)
    zone = None if offset is None else dt.timezone(dt.timedelta(*_typed(offset, int, 3)))
    return kind(*numbers, tzinfo=zone, fold=fold)


_READERS: dict[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(_integer_text(content), 16),
    "$float": lambda content: float(_float_text(content)),
    "$complex": lambda content: complex(*_typed(content, float, 2)),
    "$text": lambda content: "".join(_items(content)),
    "$tuple": lambda content: tuple(_items(content)),
    "$set": lambda content: set(_hashed(content)),
    "$frozenset": lambda content: frozenset(_hashed(content)),
    "$dict": _read_dict,
    "$bytes": _read_bytes,
    "$bytearray": lambda content: bytearray(_read_bytes(content)),
    "$decimal": lambda content: Decimal(_decimal_text(content), _EXACT),
    "$fraction": _read_fraction,
    "$date": lambda content: dt.date(*_typed(content, int, 3)),
    "$time": lambda content: _zoned(dt.time, content, len(TIME_PARTS)),
    "$datetime": lambda content: _zoned(dt.datetime, content, len(DATETIME_PARTS)),
    "$timedelta": lambda content: dt.timedelta(*_typed(content, int, 3)),
}

_from_json = json.JSONDecoder(object_hook=_untagged, parse_constant=_refuse).decode
