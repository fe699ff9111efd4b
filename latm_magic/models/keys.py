"""The API key, held so that it does not leak by accident: it does not print or pickle, and is redacted from text.

It does not stop code that runs in this process from reading it on purpose.
"""

from __future__ import annotations

import re
from typing import NoReturn

_REDACTED = "[key]"
_LOOKS_LIKE_A_KEY = re.compile(
    # None of these match a Python identifier of ordinary length: recorded source must come through unchanged.
    r"\b(?:sk|xai|pplx|nvapi)-(?=[\w*\-]*[\d*])[\w*\-]{14,}"
    r"|\b(?:gsk|hf)_[A-Za-z0-9]{24,}"
    r"|\bAIza[\w\-]{30,}"
    r"|(?<=\bBearer )[^\s\"',;]{12,}"
)
_SHORTEST_REDACTED = 6  # shorter keys are placeholders ("none", "ollama"): redacting them would maim ordinary words


class Key:
    """A secret that shows as three stars and refuses to be pickled; `reveal` is the one way to its text."""

    __slots__ = ("_secrets", "_text")

    def __init__(self, text: str, *others: str) -> None:
        """Hold `text`; `others` are secrets that are redacted along with it, such as a password in an address."""
        self._text = text
        self._secrets = tuple(secret for secret in (text, *others) if len(secret) >= _SHORTEST_REDACTED)

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
        """Return `text` without this key, and otherwise unchanged."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return text

    def redact(self, text: str) -> str:
        """Return `text` without this key and without anything else that looks like a key."""
        return redact_keys(self.redact_own(text))


def redact_keys(text: str) -> str:
    """Return `text` with everything that looks like a provider's key replaced by "[key]"."""
    return _LOOKS_LIKE_A_KEY.sub(_REDACTED, text)
