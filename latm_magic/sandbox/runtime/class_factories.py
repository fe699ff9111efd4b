"""What makes a class of a list of fields: namedtuple, NamedTuple, TypedDict and dataclass as guest code gets them.

The originals turn field names into code, so names are read as exact text first: a subclass of str could lie about
itself. Left out on purpose: make_dataclass (text becomes code).
"""

from __future__ import annotations

import collections
import copy
import dataclasses
import inspect
import typing
from keyword import iskeyword
from types import FunctionType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.names import (
    GUARDED_ATTRIBUTES,
    GUEST_MODULE,
    OPERATORS,
    attribute_advice,
    demangled,
    normal_form,
)
from latm_magic.sandbox.runtime.classes import Refused, derives, is_guest_class, mark, refuse_hidden_methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Names


def identifier(name: object) -> str:
    """Return `name` as the exact text that it is in code; ValueError if it is not an identifier."""
    text = normal_form(name) if isinstance(name, str) else ""
    if not text.isidentifier():
        raise ValueError(f"names must be valid identifiers: {text!r}")
    return text


def identifiers(names: str | Iterable[str], *, are_checked: bool = True) -> list[str]:
    """Return names, in one text or several, as `identifier` does; ValueError if one begins with an underscore."""
    if isinstance(names, str):
        names = str.__str__(names).replace(",", " ").split()
    texts = [normal_form(name) for name in names]
    for text in texts if are_checked else ():
        if identifier(text).startswith("_"):
            raise ValueError(f"names cannot start with an underscore: {text!r}")
    return texts


# Tuples and dicts


def namedtuple(
    typename: str,
    field_names: str | Iterable[str],
    *,
    rename: bool = False,
    defaults: Iterable[Any] | None = None,
    module: Any = None,  # noqa: ARG001 - accepted as the original does; it is always the tool
) -> Any:
    """Do what collections.namedtuple does."""
    fields = identifiers(field_names, are_checked=not rename)
    return mark(
        collections.namedtuple(  # noqa: PYI024 - guest code asked for this one
            identifier(typename), fields, rename=bool(rename), defaults=defaults, module=GUEST_MODULE
        )
    )


class _TypingBase:
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
    hints = [hint for _, hint in pairs]
    return mark(typing.NamedTuple(identifier(typename), list(zip(names, hints, strict=True))))


def _no_typed_dict(*_arguments: Any, **_keywords: Any) -> Any:
    raise Refused("TypedDict(...) is not allowed: write it as a class, `class Movie(TypedDict): ...`")


NamedTuple = _TypingBase(typing.NamedTuple, _typed_tuple)
TypedDict = _TypingBase(typing.TypedDict, _no_typed_dict)


# Dataclasses

_SWITCHES = (bool, type(None), type(dataclasses.MISSING))
"""What an option of a field may be; the third where it is left out."""


def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """Do what dataclasses.dataclass does, for guest classes whose fields are plain names."""
    if cls is None:
        return lambda decorated: dataclass(decorated, **options)
    # Read once: a guest's `__bool__` would be asked in the middle of it, when methods are made and not yet bound.
    options = {name: bool(value) for name, value in options.items()}
    if not is_guest_class(cls):
        raise Refused("dataclass is for a class of your own")
    annotations = inspect.get_annotations(cls)
    _check_fields(cls, annotations)
    own = set(cls.__dict__)
    try:
        # Without one the original asks `inspect` for a signature, which evaluates the text of a base class's `__doc__`.
        cls.__doc__ = cls.__doc__ or f"{demangled(cls.__name__)}({', '.join(map(demangled, annotations))})"
        # Annotations as text would be looked up in a module that does not exist on this side.
        cls.__annotations__ = {name: _annotation(annotation) for name, annotation in annotations.items()}
        made = mark(dataclasses.dataclass(cls, **options))
    finally:
        cls.__annotations__ = annotations
        # Also after an error, which guest code can catch: some methods are made by then.
        _bind_generated(cls, own)
    made.__annotations__ = annotations
    for field in dataclasses.fields(made):
        field.type = annotations.get(field.name, field.type)
    if "__repr__" in made.__dict__ and "__repr__" not in own:
        _show_private_fields(made)
    if made is not cls:
        _bind_generated(made, own)
    return made


def _bind_generated(cls: Any, own: set[str]) -> None:
    """Let the methods that were made for a class take its objects only, where they read attributes that are guarded."""
    if GUARDED_ATTRIBUTES.intersection(getattr(cls, "__dataclass_fields__", ())):
        for name in OPERATORS.intersection(cls.__dict__).difference(own):
            setattr(cls, name, _for_own_objects(cls, cls.__dict__[name]))


def _for_own_objects(cls: type, method: Any) -> Any:
    """Return a generated method for this class's objects only: of others it would read real methods."""

    def call(self: Any, *others: Any) -> Any:
        if not derives(type(self), cls):
            raise Refused(f"this method takes an object of {cls.__name__!r}")
        return method(self, *others)

    return call if type(method) is FunctionType else method


def _check_fields(cls: Any, annotations: dict[str, Any]) -> None:
    for name in annotations:
        if type(name) is not str or not name.isidentifier() or iskeyword(name) or normal_form(name) != name:
            raise Refused("dataclass fields are plain names")
        advice = attribute_advice(name)
        if advice is not None:
            raise Refused(f"dataclass field '{name}' is not allowed: {advice}")
        field = cls.__dict__.get(name)
        if isinstance(field, dataclasses.Field):
            switches = (field.init, field.repr, field.hash, field.compare, field.kw_only)
            if not all(type(switch) in _SWITCHES for switch in switches):
                raise Refused("the options of a dataclass field are True or False")
            # The same field in a second class would be renamed there, and the first class would read that name.
            setattr(cls, name, copy.copy(field))
    # Before the class changes: guest code can catch the refusal and keep the class.
    refuse_hidden_methods(cls, annotations)


def _annotation(annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    name = annotation.partition("[")[0].strip().rpartition(".")[2]
    special = {"ClassVar": typing.ClassVar, "InitVar": dataclasses.InitVar(object), "KW_ONLY": dataclasses.KW_ONLY}
    return special.get(name, object)


def _show_private_fields(made: Any) -> None:
    """Let `repr` show private fields as they were written."""
    original = made.__repr__
    if any(demangled(field.name) != field.name and field.repr for field in dataclasses.fields(made)):
        made.__repr__ = lambda self: demangled(original(self))
