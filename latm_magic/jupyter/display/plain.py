"""Text for display: invisible characters as symbols, long text clipped, and numbers with their units.

Escaping for HTML is in `page.py`. The records keep every text as it was.
"""

from __future__ import annotations

import unicodedata

from latm_magic.text import visible

_NOTE = 24
"""Characters that it takes to say how many are cut off: fewer are shown instead."""


def clip(text: str, limit: int) -> str:
    """Return `text`, or about its first `limit` characters, to the end of a word, and how many more there are."""
    if len(text) <= limit + _NOTE:
        return text
    start = text[:limit]
    word_end = max(start.rfind(" "), start.rfind("\n"))
    start = start[:word_end] if word_end > limit - _NOTE else start
    return f"{start.rstrip()} … (+{len(text) - len(start):,} characters)"


def one_line(text: str, limit: int) -> str:
    """Return `text` visible, in one line of at most `limit` columns."""
    line = visible(text[: 4 * limit]).replace("\n", "⏎").replace("\t", " ")
    cut = len(text) > 4 * limit
    while width(line) > limit - cut:
        line, cut = line[:-1], True
    return line + "…" * cut


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return `text` filled with blanks up to a number of columns."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 call", "1,203 tokens"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def usd(cost: float | None) -> str:
    """Return a cost in US dollars as text; None is "unknown" and never 0."""
    if cost is None:
        return "unknown"
    if cost == 0:
        return "0 USD"
    return f"{cost:.4f} USD" if cost >= 0.0001 else f"{cost:.1g} USD"  # noqa: PLR2004


def price(cost: float | None) -> str:
    """Return a cost in US dollars as text that can stand alone; None is "price unknown"."""
    return "price unknown" if cost is None else usd(cost)


def milliseconds(ms: float) -> str:
    """Return a time in milliseconds as text of about three digits, without the unit."""
    return f"{ms:.2f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:,.0f}"  # noqa: PLR2004


def seconds(duration_s: float) -> str:
    """Return a time in seconds as text: "1.5 s", "2 min 5 s"."""
    return f"{duration_s:.1f} s" if duration_s < 60 else f"{int(duration_s) // 60} min {int(duration_s) % 60} s"  # noqa: PLR2004
