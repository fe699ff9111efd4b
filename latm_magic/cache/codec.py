"""Records to JSON bytes and back, strictly: what is read is exactly what the record's annotations say, or an error.

Any text survives: NUL, lone surrogates, right-to-left marks. Nothing here knows a table; it serves every frozen
dataclass whose fields are text, numbers, booleans, literals, optional values, tuples of one kind, and such records.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Record = TypeVar("Record")


class CodecError(ValueError):
    """A record cannot be written or read; the message says where and why."""


class UnknownToThisVersion(CodecError):
    """A record has a key, or a word where one of a few belongs, that a newer version may have written."""


def encode(record: Any) -> bytes:
    """Return a record as JSON, without the fields that are at their defaults; raises `CodecError`.

    So what a newer version adds keeps an older one from reading only those records that use it.
    """
    content = to_json(as_plain(record, whole=False))
    decode(type(record), content)
    return content


def decode(kind: type[Record], content: bytes) -> Record:
    """Return the record that `encode` wrote; raises `CodecError` for anything else, an unknown key included."""
    return build(kind, from_json(content))


def to_json(value: Any) -> bytes:
    """Return plain data as JSON; raises `CodecError` for what is none."""
    try:
        # Not ASCII: two lone surrogates in a row would come back from their escapes as one character.
        return to_bytes(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError, RecursionError) as error:
        raise CodecError(_why(error)) from error


def from_json(content: bytes) -> Any:
    """Return what `to_json` wrote; raises `CodecError` for anything that is not JSON."""
    try:
        return json.loads(from_bytes(content), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CodecError(_why(error)) from error


def _why(error: Exception) -> str:
    """Return an error's text; each version of Python words too deep a nesting in another way."""
    return "nested too deep (recursion)" if isinstance(error, RecursionError) else str(error)


def as_plain(value: Any, *, whole: bool = True) -> Any:
    """Return a record as dicts and lists; without `whole`, fields at their defaults are left out."""
    if is_dataclass(value):
        items = [(name, getattr(value, name), default) for name, default in _defaults(cast("Any", type(value)))]
        return {name: as_plain(item, whole=whole) for name, item, default in items if whole or not _same(item, default)}
    if isinstance(value, tuple):
        return [as_plain(item, whole=whole) for item in value]
    return value


def build(kind: type[Record], values: Any) -> Record:
    """Return the record with these fields; raises `CodecError` where one is not what its annotation says."""
    record: Record = _reader(cast("Any", kind))(values)
    return record


def to_bytes(text: str) -> bytes:
    """Return any text as bytes: UTF-8, with lone surrogates kept."""
    return text.encode("utf-8", "surrogatepass")


def from_bytes(content: bytes) -> str:
    """Return the text that `to_bytes` wrote; raises `CodecError` for what it cannot have written."""
    try:
        return content.decode("utf-8", "surrogatepass")
    except (UnicodeDecodeError, AttributeError) as error:
        raise CodecError(f"not text: {error}") from error


def column_reader(hint: Any) -> Callable[[Any], Any]:
    """Return what reads a field from SQLite, where text is bytes and a boolean a number; it raises `CodecError`."""
    if hint is bool:
        return bool
    if hint is str:
        return from_bytes
    read = _reader(hint)
    return (
        read if hint in {int, float} else lambda value: read(from_bytes(value) if isinstance(value, bytes) else value)
    )


@cache
def _defaults(kind: Hashable) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(cast("Any", kind)))


def _same(value: Any, default: Any) -> bool:
    # With the type, because True is equal to 1.
    return value is default or (type(value) is type(default) and bool(value == default))


def _refuse_constant(name: str) -> NoReturn:
    raise CodecError(f"{name} is not a number")


@cache
def _reader(hint: Hashable) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is float:
        return _read_float
    if hint in {str, int, bool}:
        return _exact_reader(hint)
    if is_dataclass(hint):
        return _record_reader(hint)
    if origin is Literal:
        return _literal_reader(frozenset(arguments))
    if origin is tuple and arguments[1:] == (...,):
        return _tuple_reader(_reader(arguments[0]))
    if origin in {Union, UnionType} and len(arguments) == 2 and arguments[1] is NoneType:  # noqa: PLR2004
        return _optional_reader(_reader(arguments[0]))
    raise TypeError(f"A stored record cannot have a field of type {hint}")


def _read_float(value: Any) -> float:
    if type(value) not in {float, int}:
        raise CodecError(f"{_called(value)} where a number belongs")
    return float(value)


def _exact_reader(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # `type is`, because True is an int to isinstance.
        if type(value) is not kind:
            raise CodecError(f"{_called(value)} where {_WORDS[kind]} belongs")
        return value

    return read


def _literal_reader(allowed: frozenset[Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not str or value not in allowed:
            error = UnknownToThisVersion if type(value) is str else CodecError
            raise error(f"{_called(value)} is none of {', '.join(sorted(allowed))}")
        return value

    return read


def _optional_reader(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else inner(value)


def _tuple_reader(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise CodecError(f"{_called(value)} where a list belongs")
        try:
            return tuple([inner(item) for item in value])
        except CodecError as error:
            raise type(error)(f"in a list: {error}") from None

    return read


def _record_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    required = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}
    # Most fields are of one plain type, which is seen without a call.
    exact = {field.name: hints[field.name] for field in fields(kind) if hints[field.name] in _WORDS}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise CodecError(f"{_called(value)} where a record belongs")
        if not value.keys() <= readers.keys():
            raise UnknownToThisVersion(f"unknown key {min(value.keys() - readers.keys())!r}")
        if not required <= value.keys():
            raise CodecError(f"no {min(required - value.keys())!r}")
        found, name = {}, ""
        try:
            for name, item in value.items():
                found[name] = item if exact.get(name) is type(item) else readers[name](item)
        except CodecError as error:
            raise type(error)(f"{name}: {error}") from None
        return kind(**found)

    return read


_WORDS: dict[Any, str] = {str: "text", int: "an integer", bool: "true or false"}


def _called(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"  # noqa: PLR2004
