"""Text made fit to be shown: in messages on one line, shortened, and with nothing in it that is not seen.

The lowest module: it imports nothing of ours. Escaping for HTML and Markdown is left to whoever writes those.
"""

from __future__ import annotations

import re

# Bidirectional controls, line separators and everything else that changes a line without being seen in it. The joiners
# U+200C and U+200D stay: scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_CONTROL_PICTURES = 0x2400
_DELETE = 0x7F


def visible(text: str) -> str:
    """Return `text` with control characters and bidirectional overrides as symbols; line ends and tabs stay."""
    return _INVISIBLE.sub(_symbol, text.replace("\r\n", "\n"))


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < ord(" "):
        return chr(_CONTROL_PICTURES + code)
    return "␡" if code == _DELETE else f"⟨U+{code:04X}⟩"


def printable(text: str, instead: str = "?") -> str:
    """Return `text` with `instead` for every character that cannot be printed, line ends and tabs included."""
    return "".join(character if character.isprintable() else instead for character in text)


def one_line(text: str, limit: int = 300) -> str:
    """Return `text` on one line of at most `limit` characters, with a blank for controls and for runs of blanks."""
    return _shortened(" ".join(printable(text, " ").split()), limit)


def quoted(text: str, limit: int = 60) -> str:
    """Return `text` in quotes as Python writes it, for a message; what is longer than `limit` characters is cut."""
    return repr(_shortened(text, limit))


def shown(value: object) -> str:
    """Return any value on one line as it stands in a message."""
    try:
        return one_line(repr(value), 100)
    except (ValueError, RecursionError):  # a number of thousands of digits, a table in a table in a table
        return "that"


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
