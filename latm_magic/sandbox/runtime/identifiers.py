"""Names that guest code hands to a class factory, read as exact text: a subclass of str could lie about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["identifier", "identifiers"]


def identifier(name: object) -> str:
    """Give `name` as exact text; ValueError if it is no identifier."""
    text = str.__str__(name) if isinstance(name, str) else ""
    if not text.isidentifier():
        raise ValueError(f"names must be valid identifiers: {text!r}")
    return text


def identifiers(names: str | Iterable[str], *, are_checked: bool = True) -> list[str]:
    """Give names, written in one text or several, as exact texts that do not begin with an underscore."""
    if isinstance(names, str):
        names = str.__str__(names).replace(",", " ").split()
    texts = [str.__str__(name) for name in names]
    for text in texts if are_checked else ():
        if identifier(text).startswith("_"):
            raise ValueError(f"names cannot start with an underscore: {text!r}")
    return texts
