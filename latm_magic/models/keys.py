"""The API key, held so that it does not leak by accident: it does not print or pickle, and is redacted from text.

It does not stop code that runs in this process from reading it on purpose.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

_REDACTED = "[key]"
_LOOKS_LIKE_A_KEY = re.compile(
    # None of these match a Python identifier of ordinary length: recorded source must come through unchanged.
    r"\b(?P<hyphenated>(?:sk|xai|pplx|nvapi)-[\w*\-]{14,})"
    r"|\b(?:gsk|hf)_[A-Za-z0-9]{24,}"
    r"|\bAIza[\w\-]{30,}"
    r"|(?<=\bBearer )[^\s\"',;]{12,}"
)
_SHORTEST_REDACTED = 6  # shorter keys are placeholders ("none", "ollama"): redacting them would maim ordinary words


class Key:
    """A secret that shows as three stars and refuses to be pickled; `reveal` is the one way to its text."""

    __slots__ = ("_spelled", "_text")

    def __init__(self, text: str, *others: str) -> None:
        """Hold `text`; `others` are secrets that are redacted along with it, such as a password in an address."""
        self._text = text
        secrets = sorted((each for each in (text, *others) if len(each) >= _SHORTEST_REDACTED), key=len, reverse=True)
        self._spelled = re.compile("|".join(map(_spellings, secrets))) if secrets else None

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("An API key does not leave the process: it cannot be pickled or copied.")

    def reveal(self) -> str:
        """Return the key itself, for the one place that sends it."""
        return self._text

    def redact_own(self, text: str) -> str:
        """Return `text` without this key, also where it is spelled in escapes, and otherwise unchanged."""
        return text if self._spelled is None else self._spelled.sub(_REDACTED, text)

    def redact_own_in(self, value: Any) -> Any:
        """Return a decoded JSON value with `redact_own` applied to every text inside it, the names too."""
        if isinstance(value, str):
            return self.redact_own(value)
        if isinstance(value, dict):
            return {self.redact_own(name): self.redact_own_in(item) for name, item in value.items()}
        return [self.redact_own_in(item) for item in value] if isinstance(value, list) else value

    def redact(self, text: str) -> str:
        """Return `text` without this key and without anything else that looks like a key."""
        return redact_keys(self.redact_own(text))


def redact_keys(text: str) -> str:
    """Return `text` with everything that looks like a provider's key replaced by "[key]"."""
    return _LOOKS_LIKE_A_KEY.sub(_redacted, text)


def _redacted(match: re.Match[str]) -> str:
    hyphenated = match["hyphenated"]  # words joined by hyphens look alike, but for digits and stars
    is_words = hyphenated and not any(character.isdigit() or character == "*" for character in hyphenated)
    return match[0] if is_words else _REDACTED


def _spellings(secret: str) -> str:
    """Return a pattern for a secret, each character plain or escaped: a text may be JSON or source, decoded later."""
    return "".join(map(_spelled, secret))


def _spelled(character: str) -> str:
    plain = re.escape(character)
    if character in "\"'/\\":
        plain = rf"\\{{0,8}}{plain}"
    number = ord(character)
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{number:02x}")
    return rf"(?:{plain}|\\{{1,8}}(?:(?:u00|U000000|x){digits}|0?{number:o}))"
