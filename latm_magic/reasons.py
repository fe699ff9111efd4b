"""Why an answer came the way it did: plain words, and behind them the router's numbers for those who ask."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"(?:^ask: |(?<=; )ask: )|\s*⟦[^⟦⟧]*⟧")
_MISSING = re.compile(r"\b(\w{1,100}): Field required\b")


def with_numbers(words: str, numbers: str) -> str:
    """Return plain words with numbers behind them, which `in_plain_words` takes away again."""
    return f"{words} ⟦{numbers}⟧"


def in_plain_words(reason: str) -> str:
    """Return a reason without numbers of the router, and without the words of the library that checks arguments."""
    plain = _NUMBERS.sub("", reason) if "⟦" in reason or "ask: " in reason else reason
    return _MISSING.sub(r"\1 is missing", plain) if "Field required" in plain else plain


def explained(reason: str) -> str:
    """Return a reason with its numbers, in brackets that one can type."""
    return reason.replace("⟦", "(").replace("⟧", ")")
