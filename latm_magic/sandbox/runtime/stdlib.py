"""Stand-ins for library functions that would read attributes by name, make code of text, or change what is shared.

Each does what makers use the original for. Left out on purpose, and why: string.Formatter and UserString (format
strings), get_type_hints, ForwardRef and singledispatch (they evaluate text), make_dataclass (text becomes code),
update_wrapper (sets any attribute).
"""

from __future__ import annotations

import abc
import collections
import copy
import dataclasses
import functools
import inspect
import typing
from keyword import iskeyword
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.names import GUARDED_ATTRIBUTES, GUEST_MODULE, OPERATORS, attribute_refusal, shown
from latm_magic.sandbox.runtime.attributes import read
from latm_magic.sandbox.runtime.classes import GuestType, Refused, is_guest_class, mark, refuse_hidden_methods, standin
from latm_magic.sandbox.runtime.enums import Enum, Flag, IntEnum, IntFlag, StrEnum
from latm_magic.sandbox.runtime.identifiers import identifier, identifiers
from latm_magic.sandbox.runtime.library import LIBRARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["REPLACEMENTS"]


# operator and functools


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
        if type(wrapper) is FunctionType and "latm:write" in wrapper.__globals__:
            wrapper.__name__ = str.__str__(str(getattr(wrapped, "__name__", wrapper.__name__)))
            wrapper.__doc__ = getattr(wrapped, "__doc__", None)
        return wrapper

    return decorate


