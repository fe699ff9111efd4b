"""Values and frames between the parent and a worker: typed JSON with exact types, never a pickle.

Both sides use this file; `flatten` and `revive` know the types. It does NOT limit the time that encoding takes (the
worker encodes inside the call's time) and does not know what a message means (`worker` and `lane` do).
"""

from __future__ import annotations

import json
import struct
from json.encoder import encode_basestring_ascii
from typing import Any

from latm_magic.sandbox.wire.decode import refuse, revive
from latm_magic.sandbox.wire.encode import MAX_DEPTH, PLAIN_INT, WireError, clean, flatten, too_large

__all__ = ["MAX_DEPTH", "FrameReader", "WireError", "clean", "frame", "from_text", "to_text"]

_HEADER = struct.Struct(">I")


def to_text(value: Any, limit: int) -> str:
    """Give `value` as ASCII JSON of at most `limit` characters; raises WireError."""
    kind = type(value)
    if kind is str and len(value) <= limit and value.isascii():
        text: str = encode_basestring_ascii(value)
    elif kind is int and value in PLAIN_INT:
        text = int.__repr__(value)
    elif kind is list and len(value) <= limit and all(type(item) is str and item.isascii() for item in value):
        # Nothing in it needs a second look: the short way for lists of words.
        text = _to_json(value)
    else:
        text = _to_json(flatten(value, 0, [limit]))
    if len(text) > limit:
        raise too_large(limit)
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


_to_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode
_from_json = json.JSONDecoder(object_hook=revive, parse_constant=refuse).decode
