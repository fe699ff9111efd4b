"""Guest classes and the classes of objects: how they are made, told apart, asked for and written to.

`type(x)` gives guest code the class of data and of listed modules, and a stand-in with the name alone for anything
else, so that no metaclass and no class of the interpreter's insides is ever handed out. Attributes are set on
guest classes, their instances and guest functions only. It does NOT check names (`names` does).
"""

from __future__ import annotations

import builtins
import datetime as dt
import decimal
import enum
import random
import sys
import textwrap
import typing
import weakref
from abc import ABCMeta
from collections import deque
from fractions import Fraction
from functools import partial
from types import FunctionType, MethodType, resolve_bases
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.allowlist import ALLOWLIST, PLAIN_BUILTINS
from latm_magic.sandbox.policy.names import GUARDED_ATTRIBUTES, PRIVATE, demangled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_guests: dict[int, weakref.ref[type]] = {}
"""The guest classes that live, by id: kept outside of the classes, where no class body and no base can claim it."""

_WRITABLE = (BaseException, decimal.Context, textwrap.TextWrapper)
"""Host classes whose instances belong to whoever made them, and whose attributes are there to be set."""

_PLAIN_BASES = frozenset(
    {
        *(object, int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset, deque, partial),
        *(property, classmethod, staticmethod, decimal.Decimal, decimal.Context, Fraction, random.Random.__mro__[1]),
        *(dt.date, dt.time, dt.datetime, dt.timedelta, dt.tzinfo, typing.Any),
    }
)
"""Classes whose `__new__` gives instances of the class that it is asked for, and nothing else.

`reversed`, for one, gives what a method of its argument returns: library code would set attributes of that.
"""

_MOST_KNOWN = 256
"""Classes that a namespace keeps at hand. Those of an endless loop would fill the memory: they are looked up anew."""

_SUPER_SELF = super.__dict__["__self__"].__get__
"""Reads the object of a `super()` past the attributes that `super()` itself gives."""

_OURS = frozenset({"latm_magic", "RestrictedPython", "__main__"})


class Refused(Exception):
    """Guest code tried what the policy does not allow, in a way that only shows while it runs."""


def is_guest_class(cls: Any) -> bool:
    """Whether `cls` is a class that guest code defined."""
    known = _guests.get(id(cls))
    return known is not None and known() is cls


def is_guest_function(value: Any) -> bool:
    """Whether `value` is a function that guest code defined."""
    return type(value) is FunctionType and "latm:write" in value.__globals__


def mark(cls: Any) -> Any:
    """Note `cls` as a guest class, and return it."""
    register(cls)
    refuse_hidden_methods(cls, getattr(cls, "__dataclass_fields__", ()))
    return cls


def register(cls: type) -> None:
    """Note `cls` as a guest class; done for an enum before its members are made."""
    key = id(cls)
    if key not in _guests:
        _guests[key] = weakref.ref(cls, lambda _dead: _guests.pop(key, None))


class ClassLookup(dict[type, Any]):
    """Class -> what `type(x)` gives for its objects; filled as it is asked."""

    def __missing__(self, cls: type) -> Any:
        visible = _visible(cls)
        if len(self) < _MOST_KNOWN:
            self[cls] = visible
        return visible


def class_builder(known: set[type]) -> Callable[..., Any]:
    """Return what the `class` statement calls in a namespace; its first classes go into `known`."""

    def build(body: FunctionType, name: str, /, *bases: Any, **keywords: Any) -> Any:
        built = _build_class(body, name, bases, keywords)
        if len(known) < _MOST_KNOWN:
            known.add(built)
        return built

    return build