def _for_guests(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give a decorator that changes what it decorates, for guest classes only."""

    def decorate(kind: Any) -> Any:
        if not is_guest_class(kind):
            raise Refused(f"{original.__name__} is for a class of your own")
        return original(kind)

    return decorate


def abstractmethod(function: Any) -> Any:
    """Do what abc.abstractmethod does, for what guest code defined."""
    if type(function) is FunctionType:
        if "latm:write" not in function.__globals__:
            raise Refused("abstractmethod is for a function of your own")
        return abc.abstractmethod(function)
    return abc.abstractmethod(function) if issubclass(type(function), classmethod | staticmethod) else function


def _same(value: Any) -> Any:
    return value


class Annotated:
    """typing.Annotated[kind, ...] as `kind`: the alias could be called, and leaves a trace on what `kind` gives."""

    def __class_getitem__(cls, parameters: Any) -> Any:
        kind, _first, *_others = parameters
        return kind


def get_origin(kind: Any) -> Any:
    """Do what typing.get_origin does; `type` stays the guest's."""
    origin = typing.get_origin(kind)
    return GuestType if origin is type else origin


# Classes made from a list of fields


def namedtuple(
    typename: str,
    field_names: str | Iterable[str],
    *,
    rename: bool = False,
    defaults: Iterable[Any] | None = None,
    module: Any = None,  # noqa: ARG001 - accepted as the original does; it is always the tool
) -> Any:
    """Do what collections.namedtuple does; the names end up in code, so they are read as exact text first."""
    fields = identifiers(field_names) if not rename else identifiers(field_names, are_checked=False)
    return mark(
        collections.namedtuple(  # noqa: PYI024 - guest code asked for this one
            identifier(typename), fields, rename=bool(rename), defaults=defaults, module=GUEST_MODULE
        )
    )


class _ClassSyntax:
    """Stands for a typing class that is used as a base: `class Point(NamedTuple)`."""

    def __init__(self, original: Any, make: Callable[..., Any]) -> None:
        self._original = original
        self._make = make

    def __mro_entries__(self, bases: tuple[Any, ...]) -> Any:
        """Let the original say what it stands for."""
        return self._original.__mro_entries__(tuple(self._original if base is self else base for base in bases))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._make(*arguments, **keywords)


def _typed_tuple(typename: str, fields: Iterable[tuple[str, Any]] = ()) -> Any:
    pairs = list(fields)
    names = identifiers([name for name, _ in pairs])
    return mark(typing.NamedTuple(identifier(typename), list(zip(names, [kind for _, kind in pairs], strict=True))))


def _no_typed_dict(*_arguments: Any, **_keywords: Any) -> Any:
    raise Refused("TypedDict(...) is not allowed: write it as a class, `class Movie(TypedDict): ...`")


_SWITCHES = (bool, type(None), type(dataclasses.MISSING))
"""What an option of a field may be; the third where it is left out."""


def dataclass(kind: Any = None, /, **options: Any) -> Any:
    """Do what dataclasses.dataclass does, for guest classes whose fields are plain names."""
    if kind is None:
        return lambda decorated: dataclass(decorated, **options)
    # Read once: a guest's `__bool__` would be asked in the midst of it, when methods are made and not yet bound.
    options = {name: bool(value) for name, value in options.items()}
    if not is_guest_class(kind):
        raise Refused("dataclass is for a class of your own")
    annotations = inspect.get_annotations(kind)
    _check_fields(kind, annotations)
    own = set(kind.__dict__)
    try:
        # Without one the original asks `inspect` for a signature, which evaluates the text of a base class's `__doc__`.
        kind.__doc__ = kind.__doc__ or f"{shown(kind.__name__)}({', '.join(map(shown, annotations))})"
        # Annotations as text would be looked up in a module that does not exist on this side.
        kind.__annotations__ = {name: _annotation(annotation) for name, annotation in annotations.items()}
        made = mark(dataclasses.dataclass(kind, **options))
    finally:
        kind.__annotations__ = annotations
        # Also after an error, which guest code can catch: some methods are made by then.
        _bind_generated(kind, own)
    made.__annotations__ = annotations
    for field in dataclasses.fields(made):
        field.type = annotations.get(field.name, field.type)
    if "__repr__" in made.__dict__ and "__repr__" not in own:
        _show_private_fields(made)
    if made is not kind:
        _bind_generated(made, own)
    return made


def _bind_generated(kind: Any, own: set[str]) -> None:
    """Let the methods that were made for a class take its objects only, where they read attributes that are guarded."""
    if GUARDED_ATTRIBUTES.intersection(getattr(kind, "__dataclass_fields__", ())):
        for name in OPERATORS.intersection(kind.__dict__).difference(own):
            setattr(kind, name, _for_own_objects(kind, kind.__dict__[name]))


def _for_own_objects(kind: type, method: Any) -> Any:
    """Give a generated method that reads fields of this class's objects only: of others it would read real methods."""

    def call(self: Any, *others: Any) -> Any:
        if not issubclass(type(self), kind):
            raise Refused(f"this method takes an object of {kind.__name__!r}")
        return method(self, *others)

    return call if type(method) is FunctionType else method


def _check_fields(kind: Any, annotations: dict[str, Any]) -> None:
    for name in annotations:
        if type(name) is not str or not name.isidentifier() or iskeyword(name):
            raise Refused("dataclass fields are plain names")
        advice = attribute_refusal(name)
        if advice is not None:
            raise Refused(f"dataclass field '{name}' is not allowed: {advice}")
        field = kind.__dict__.get(name)
        if isinstance(field, dataclasses.Field):
            switches = (field.init, field.repr, field.hash, field.compare, field.kw_only)
            if not all(type(switch) in _SWITCHES for switch in switches):
                raise Refused("the options of a dataclass field are True or False")
            # The same field in a second class would be renamed there, and the first class would read that name.
            setattr(kind, name, copy.copy(field))
    # Before the class changes: guest code can catch the refusal and keep the class.
    refuse_hidden_methods(kind, annotations)


def _annotation(annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    name = annotation.partition("[")[0].strip().rpartition(".")[2]
    special = {"ClassVar": typing.ClassVar, "InitVar": dataclasses.InitVar(object), "KW_ONLY": dataclasses.KW_ONLY}
    return special.get(name, object)


def _show_private_fields(made: Any) -> None:
    """Let `repr` show private fields as they were written."""
    original = made.__repr__
    if any(shown(field.name) != field.name and field.repr for field in dataclasses.fields(made)):
        made.__repr__ = lambda self: shown(original(self))


def asdict(instance: Any, *, dict_factory: Callable[[Any], Any] = dict) -> Any:
    """Do what dataclasses.asdict does, with private fields named as they were written."""
    return dataclasses.asdict(
        instance, dict_factory=lambda pairs: dict_factory([(shown(name), value) for name, value in pairs])
    )


REPLACEMENTS: MappingProxyType[tuple[str, str], Any] = MappingProxyType(
    {
        **LIBRARY,
        ("abc", "ABCMeta"): standin(abc.ABCMeta),
        ("abc", "abstractmethod"): abstractmethod,
        ("collections", "namedtuple"): namedtuple,
        ("dataclasses", "asdict"): asdict,
        ("dataclasses", "dataclass"): dataclass,
        ("enum", "Enum"): Enum,
        ("enum", "Flag"): Flag,
        ("enum", "IntEnum"): IntEnum,
        ("enum", "IntFlag"): IntFlag,
        ("enum", "StrEnum"): StrEnum,
        ("functools", "total_ordering"): _for_guests(functools.total_ordering),
        ("functools", "wraps"): wraps,
        ("operator", "attrgetter"): attrgetter,
        ("operator", "methodcaller"): methodcaller,
        ("typing", "Annotated"): Annotated,
        ("typing", "NamedTuple"): _ClassSyntax(typing.NamedTuple, _typed_tuple),
        ("typing", "TypedDict"): _ClassSyntax(typing.TypedDict, _no_typed_dict),
        ("typing", "final"): _same,
        ("typing", "get_origin"): get_origin,
        ("typing", "overload"): _same,
        ("typing", "override"): _same,
        ("typing", "runtime_checkable"): _for_guests(typing.runtime_checkable),
    }
)
"""(module, name) -> what guest code gets in place of it."""
