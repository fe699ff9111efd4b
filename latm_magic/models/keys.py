"""The API key, held so that it does not leak by accident: it does not print, does not pickle, and is struck from text.

It does not stop code that runs in this process from reading it on purpose.
"""

from __future__ import annotations

import re
from typing import NoReturn

__all__ = ["Key", "strike_keys"]

_STRUCK = "[key]"
_LOOKS_LIKE_A_KEY = re.compile(
    # Nothing here matches a Python identifier of ordinary length: recorded source must come through unchanged.
    r"\b(?:sk|xai|pplx|nvapi)-(?=[\w*\-]*[\d*])[\w*\-]{14,}"
    r"|\b(?:gsk|hf)_[A-Za-z0-9]{24,}"
    r"|\bAIza[\w\-]{30,}"
    r"|(?<=\bBearer )[^\s\"',;]{12,}"
)
_SHORTEST_STRUCK = 6  # shorter keys are placeholders ("none", "ollama"); striking them would maim ordinary words


class Key:
    """A secret that shows as three stars and refuses to be pickled; `reveal` is the one way to its text."""

    __slots__ = ("_struck", "_text")

    def __init__(self, text: str, *others: str) -> None:
        """Hold `text`; `others` are secrets that are struck along with it, such as a password in an address."""
        self._text = text
        self._struck = tuple(secret for secret in (text, *others) if len(secret) >= _SHORTEST_STRUCK)

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("An API key does not leave the process: it cannot be pickled or copied.")

    def reveal(self) -> str:
        """Give the key itself, for the one place that sends it."""
        return self._text

    def strike_own(self, text: str) -> str:
        """Give `text` without this key, and otherwise unchanged."""
        for secret in self._struck:
            text = text.replace(secret, _STRUCK)
        return text

    def strike(self, text: str) -> str:
        """Give `text` without this key and without anything else that looks like a key."""
        return strike_keys(self.strike_own(text))


def strike_keys(text: str) -> str:
    """Give `text` with everything that looks like a provider's key replaced by "[key]"."""
    return _LOOKS_LIKE_A_KEY.sub(_STRUCK, text)