def _build_class(body: FunctionType, name: str, bases: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if "metaclass" in keywords:
        # The name alone says nothing: guest code may call anything of its own `ABCMeta`.
        if keywords["metaclass"] is not standin(ABCMeta):
            raise Refused("a class has no metaclass here but abc.ABCMeta: write a plain class")
        keywords["metaclass"] = ABCMeta
    for base in resolve_bases(bases):
        # `typing.Type` stands for the real `type` when it is a base; an object would be asked to be the metaclass.
        if not issubclass(type(base), type) or issubclass(base, type):
            raise Refused(f"no class can derive from {type(base).__name__!r} objects: write a plain class")
        if not _makes_instances(base):
            raise Refused(f"no class can derive from {base.__name__!r}: write a plain class that holds one")
    built = builtins.__build_class__(body, name, *bases, **keywords)
    if built.__name__.startswith(PRIVATE):
        built.__name__ = demangled(built.__name__)
    return mark(built)


def _makes_instances(base: type) -> bool:
    """Whether what makes the instances of a base class is guest code's, an enum's, an error's or in `_PLAIN_BASES`."""
    maker = next(part for part in base.__mro__ if "__new__" in part.__dict__)
    if maker in _PLAIN_BASES or is_guest_class(maker) or issubclass(maker, BaseException | enum.Enum):
        return True
    # What the person allowed beside the list leans on the walls.
    return maker.__module__.partition(".")[0] not in sys.stdlib_module_names | _OURS


def refuse_hidden_methods(cls: type, fields: Iterable[str]) -> None:
    """Refuse dataclass fields that share a guarded name with a host's method: generated code would read that method."""
    hosts = [base for base in cls.__mro__ if not is_guest_class(base)]
    for name in GUARDED_ATTRIBUTES.intersection(fields):
        if any(name in base.__dict__ for base in hosts):
            raise Refused(f"dataclass field '{name}' hides a method of its base class: name it otherwise")


# What type(x) gives


class _StandinType(type):
    """The class of stand-ins: they have a name, can be compared and used with isinstance, and nothing else."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if cls is GuestType and len(arguments) == 1 and not keywords:
            return class_of(arguments[0])
        raise Refused(f"{cls.__name__}(...) makes nothing here: write a class statement, or a plain function")

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _real(cls))

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return subclass is cls or issubclass(_real(subclass), _real(cls))

    def __repr__(cls) -> str:
        return f"<class '{cls.__name__}'>"


class _Closed:
    """Base of the stand-ins of classes that guest code does not get."""

    __slots__ = ()

    def __init_subclass__(cls, **_keywords: Any) -> None:
        if _Closed not in cls.__bases__:
            raise Refused(f"no class can derive from {cls.__mro__[1].__name__!r}: write a plain class")


class GuestType(metaclass=_StandinType):
    """The builtin `type` of guest code: one argument, the class of an object."""

    def __init_subclass__(cls, **_keywords: Any) -> None:
        raise Refused("no class can derive from 'type': write a plain class")

    def __class_getitem__(cls, parameters: Any) -> Any:
        # For annotations only: an alias of this class could be called, and leaves a trace on what it gives.
        return typing.Type[parameters]  # noqa: UP006 - not the builtin


GuestType.__name__ = GuestType.__qualname__ = "type"

_STANDINS: dict[type, type] = {type: GuestType}
"""Host class -> its stand-in. Grows by the interpreter's own classes only, which are few."""


def standin(cls: type) -> type:
    """Return the stand-in of a class that guest code does not get."""
    if cls not in _STANDINS:
        _STANDINS[cls] = type.__call__(_StandinType, cls.__name__, (_Closed,), {"__slots__": ()})
    return _STANDINS[cls]


def _real(cls: Any) -> Any:
    return next((real for real, stand_in in _STANDINS.items() if stand_in is cls), cls)


def class_of(value: Any) -> Any:
    """Return `type(value)`, or its stand-in."""
    return _visible(type(value))


def _visible(cls: type) -> Any:
    if issubclass(cls, type):
        return GuestType
    return cls if is_guest_class(cls) or _is_listed(cls) else standin(cls)


def _is_listed(cls: type) -> bool:
    module = cls.__module__
    if module == "builtins":
        return cls.__name__ in PLAIN_BUILTINS or cls is type(None)
    if module in ALLOWLIST:
        return cls.__name__ in ALLOWLIST[module]
    root = module.partition(".")[0]
    # What is left is either the host's own or comes from a module that the person allowed.
    return root not in sys.stdlib_module_names and root not in _OURS


# Writing


def writable(target: Any) -> Any:
    """Return `target` if guest code may set its attributes, else an object that refuses."""
    # As `is_guest_class(type(target))`, which most objects are: this stands in loops.
    kind = type(target)
    known = _guests.get(id(kind))
    if (known is not None and known() is kind) or is_guest_class(target):
        return target
    if issubclass(type(target), _WRITABLE) or is_guest_function(target):
        return target
    return _ReadOnly(type(target).__name__)


class _ReadOnly:
    """Stands for an object whose attributes guest code may not set."""

    def __init__(self, class_name: str) -> None:
        advice = "keep the value in an object of your own class, or in a dict"
        object.__setattr__(self, "_message", f"attributes of {class_name!r} cannot be set here: {advice}")

    def __setattr__(self, _name: str, _value: Any) -> None:
        raise Refused(self._message)

    def __delattr__(self, _name: str) -> None:
        raise Refused(self._message)

    def __getattr__(self, _name: str) -> Any:
        raise Refused(self._message)


def derives(kind: type, cls: type) -> bool:
    """Whether `kind` is or extends `cls`; `issubclass` asks an abstract class, where anything can be registered."""
    return cls in kind.__mro__


def base_init(base: Any, own: Any) -> MethodType:
    """Return `base.__init__` bound to `own`, which must be an instance of it and of a guest class."""
    if is_guest_class(type(own)) and issubclass(type(base), type) and derives(type(own), base):
        return MethodType(base.__init__, own)
    raise Refused("`__init__` of a base class takes the object itself: write `super().__init__(...)`")


def base_new(base: Any, own: Any) -> MethodType:
    """Return `base.__new__` for `own`, which must be a guest class that derives from it."""
    if is_guest_class(own) and issubclass(type(base), type) and derives(own, base):
        return MethodType(base.__new__, own)
    raise Refused("`__new__` of a base class takes the class itself: write `super().__new__(cls)`")


def of_instance(parent: Any) -> Any:
    """Return `super()` where it stands for an object: of a class it would give a base's `__init__` unbound."""
    if issubclass(type(_SUPER_SELF(parent)), type):
        raise Refused("`super().__init__` is for the method of an object, not of a class")
    return parent


def instance_maker(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a guest's `__new__` that makes instances of its class only.

    Library code, some of it in C, sets attributes and bytes of what a class gives without another look.
    """

    def new(cls: type, *arguments: Any, **keywords: Any) -> Any:
        made = make(cls, *arguments, **keywords)
        if not derives(type(made), cls):
            raise Refused(
                f"`__new__` of {cls.__name__!r} must give an instance of it: write a plain function for others"
            )
        return made

    return new
