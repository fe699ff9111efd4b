"""Values of traces as JSON text and back, with their exact types: what JSON has no word for stands under a tag.

The tags are those of the sandbox's wire. Pure functions; what is kept, and where, is `traces.py`'s.
"""

from __future__ import annotations

from typing import Any

from latm_magic.errors import TaskError
from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import WireError, encode

MOST_CHARACTERS = 1_000_000
"""Of one value as JSON."""


class NotPlain(TaskError):
    """A value is not plain data, or too large to be kept; the message says why and what to give instead."""


def to_text(value: Any) -> str:
    """Return plain data as ASCII JSON; raises `NotPlain`."""
    try:
        return encode(value, MOST_CHARACTERS)
    except WireError as fault:
        if fault.kind == "size":
            raise NotPlain(f"a value is longer than {MOST_CHARACTERS:,} characters; give less of it") from None
        raise NotPlain(str(fault)) from None


def from_text(text: str) -> Any:
    """Return what `to_text` wrote; raises `ValueError` for anything else."""
    try:
        return decode(text)
    except WireError:
        raise ValueError("it is not a value as a trace holds it") from None


def plain(value: Any) -> Any:
    """Return a value as plain data of exact types: what a trace keeps of it; raises `NotPlain`."""
    return from_text(to_text(_unpacked(value)))


def _unpacked(value: Any) -> Any:
    """Return records and arrays as what they hold."""
    if hasattr(value, "model_dump"):  # a pydantic model
        return value.model_dump(mode="json")
    if isinstance(value, (str, bytes, int, float, list, tuple, dict, set, frozenset)) or value is None:
        return value
    listed = getattr(value, "tolist", None)  # an array, a column or a number of numpy and its kin
    return listed() if callable(listed) else value
