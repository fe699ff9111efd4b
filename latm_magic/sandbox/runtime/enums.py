"""The enum classes that guest code derives from: as the standard ones, but their functional form checks the names.

`Enum("X", {"__reduce__": ...})` would otherwise define any special method on a class.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import Any

from latm_magic.sandbox.policy.names import GUEST_MODULE
from latm_magic.sandbox.runtime.class_factories import identifier, identifiers
from latm_magic.sandbox.runtime.classes import Refused, mark, register


class _Registration:
    """Stands first in an enum's body: members are made with their class, and their `__init__` sets attributes."""

    def __set_name__(self, owner: type, _name: str) -> None:
        register(owner)


class _GuestEnum(enum.EnumMeta):
    """The metaclass of guest enums; guest code never holds it."""

    @classmethod
    def __prepare__(metacls, name: str, bases: Any, **keywords: Any) -> Any:  # type: ignore[override]  # noqa: N804
        body = super().__prepare__(name, bases, **keywords)
        if any(type(base) is _GuestEnum for base in bases):
            dict.__setitem__(body, "latm:first", _Registration())
        return body

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and not keywords and cls not in _STANDARD:
            return super().__call__(arguments[0])
        if cls.__members__ or not arguments:
            raise TypeError(f"{cls.__name__}(...) takes one value")
        if len(arguments) == 1 and not keywords:
            raise TypeError(f"{cls.__name__}(...) takes a name and members: it has no members of its own")
        return cls._functional(*arguments, **keywords)

    def _functional(cls, typename: str, names: Any = (), *, start: int = 1, **others: Any) -> Any:
        if others:
            raise Refused(f"enum option {min(others)!r} is not allowed: write a class statement")
        made = super().__call__(identifier(typename), _pairs(names, start), module=GUEST_MODULE)
        return mark(made)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _STANDARD.get(cls, ())) or super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, _STANDARD.get(cls, ())) or super().__subclasscheck__(subclass)


def _pairs(names: Any, start: int) -> list[tuple[str, Any]]:
    """Return (name, value) pairs of everything that the functional form takes."""
    if isinstance(names, dict):
        names = list(dict.items(names))
    elif not isinstance(names, str):
        names = list(names)
    if names and isinstance(names[0], tuple | list):
        checked = identifiers([name for name, _ in names])
        return list(zip(checked, [value for _, value in names], strict=True))
    return [(name, start + index) for index, name in enumerate(identifiers(names))]


class Enum(enum.Enum, metaclass=_GuestEnum):
    """enum.Enum for guest code."""


class IntEnum(enum.IntEnum, metaclass=_GuestEnum):
    """enum.IntEnum for guest code."""


class StrEnum(enum.StrEnum, metaclass=_GuestEnum):
    """enum.StrEnum for guest code."""


class Flag(enum.Flag, metaclass=_GuestEnum):
    """enum.Flag for guest code."""


class IntFlag(enum.IntFlag, metaclass=_GuestEnum):
    """enum.IntFlag for guest code."""


_STANDARD = {Enum: enum.Enum, IntEnum: enum.IntEnum, StrEnum: enum.StrEnum, Flag: enum.Flag, IntFlag: enum.IntFlag}


def _freeze(cls: type) -> None:
    """Make the tables of a class that all runs share read-only: Python keeps flags there that it makes on the way."""
    for name, table in list(vars(cls).items()):
        if type(table) is dict and not name.startswith("__"):
            type.__setattr__(cls, name, MappingProxyType(table))


for _own in _STANDARD:
    _freeze(_own)
