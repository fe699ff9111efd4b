"""Replies in which a model says "no" in words of its own: that a tool does not fit, or that it will not answer.

A "no" leaves a question unknown, or a check undone; nothing is decided from it.
"""

from __future__ import annotations

import re

_CANNOT = r"can\s?not|can'?t|could(?: not|n't)|unable|not able|refuse to|sorry"
_DOES_NOT = (
    r"(?:do|does|did|is|are|was|will|would)(?: not|n'?t) (?:\w+ ){0,3}?"
    r"(?:answer|fit|apply|applicable|match|solve|cover|suit|suitable|relate|related|relevant|possible|help|call)\b"
)
_CLEAR_NO = re.compile(rf"\b(?:{_CANNOT})\b|\b{_DOES_NOT}", re.IGNORECASE)
_ANY_NO = re.compile(
    rf"{_CLEAR_NO.pattern}|\b(?:not|no|none|neither|nor|nothing|never|unknown|unanswerable|inapplicable|un\w+able)\b"
    r"|n't\b|\bn/a\b|\bout of scope\b|\b(?:null|nil|nan)\b",
    re.IGNORECASE,
)
_NO_CALLING = re.compile(
    rf"(?:{_CANNOT}|do(?: not|n't)) (?:\w+ ){{0,5}}?(?:call|calls|calling|invoke|execute|run)\b[^.:;,\n]*",
    re.IGNORECASE,
)
"""Said by models that can call no functions, as an introduction to the call in text that they were asked for."""


_REFUSES = re.compile(
    rf"""
    \W*(?:(?:but|unfortunately|however),?\ )?
    (?: (?:(?:i|we)(?:\ am|'m|\ are|'re)?\ (?:\w+\ ){{0,2}}?)?
        (?:{_CANNOT.replace(" ", chr(92) + " ")}|will\ not|won't|decline\ to)\b
        (?= [^.\n]{{0,60}}\b(?:help|assist|answer|provid|determin|comply|fulfil|complet|giv|solv|tell|process|discuss
                               |be\ determined|say|find|access|that\b|but\b) | \W*\Z )
      | (?:i|we)\ (?:do|did)(?:\ not|n't)\ know\b | i(?:\ am|'m)\ (?:sorry|afraid|not\ sure)\b | sorry\b
      | (?:my\ )?apologies\b | i\ apologi[sz]e\b | as\ an\ ai\b
      | (?:unknown|n/a|not\ (?:applicable|available|known)|(?:not\ )?enough\ information|no\ answer|undetermined)\W*\Z
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def refuses(answer: str) -> bool:
    """Return whether a text that should be an answer says that there is none: "I cannot ...", "unknown", nothing."""
    return not answer.strip() or bool(_REFUSES.match(_plain(answer)))


def has_no(text: str) -> bool:
    """Return whether a text has a "no" of any kind in it."""
    return bool(_ANY_NO.search(_plain(text)))


def declines(text: str) -> bool:
    """Return whether a reply without a call says that there is none to make."""
    return has_no(text)


def declines_beside_a_call(text: str) -> bool:
    """Return whether the words around a call say that it should not be made."""
    return bool(_CLEAR_NO.search(_NO_CALLING.sub("", _plain(text))))


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")
