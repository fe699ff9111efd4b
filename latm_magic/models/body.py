"""The body of one HTTP response, from the connection to a decoded document: bounded in time and size, without the key.

Every body passes here, of a reply or an error, streamed or at once; nothing else reads from a connection. What the
document means is left to `chat.py`.
"""

from __future__ import annotations

import json
import socket
import sys
import zlib
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from latm_magic.models.listening import Listening
from latm_magic.models.stream import DONE, gather

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latm_magic.models.deadline import Deadline
    from latm_magic.models.keys import Key
    from latm_magic.models.listening import OnText

LARGEST_MB = 8
"""What a body may hold, in millions of bytes, decompressed."""
LARGEST_STREAM_MB = 32
"""The same for a stream, which says everything around each piece anew."""
ENCODINGS = "gzip, deflate"
"""How a body may be compressed."""
_AT_ONCE = 2**16
_DONE = (b"\ndata: [DONE]", b"\ndata:[DONE]")


class BodyTooLarge(Exception):
    """The body holds more than it may; the message says how much that is."""


class BodyBroken(Exception):
    """The body ended before its end, or is not compressed as it says."""


def read_body(response: Any, deadline: Deadline, key: Key, on_text: OnText | None = None) -> object:
    """Return the decoded JSON of a response (a stream gathered), or its text where it holds none, without `key`.

    `response` is the HTTP library's, not read yet; it is left closed and empty. `on_text` is told what a stream says
    while it comes. Raises `GivenUp` where nobody waits any
    more, `BodyTooLarge` and `BodyBroken`.
    """
    is_stream = "event-stream" in response.headers.get("content-type", "")
    connection = response.extensions.get("network_stream")
    try:
        with deadline.cutting(lambda: cut(connection)):
            pieces = _inflated(response.stream, _encoding(response))
            listening = Listening(on_text, key) if is_stream and on_text is not None else None
            data = _read(pieces, deadline, listening, is_stream=is_stream)
        deadline.check()  # a connection that was cut may look like the end of the body
    except Exception as error:
        deadline.check()
        if isinstance(error, BodyTooLarge):
            raise
        raise BodyBroken(str(error) or type(error).__name__) from None
    finally:
        empty(response)
    try:
        return key.redact_own_in(_document(data, deadline))
    except RecursionError:
        return "JSON that is nested too deeply"


def cut(connection: Any) -> None:
    """Shut a connection of the HTTP library down from another thread: closing it would not wake the one that reads."""
    opened = connection.get_extra_info("socket") if connection is not None else None
    if opened is not None:
        try:
            socket.socket.shutdown(opened, socket.SHUT_RDWR)
        except OSError:
            pass  # it was closed meanwhile


def empty(response: Any) -> None:
    """Close a response without reading what is left of it."""
    response.stream.close()
    response.headers.pop("content-encoding", None)
    response.stream = sys.modules[type(response).__module__.partition(".")[0]].ByteStream(b"")  # httpx2 or httpx
    response.read()


def _encoding(response: Any) -> str:
    return str(response.headers.get("content-encoding", "")).strip().lower()


def _inflated(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Give the bytes of a body, never more than a little at once, however tightly they were packed."""
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyBroken(f"the reply is compressed as {encoding[:40]!r}, which was not asked for")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either header, whichever comes
    for piece in pieces:
        while piece and not inflater.eof:
            yield inflater.decompress(piece, _AT_ONCE)
            piece = inflater.unconsumed_tail  # noqa: PLW2901 - what is left of it
    if not inflater.eof:
        raise BodyBroken("the compressed reply ended too early")


def _read(pieces: Iterable[bytes], deadline: Deadline, listening: Listening | None, *, is_stream: bool) -> bytes:
    most_mb = LARGEST_STREAM_MB if is_stream else LARGEST_MB
    data = bytearray(b"\n" if is_stream else b"")
    for piece in pieces:
        deadline.check()
        searched = max(0, len(data) - 20)
        data += piece
        if len(data) > most_mb * 1_000_000:
            raise BodyTooLarge(f"{most_mb} MB")
        if listening is not None:
            listening.take(piece)
        if is_stream and any(data.find(mark, searched) >= 0 for mark in _DONE):
            break  # some endpoints keep the connection open behind it
    return bytes(data)


def _document(data: bytes, deadline: Deadline) -> object:
    """Return what the bytes say; some endpoints call a stream JSON, or JSON a stream."""
    start = data[:2000].decode("utf-8", "replace").lstrip("\ufeff \r\n")
    if not start.startswith(("data:", "event:", "id:", "retry:", ":")):
        return decoded(data.decode("utf-8", "replace").lstrip("\ufeff"))
    try:
        return gather(_events(data, deadline))
    except ValueError as error:
        return f"a stream that cannot be read: {error}"


def _events(data: bytes, deadline: Deadline) -> Iterator[object]:
    """Give what each server-sent event holds, an object or `DONE`; raises `ValueError` for one that holds neither."""
    lines: list[bytes] = []
    for line in chain(BytesIO(data), (b"\n",)):
        deadline.check()
        if line.startswith(b"data:"):
            lines.append(line.removeprefix(b"data:").strip())
        elif not line.strip() and any(lines):
            yield _event(b"\n".join(lines).decode("utf-8", "replace"))
            lines = []


def _event(text: str) -> object:
    event = decoded(text)
    if not isinstance(event, dict) and text.strip() != DONE:
        raise ValueError(f"it holds {text[:200]!r}")
    return event


def decoded(text: str) -> object:
    """Return the JSON value that `text` holds, or `text` itself where it holds none, or one too deep to be read."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
