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


UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
"""What takes no room where text begins or ends, as it stands between the brackets of a regular expression."""
_AT_START, _AT_END = re.compile(rf"\A[\s{UNSEEN}]+"), re.compile(rf"(?<![\s{UNSEEN}])[\s{UNSEEN}]+\Z")
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")


def bare(text: str, *, at_end: bool = True) -> str:
    """Return `text` without blanks of any kind and without what is not seen, at its start and at its end."""
    text = _AT_START.sub("", text)
    return _AT_END.sub("", text) if at_end else text


def with_line_feeds(text: str, *, typed: bool = True) -> str:
    r"""Return `text` with `\n` for the line ends of Windows and of old Macs.

    Where it was `typed` or pasted, also for those of word processors and web pages, which in a file may be data.
    """
    return _LINE_END.sub("\n", text) if typed else text.replace("\r\n", "\n").replace("\r", "\n")


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


def middle_cut(text: str, limit: int = 60) -> str:
    """Return `text` in quotes, for a message; of what is longer than `limit` characters its two ends."""
    half = limit // 2
    return repr(text if len(text) <= limit else f"{text[:half]}…{text[-half:]}")


def apart(one: str, other: str, limit: int = 60) -> tuple[str, str]:
    """Return two texts in quotes, for a message, each from shortly before the place where they begin to differ."""
    place = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    start = place - limit // 4 if place > limit // 2 else 0
    return quoted("…" * bool(start) + one[start:], limit), quoted("…" * bool(start) + other[start:], limit)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
