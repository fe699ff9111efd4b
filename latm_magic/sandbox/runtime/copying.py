"""Copies as guest code gets them: copy.copy, copy.deepcopy, and dataclasses.asdict and astuple, which copy deeply.

The originals rebuild an object from what it says of itself, set attributes by name, and share a table of what has been
copied with every `__deepcopy__` of guest code: that table sets anything on anything. Here plain data and guest objects
are rebuilt through their base types, attributes go into the new object's own dict and slots, and the table stays ours.
What is neither is copied by the original, one level deep, and its attributes again by this.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import enum
import random
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.names import demangled
from latm_magic.sandbox.runtime.attributes import read
from latm_magic.sandbox.runtime.classes import Refused, is_guest_class, is_guest_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Deep = Callable[[Any], Any]

_FIXED = (
    *(type(None), bool, int, float, complex, str, bytes, range, Decimal, Fraction, type(...), type(NotImplemented)),
    *(dt.date, dt.time, dt.datetime, dt.timedelta, dt.timezone, FunctionType, BuiltinFunctionType, property),
)
"""Classes whose exact objects never change."""
_is_fixed = frozenset(_FIXED).__contains__


class _Memo(dict[Any, Any]):
    """What a guest's `__deepcopy__` gets: a dict of its own, by which we know our table again."""

    __slots__ = ("_copier",)
    _copier: _Copier


# The content of an object, by the base type that holds it: an empty object of a class, and what fills it.

_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond", "tzinfo")


def _fields(base: Any, names: tuple[str, ...]) -> Callable[[Any], list[Any]]:
    readers = [base.__dict__[name].__get__ for name in names]
    return lambda value: [reader(value) for reader in readers]


_DATE_FIELDS, _TIME_FIELDS = _fields(dt.date, _DATE), _fields(dt.time, _TIME)
_DATETIME_FIELDS, _DELTA_FIELDS = (
    _fields(dt.datetime, _TIME),
    _fields(dt.timedelta, ("days", "seconds", "microseconds")),
)

_VALUES: dict[type, Callable[[Any, Deep], list[Any]]] = {
    int: lambda value, _deep: [int.__index__(value)],
    float: lambda value, _deep: [float.__float__(value)],
    complex: lambda value, _deep: [complex.__complex__(value)],
    str: lambda value, _deep: [str.__str__(value)],
    bytes: lambda value, _deep: [bytes.__getitem__(value, slice(None))],
    Decimal: lambda value, _deep: [Decimal.as_tuple(value)],
    tuple: lambda value, deep: [[deep(item) for item in tuple.__iter__(value)]],
    frozenset: lambda value, deep: [[deep(item) for item in frozenset.__iter__(value)]],
    BaseException: lambda value, deep: [deep(item) for item in value.args],
    dt.timedelta: lambda value, _deep: _DELTA_FIELDS(value),
    dt.datetime: lambda value, _deep: [*_DATE_FIELDS(value), *_DATETIME_FIELDS(value)],
    dt.date: lambda value, _deep: _DATE_FIELDS(value),
    dt.time: lambda value, _deep: _TIME_FIELDS(value),
    partial: lambda value, deep: [deep(value.func), *map(deep, value.args)],
}
"""Base type -> what its `__new__` takes after the class."""


def _fill_dict(items: Callable[[Any], Any], put: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Deep], None]:
    def fill(made: Any, value: Any, deep: Deep) -> None:
        for key, item in list(items(value)):
            put(made, deep(key), deep(item))

    return fill


def _fill_deque(made: Any, value: Any, deep: Deep) -> None:
    deque.__init__(made, (), value.maxlen)
    deque.extend(made, [deep(item) for item in deque.__iter__(value)])


def _fill_defaultdict(made: Any, value: Any, deep: Deep) -> None:
    defaultdict.__init__(made, value.default_factory)
    _fill_dict(dict.items, dict.__setitem__)(made, value, deep)


_FILLS: dict[type, Callable[[Any, Any, Deep], None]] = {
    list: lambda made, value, deep: list.extend(made, [deep(item) for item in list.__iter__(value)]),
    OrderedDict: _fill_dict(OrderedDict.items, OrderedDict.__setitem__),
    defaultdict: _fill_defaultdict,
    dict: _fill_dict(dict.items, dict.__setitem__),
    set: lambda made, value, deep: set.update(made, [deep(item) for item in set.__iter__(value)]),
    bytearray: lambda made, value, _deep: bytearray.extend(made, bytearray.__getitem__(value, slice(None))),
    deque: _fill_deque,
    random.Random: lambda made, value, _deep: random.Random.setstate(made, random.Random.getstate(value)),
}
"""Base type -> how an empty object of it is filled."""

_PLAIN = frozenset({list, tuple, dict, set, frozenset, bytearray, deque, defaultdict, OrderedDict, Counter})
"""Exact classes of data that are rebuilt as guest objects are."""


