"""Methods of the host's classes, so wrapped that they take an object of their own class and no other.

Code of the standard library trusts its `self`: `UserList.copy(int)` is `type(int)`, and others set attributes on it.
So every method, property and classmethod that is written in Python is wrapped, in its class, when a module's proxy
is built: whatever way guest code finds to it, what it finds is wrapped. Methods in C check for themselves. It changes
classes of this process: nothing but the check is added to them.
"""

from __future__ import annotations

import functools
import typing
from types import FunctionType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.names import attribute_advice, mangled
from latm_magic.sandbox.runtime.classes import Refused, derives

if TYPE_CHECKING:
    from collections.abc import Callable

_WITHOUT_SELF = frozenset(
    {"__new__", "__init_subclass__", "__class_getitem__", "__subclasshook__", "_generate_next_value_"}
)
"""Plain functions in a class's dict that take a class or nothing of its own; guest code can say only the last."""

_done: set[type] = set()


class ForeignSelf(Refused, AttributeError):
    """A method was given another class's object: an AttributeError too, as most methods raise of themselves."""


def guard_class(value: Any) -> None:
    """Wrap the methods of a host's class, of its bases and of the classes inside it; anything else is left alone."""
    if not issubclass(type(value), type):
        return
    for cls in value.__mro__:
        if cls not in _done:
            _done.add(cls)
            _guard_own_methods(cls)


def _guard_own_methods(cls: type) -> None:
    for name, value in list(cls.__dict__.items()):
        if issubclass(type(value), type):
            guard_class(value)
        elif name not in _WITHOUT_SELF and _can_be_called(cls, name):
            guarded = _guarded(cls, value)
            if guarded is not value:
                type.__setattr__(cls, name, guarded)


def _can_be_called(cls: type, name: str) -> bool:
    """Whether guest code can read `name` or have it called; typing knows the `__init__` of protocols by identity."""
    if name == "__init__":
        return cls.__module__ != typing.__name__
    return attribute_advice(name) is None and mangled(name) == name


def _guarded(cls: type, value: Any) -> Any:
    """Return what stands in a class's dict as `value`, with the check before it."""
    kind = type(value)
    if kind is FunctionType:
        return guard_method(cls, value)
    if kind is classmethod and type(value.__func__) is FunctionType:
        return classmethod(_for_subclasses(cls, value.__func__))
    if kind is property:
        fget, fset, fdel = [part and guard_method(cls, part) for part in (value.fget, value.fset, value.fdel)]
        return property(fget, fset, fdel, value.__doc__)
    return value


def guard_method(cls: type, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return `method` for objects of `cls` only."""

    @functools.wraps(method)
    def call(self: Any, /, *arguments: Any, **keywords: Any) -> Any:
        if derives(type(self), cls):
            return method(self, *arguments, **keywords)
        raise ForeignSelf(f"{cls.__name__}.{method.__name__} takes an object of its own class")

    return call


def _for_subclasses(cls: type, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(own: Any, /, *arguments: Any, **keywords: Any) -> Any:
        if issubclass(type(own), type) and derives(own, cls):
            return method(own, *arguments, **keywords)
        raise ForeignSelf(f"{cls.__name__}.{method.__name__} takes a class that derives from it")

    return call
