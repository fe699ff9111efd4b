"""Functions and classes of the standard library that are replaced, because the originals trust what they are given.

Some read attributes by name, make code of text, or change what is shared. Some hand a table of their module's own to a
method of their argument (textwrap, re.escape), or a member of their enum (`flags & T` in re), and guest code may have
written that method. Here attributes are read through the guard, and arguments as exact text and numbers. Each does what
makers use the original for. Left out on purpose, and why: string.Formatter and UserString (format strings),
get_type_hints, ForwardRef and singledispatch (they evaluate text), update_wrapper (sets any attribute). What methods
take as `self` is checked in `own_self`.
"""

from __future__ import annotations

import abc
import functools
import re
import string
import textwrap
import typing
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.runtime.attributes import read
from latm_magic.sandbox.runtime.class_factories import NamedTuple, TypedDict, dataclass, namedtuple
from latm_magic.sandbox.runtime.classes import GuestType, Refused, is_guest_class, is_guest_function, standin
from latm_magic.sandbox.runtime.copying import asdict, astuple, deepcopy, shallow_copy
from latm_magic.sandbox.runtime.enums import Enum, Flag, IntEnum, IntFlag, StrEnum
from latm_magic.sandbox.runtime.regexes import FUNCTIONS as REGEX_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

# operator, functools, abc and typing


def attrgetter(*names: str) -> Callable[[Any], Any]:
    """Do what operator.attrgetter does, through the guard."""
    paths = [str.__str__(name).split(".") for name in names]
    if not paths:
        raise TypeError("attrgetter expected 1 argument, got 0")

    def get(target: Any) -> Any:
        found = [functools.reduce(read, path, target) for path in paths]
        return found[0] if len(found) == 1 else tuple(found)

    return get


def methodcaller(name: str, /, *arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
    """Do what operator.methodcaller does, through the guard."""
    return lambda target: read(target, name)(*arguments, **keywords)


def wraps(wrapped: Any, **_options: Any) -> Callable[[Any], Any]:
    """Do what functools.wraps is used for: the name and the doc of the wrapped function."""

    def decorate(wrapper: Any) -> Any:
        if is_guest_function(wrapper):
            wrapper.__name__ = str.__str__(str(getattr(wrapped, "__name__", wrapper.__name__)))
            wrapper.__doc__ = getattr(wrapped, "__doc__", None)
        return wrapper

    return decorate


def _for_guests(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the decorator `original`, for guest classes only: it changes what it decorates."""

    def decorate(cls: Any) -> Any:
        if not is_guest_class(cls):
            raise Refused(f"{original.__name__} is for a class of your own")
        return original(cls)

    return decorate


def abstractmethod(function: Any) -> Any:
    """Do what abc.abstractmethod does, for what guest code defined."""
    if type(function) is FunctionType:
        if not is_guest_function(function):
            raise Refused("abstractmethod is for a function of your own")
        return abc.abstractmethod(function)
    return abc.abstractmethod(function) if issubclass(type(function), classmethod | staticmethod) else function


def _same(value: Any) -> Any:
    return value


class Annotated:
    """typing.Annotated[hint, ...] as `hint`: the alias could be called, and leaves a trace on what `hint` gives."""

    def __class_getitem__(cls, parameters: Any) -> Any:
        hint, _first, *_others = parameters
        return hint


def get_origin(hint: Any) -> Any:
    """Do what typing.get_origin does; `type` stays the guest's."""
    origin = typing.get_origin(hint)
    return GuestType if origin is type else origin


# textwrap, re and string


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


class CachedProperty(functools.cached_property):  # type: ignore[type-arg]
    """functools.cached_property whose objects stay the host's: its `attrname` may become any key of an object."""

    def __init_subclass__(cls, **_keywords: Any) -> None:
        raise Refused("no class can derive from 'cached_property': use it as a decorator")


class Template(string.Template):
    """string.Template whose parts are exact: building the pattern hands them the tables of `re`."""

    # From Python 3.14 on, None stands for the flag that was there before.
    flags = int(re.IGNORECASE if string.Template.flags is None else string.Template.flags)  # type: ignore[assignment]

    def __init_subclass__(cls) -> None:
        cls.flags = Template.flags if cls.flags is None else int.__index__(cls.flags)
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

REPLACEMENTS: MappingProxyType[tuple[str, str], Any] = MappingProxyType(
    {
        ("abc", "ABCMeta"): standin(abc.ABCMeta),
        ("abc", "abstractmethod"): abstractmethod,
        ("collections", "namedtuple"): namedtuple,
        ("copy", "copy"): shallow_copy,
        ("copy", "deepcopy"): deepcopy,
        ("dataclasses", "asdict"): asdict,
        ("dataclasses", "astuple"): astuple,
        ("dataclasses", "dataclass"): dataclass,
        ("enum", "Enum"): Enum,
        ("enum", "Flag"): Flag,
        ("enum", "IntEnum"): IntEnum,
        ("enum", "IntFlag"): IntFlag,
        ("enum", "StrEnum"): StrEnum,
        ("functools", "cached_property"): CachedProperty,
        ("functools", "total_ordering"): _for_guests(functools.total_ordering),
        ("functools", "wraps"): wraps,
        ("operator", "attrgetter"): attrgetter,
        ("operator", "methodcaller"): methodcaller,
        ("re", "escape"): _escape,
        **{("re", name): function for name, function in REGEX_FUNCTIONS.items()},
        ("string", "Template"): Template,
        ("textwrap", "TextWrapper"): TextWrapper,
        ("textwrap", "fill"): _fill,
        ("textwrap", "shorten"): _shorten,
        ("textwrap", "wrap"): _wrap,
        ("typing", "Annotated"): Annotated,
        ("typing", "NamedTuple"): NamedTuple,
        ("typing", "TypedDict"): TypedDict,
        ("typing", "final"): _same,
        ("typing", "get_origin"): get_origin,
        ("typing", "overload"): _same,
        ("typing", "override"): _same,
        ("typing", "runtime_checkable"): _for_guests(typing.runtime_checkable),
    }
)
"""(module, name) -> what guest code gets in place of it."""