class _Copier:
    """One deep copy; `__call__` copies what hangs on the first object."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Any, Any]] = {}
        self.memo = _Memo()
        self.memo._copier = self  # noqa: SLF001 - of this file

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        if _is_fixed(kind) or issubclass(kind, type):
            return value
        known = self._done.get(id(value))
        if known is not None:
            return known[1]
        if kind is MethodType:
            return self._method(value)
        if is_guest_class(kind) or kind in _PLAIN:
            return self._note(value, self._own(value, kind))
        return self._note(value, self._host(value, kind))

    def _note(self, value: Any, made: Any) -> Any:
        # Held together with its copy: the number of an object that is gone would be another's.
        return self._done.setdefault(id(value), (value, made))[1]

    def _method(self, method: Any) -> Any:
        if is_guest_function(method.__func__) and is_guest_class(type(method.__self__)):
            return MethodType(method.__func__, self(method.__self__))
        return method

    def _own(self, value: Any, kind: Any) -> Any:
        if issubclass(kind, enum.Enum):
            return value
        if kind not in _PLAIN and hasattr(kind, "__deepcopy__"):
            # Where guest code says itself what its copies are, it may also say which it has made.
            known = dict.get(self.memo, id(value))
            return kind.__deepcopy__(value, self.memo) if known is None else known
        made = _empty(value, kind, self)
        known = self._done.get(id(value))
        if known is not None:
            return known[1]
        self._note(value, made)
        _fill(made, value, self)
        return made

    def _host(self, value: Any, kind: Any) -> Any:
        if hasattr(kind, "__deepcopy__"):
            return kind.__deepcopy__(value, {})
        made = copy.copy(value)
        own = getattr(made, "__dict__", None)
        if made is not value and type(made) is kind and type(own) is dict:
            self._note(value, made)
            for name, part in list(own.items()):
                own[name] = self(part)
        return made


_MAKERS = frozenset({object, Fraction, random.Random.__mro__[1], *_VALUES, *_FILLS})


def _empty(value: Any, kind: Any, deep: Deep) -> Any:
    """Return a new object of the class, without what can still be filled in."""
    maker = next(base for base in kind.__mro__ if "__new__" in base.__dict__ and not is_guest_class(base))
    if maker not in _MAKERS and not issubclass(maker, BaseException):
        raise Refused(f"objects of {kind.__name__!r} cannot be copied here: make a new one")
    base = next((base for base in kind.__mro__ if base in _VALUES), None)
    return maker.__new__(kind, *(_VALUES[base](value, deep) if base else ()))


def _fill(made: Any, value: Any, deep: Deep) -> None:
    """Give a new object the content, the attributes and the slots of another one of its class."""
    kind = type(value)
    for base in kind.__mro__:
        if base in _FILLS:
            _FILLS[base](made, value, deep)
            break
    for slot in _slots(kind):
        try:
            held = slot.__get__(value)
        except AttributeError:
            continue
        slot.__set__(made, deep(held))
    own = getattr(value, "__dict__", None)
    if type(own) is dict and own:
        made.__dict__.update({name: deep(part) for name, part in own.items()})


def _slots(kind: type) -> Iterator[Any]:
    for base in kind.__mro__:
        if "__slots__" in base.__dict__:
            yield from (part for part in base.__dict__.values() if type(part) is MemberDescriptorType)


# What guest code calls


def deepcopy(value: Any, memo: Any = None) -> Any:
    """Do what copy.deepcopy does; of a memo only its identity counts, where it is one that we handed out."""
    if memo is not None and type(memo) not in (dict, _Memo):
        raise TypeError("deepcopy takes a plain dict as its memo")
    copier = memo._copier if type(memo) is _Memo else _Copier()  # noqa: SLF001 - of this file
    return copier(value)


def shallow_copy(value: Any) -> Any:
    """Do what copy.copy does."""
    kind = type(value)
    # A method would be looked up anew, by whatever name its function has.
    if _is_fixed(kind) or kind is MethodType or issubclass(kind, type | enum.Enum):
        return value
    if kind in _PLAIN or not is_guest_class(kind) or hasattr(kind, "__copy__"):
        return copy.copy(value)
    made = _empty(value, kind, _same)
    _fill(made, value, _same)
    return made


def _same(value: Any) -> Any:
    return value


def asdict(instance: Any, *, dict_factory: Callable[[Any], Any] = dict) -> Any:
    """Do what dataclasses.asdict does, with private fields named as they were written."""
    return _plain_data(_checked(instance, "asdict"), _Copier(), dict_factory)


def astuple(instance: Any, *, tuple_factory: Callable[[Any], Any] = tuple) -> Any:
    """Do what dataclasses.astuple does."""
    return _plain_data(
        _checked(instance, "astuple"), _Copier(), lambda pairs: tuple_factory([part for _, part in pairs])
    )


def _checked(instance: Any, name: str) -> Any:
    if not _is_dataclass(type(instance)):
        raise TypeError(f"{name}() should be called on dataclass instances")
    return instance


def _is_dataclass(kind: type) -> bool:
    return is_guest_class(kind) and hasattr(kind, "__dataclass_fields__")


def _plain_data(value: Any, copier: _Copier, factory: Callable[[Any], Any]) -> Any:
    def plain(part: Any) -> Any:
        return _plain_data(part, copier, factory)

    kind: Any = type(value)
    if _is_dataclass(kind):
        return factory([(demangled(each.name), plain(read(value, each.name))) for each in dataclasses.fields(value)])
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind(*[plain(part) for part in value])
    if issubclass(kind, list | tuple):
        return kind(plain(part) for part in value)
    if issubclass(kind, dict):
        pairs = [(plain(key), plain(part)) for key, part in value.items()]
        return kind(value.default_factory, pairs) if issubclass(kind, defaultdict) else kind(pairs)
    return copier(value)
