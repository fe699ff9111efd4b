"""Attributes by computed name, and the few whose meaning depends on the object: what `getattr` is to guest code.

The same rules as in the policy (`policy.names`), applied to names that only exist while the code runs.
"""

from __future__ import annotations

import typing
from abc import ABC, ABCMeta
from types import BuiltinMethodType, FunctionType, MethodDescriptorType, MethodType
from typing import Any

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.runtime.classes import Refused, class_of, is_guest_class, is_guest_function, writable
from latm_magic.sandbox.runtime.formatting import safe_format

_NEUTRAL_BASES = (object, ABC, typing.Generic)


def read(target: Any, name: str, /, *default: Any) -> Any:
    """Do what `getattr` does, for names that guest code may say."""
    name = _attribute_name(name)
    if name == "__class__":
        return class_of(target)
    _refuse(names.attribute_advice(name), name)
    if name in names.GUARDED_ATTRIBUTES:
        try:
            return guarded(target, name)
        except AttributeError:
            if default:
                return default[0]
            raise
    return getattr(target, names.mangled(name), *default)


def exists(target: Any, name: str, /) -> bool:
    """Do what `hasattr` does."""
    return hasattr(target, names.mangled(_attribute_name(name)))


def put(target: Any, name: str, value: Any, /) -> None:
    """Do what `setattr` does, on what guest code may write to."""
    setattr(writable(target), _storable(name), value)


def remove(target: Any, name: str, /) -> None:
    """Do what `delattr` does, on what guest code may write to."""
    delattr(writable(target), _storable(name))


def _attribute_name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    return names.normal_form(name)


def _storable(name: Any) -> str:
    name = _attribute_name(name)
    _refuse(names.store_advice(name), name)
    _refuse(None if name.isidentifier() else "use a plain identifier", name)
    return names.mangled(name)


def _refuse(advice: str | None, name: str) -> None:
    if advice is not None:
        raise Refused(f"attribute '{name}' is not allowed: {advice}")


# Attributes whose meaning depends on the object


def guarded(target: Any, name: str, /) -> Any:
    """Read one of `names.GUARDED_ATTRIBUTES`."""
    if type(target) is str and name == "format" and names.is_plain_template(target):
        return target.format
    value = getattr(target, name)
    if _is_str_method(value):
        return safe_format(value, name, read)
    if type(value) is MethodType and value.__func__ is ABCMeta.register:
        return _own_register(target, value)
    if _is_own(target, name) and type(value) is not MethodDescriptorType:
        return value
    if type(value) is MethodType and _is_own(value.__func__, name):
        return value
    raise Refused(f"attribute '{name}' of '{type(target).__name__}' is not allowed: use an object of your own class")


def _own_register(target: Any, register: MethodType) -> MethodType:
    """Return `register` of a guest's own abstract class: what a host's class counts as its own, all namespaces see."""
    bases = getattr(register.__self__, "__mro__", ())
    if is_guest_class(target) and all(is_guest_class(base) or base in _NEUTRAL_BASES for base in bases):
        return register
    raise Refused("attribute 'register' is not allowed: use an abstract class that derives from abc.ABC alone")


def _is_own(target: Any, name: str) -> bool:
    """Whether an attribute of `target` is guest code's own; the `obj` of an AttributeError may be anything."""
    if type(target) is FunctionType:
        return is_guest_function(target)
    cls = target if issubclass(type(target), type) else type(target)
    return is_guest_class(cls) and not (name == "obj" and issubclass(cls, AttributeError))


def _is_str_method(value: Any) -> bool:
    if type(value) is MethodDescriptorType:
        return value is str.format or value is str.format_map
    is_named = type(value) is BuiltinMethodType and value.__name__ in {"format", "format_map"}
    return is_named and isinstance(value.__self__, str)
