"""Library functions and classes as guest code gets them, where the originals trust what they are called on.

Some hand a table of their module's own to a method of their argument (textwrap, re.escape, deepcopy), which guest code
may have written; some methods set attributes on whatever stands in the place of `self`, which may be a class that all
namespaces share. Here arguments are read as exact text, and `self` is checked.
"""

from __future__ import annotations

import calendar
import copy
import functools
import random
import re
import string
import textwrap
from types import MappingProxyType, MethodType
from typing import Any

from latm_magic.sandbox.runtime.classes import Refused

__all__ = ["LIBRARY"]


class TextWrapper(textwrap.TextWrapper):
    """textwrap.TextWrapper without the table that all of its instances share and could change."""

    unicode_whitespace_trans = MappingProxyType(dict(textwrap.TextWrapper.unicode_whitespace_trans))  # type: ignore[assignment]

    def _munge_whitespace(self, text: str) -> str:
        return super()._munge_whitespace(str.__str__(text))


def _wrap(text: str, width: int = 70, **options: Any) -> list[str]:
    return TextWrapper(width=width, **options).wrap(str.__str__(text))


def _fill(text: str, width: int = 70, **options: Any) -> str:
    return TextWrapper(width=width, **options).fill(str.__str__(text))


def _shorten(text: str, width: int, **options: Any) -> str:
    return TextWrapper(width=width, max_lines=1, **options).fill(" ".join(str.__str__(text).strip().split()))


def _escape(pattern: Any) -> Any:
    return re.escape(str.__str__(pattern)) if isinstance(pattern, str) else re.escape(bytes(pattern))


def _deepcopy(value: Any, memo: Any = None) -> Any:
    if memo is not None and type(memo) is not dict:
        raise TypeError("deepcopy takes a plain dict as its memo")
    return copy.deepcopy(value, memo)


def _checking(original: type, *methods: str) -> Any:
    """Give a subclass whose `methods` refuse a `self` that is no instance of `original`."""

    def checked(name: str) -> Any:
        method = getattr(original, name)

        def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if not issubclass(type(self), original):
                raise Refused(f"{original.__name__}.{name} takes an object of its own class")
            return method(self, *arguments, **keywords)

        return call

    parts = {name: checked(name) for name in methods}
    return type(original)(original.__name__, (original,), {**parts, "__module__": original.__module__})


def _copy(value: Any) -> Any:
    # A method would be looked up anew, by whatever name its function has.
    return value if type(value) is MethodType else copy.copy(value)


class CachedProperty(functools.cached_property):  # type: ignore[type-arg]
    """functools.cached_property whose objects stay the host's: its `attrname` may become any key of an object."""

    def __init_subclass__(cls, **_keywords: Any) -> None:
        raise Refused("no class can derive from 'cached_property': use it as a decorator")


class Template(string.Template):
    """string.Template whose parts are exact: building the pattern hands them the tables of `re`."""

    flags = int(string.Template.flags)  # type: ignore[assignment]

    def __init_subclass__(cls) -> None:
        cls.flags = int.__index__(cls.flags)
        for name in ("delimiter", "idpattern", "braceidpattern"):
            value = getattr(cls, name)
            setattr(cls, name, value if value is None else str.__str__(value))
        super().__init_subclass__()


for _original, _own in (
    (textwrap.TextWrapper, TextWrapper),
    (functools.cached_property, CachedProperty),
    (string.Template, Template),
):
    _own.__module__, _own.__name__ = _original.__module__, _original.__name__

LIBRARY: MappingProxyType[tuple[str, str], Any] = MappingProxyType(
    {
        ("calendar", "Calendar"): _checking(calendar.Calendar, "setfirstweekday"),
        ("calendar", "TextCalendar"): _checking(calendar.TextCalendar, "setfirstweekday"),
        ("copy", "copy"): _copy,
        ("copy", "deepcopy"): _deepcopy,
        ("functools", "cached_property"): CachedProperty,
        ("random", "Random"): _checking(random.Random, "gauss", "seed", "setstate"),
        ("re", "escape"): _escape,
        ("string", "Template"): Template,
        ("textwrap", "TextWrapper"): TextWrapper,
        ("textwrap", "fill"): _fill,
        ("textwrap", "shorten"): _shorten,
        ("textwrap", "wrap"): _wrap,
    }
)
"""(module, name) -> what guest code gets in place of it."""
