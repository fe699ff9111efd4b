"""The enum classes that guest code derives from: as the standard ones, but their functional form checks the names.

`Enum("X", {"__reduce__": ...})` would otherwise define any special method on a class.
"""

from __future__ import annotations

import enum
from typing import Any

from latm_magic.sandbox.policy.names import GUEST_MODULE
from latm_magic.sandbox.runtime.class_factories import identifier, identifiers
from latm_magic.sandbox.runtime.classes import MARK, Refused, mark


class _GuestEnum(enum.EnumMeta):
    """The metaclass of guest enums; guest code never holds it."""

    def __new__(cls, name: str, bases: Any, body: Any, **keywords: Any) -> Any:
        if any(type(base) is _GuestEnum for base in bases):
            # Members are made together with their class, and their `__init__` sets attributes.
            dict.__setitem__(body, MARK, True)  # noqa: FBT003 - an item's value
        return super().__new__(cls, name, bases, body, **keywords)

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and not keywords:
            return super().__call__(arguments[0])
        if cls.__members__ or not arguments:
            raise TypeError(f"{cls.__name__}(...) takes one value")
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
