"""What a model writes, while it writes it: the end of a streamed reply, told a few times a second.

Only for somebody to look at: the reply itself is put together by `stream.py` once all of it is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from latm_magic.models.stream import first_choice, raw_text

if TYPE_CHECKING:
    from latm_magic.models.keys import Key

OnText = Callable[[str, int], None]
"""Called with the end of what a model wrote so far in this reply, and how many characters it wrote."""

_PAUSE_S = 0.1
_MOST = 2000
"""Characters of the end that are told."""
_LONGEST_LINE = 2**20
"""Bytes; no piece of a reply is as long."""
_PLACES = ("content", "reasoning_content", "reasoning")


class Listening:
    """Follows one streamed body. Only whole words are told: half of a key could not be told from a word."""

    def __init__(self, on_text: OnText, key: Key) -> None:
        self._on_text = on_text
        self._key = key
        self._rest = b""
        self._end = ""
        self._count = 0
        self._told_at = -_PAUSE_S

    def take(self, piece: bytes) -> None:
        """Read the next bytes of the body, and tell what they say where it is time."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._rest = self._rest[:_LONGEST_LINE]
        if text := "".join(map(_text_of, lines)):
            self._count += len(text)
            self._end = (self._end + text)[-2 * _MOST :]
            self._tell_in_time()

    def _tell_in_time(self) -> None:
        now = time.monotonic()
        if now - self._told_at < _PAUSE_S:
            return
        self._told_at = now
        whole = self._end[: max(map(self._end.rfind, " \n")) + 1]
        if self._count > len(self._end):
            whole = whole[min((place for place in map(whole.find, " \n") if place >= 0), default=0) :]
        self._on_text(self._key.redact(whole)[-_MOST:], self._count)


def _text_of(line: bytes) -> str:
    """Return what a line of a stream adds to the reply, thinking included; "" where it says nothing of that kind."""
    if not line.startswith(b"data:"):
        return ""
    try:
        choice = first_choice(json.loads(line[5:]))
    except (ValueError, RecursionError):
        return ""
    delta = choice.get("delta") if choice else None
    return next(filter(None, (raw_text(delta.get(place)) for place in _PLACES)), "") if isinstance(delta, dict) else ""
