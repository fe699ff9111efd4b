"""Frames: how the stream of bytes between host and worker is cut into messages.

Both sides use this file. It does NOT know what a message holds (`encode` and `decode` do).
"""

from __future__ import annotations

import struct

from latm_magic.sandbox.wire.encode import WireError

_HEADER = struct.Struct(">I")


def frame(content: str | bytes) -> bytes:
    """Return bytes or ASCII text as one frame: its length in four bytes, then itself."""
    return _HEADER.pack(len(content)) + (content if isinstance(content, bytes) else content.encode("ascii"))


class FrameReader:
    """Cuts a stream of bytes into frames and refuses one that announces more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Return the next whole frame's content, or None when more bytes are needed; raises WireError."""
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
