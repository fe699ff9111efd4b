"""Attributes by computed name, and the few whose meaning depends on the object: what `getattr` is to guest code.

The same rules as in the policy, applied to names that only exist while the code runs; `str.format` is made safe here,
because a format string is a list of attribute names too.
"""

from __future__ import annotations

import string
from abc import ABCMeta
from functools import lru_cache
from types import BuiltinMethodType, FunctionType, MethodDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox import names
from latm_magic.sandbox.kinds import Refused, class_of, is_guest_class, writable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["exists", "guarded", "put", "read", "remove"]


def read(target: Any, name: str, /, *default: Any) -> Any:
    """Do what `getattr` does, for names that guest code may say."""
    name = _plain(name)
    if name == "__class__":
        return class_of(target)
    _refuse(names.attribute_refusal(name), name)
    if name in names.GUARDED_ATTRIBUTES:
        try:
            return guarded(target, name)
        except AttributeError:
            if default:
                return default[0]
            raise
    return getattr(target, names.hidden(name), *default)


def exists(target: Any, name: str, /) -> bool:
    """Do what `hasattr` does."""
    return hasattr(target, names.hidden(_plain(name)))


def put(target: Any, name: str, value: Any, /) -> None:
    """Do what `setattr` does, on what guest code may write to."""
    setattr(writable(target), _storable(name), value)


def remove(target: Any, name: str, /) -> None:
    """Do what `delattr` does, on what guest code may write to."""
    delattr(writable(target), _storable(name))


def _plain(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    return str.__str__(name)


def _storable(name: Any) -> str:
    name = _plain(name)
    _refuse(names.store_refusal(name), name)
    _refuse(None if name.isidentifier() else "use a plain identifier", name)
    return names.hidden(name)


def _refuse(advice: str | None, name: str) -> None:
    if advice is not None:
        raise Refused(f"attribute '{name}' is not allowed: {advice}")


# Attributes whose meaning depends on the object


def guarded(target: Any, name: str, /) -> Any:
    """Read one of `names.GUARDED_ATTRIBUTES`."""
    value = getattr(target, name)
    if _is_str_method(value):
        return _safe_format(value, name)
    if type(value) is MethodType and value.__func__ is ABCMeta.register and is_guest_class(value.__self__):
        return value
    if _is_own(target, name) and type(value) is not MethodDescriptorType:
        return value
    if type(value) is MethodType and _is_own(value.__func__, name):
        return value
    raise Refused(f"attribute '{name}' of '{type(target).__name__}' is not allowed: use an object of your own class")


def _is_own(target: Any, name: str) -> bool:
    """Whether an attribute of `target` is guest code's own; the `obj` of an AttributeError may be anything."""
    if type(target) is FunctionType:
        return "latm:write" in target.__globals__
    kind = target if issubclass(type(target), type) else type(target)
    return is_guest_class(kind) and not (name == "obj" and issubclass(kind, AttributeError))


def _is_str_method(value: Any) -> bool:
    if type(value) is MethodDescriptorType:
        return value is str.format or value is str.format_map
    is_named = type(value) is BuiltinMethodType and value.__name__ in {"format", "format_map"}
    return is_named and isinstance(value.__self__, str)


def _safe_format(method: Any, name: str) -> Callable[..., Any]:
    """Give `str.format` or `str.format_map`, bound as `method` is, that reads attributes through the guard."""
    if type(method) is MethodDescriptorType:
        return _unbound_map if name == "format_map" else _unbound_format
    template = str.__str__(method.__self__)
    if _is_plain(template):
        return method  # type: ignore[no-any-return]
    if name == "format_map":
        return lambda mapping, /: _unbound_map(template, mapping)
    return lambda *arguments, **keywords: _Formatter().vformat(template, arguments, keywords)


def _unbound_format(template: str, /, *arguments: Any, **keywords: Any) -> str:
    return _Formatter().vformat(str.__str__(template), arguments, keywords)


def _unbound_map(template: str, mapping: Mapping[str, Any], /) -> str:
    return _Formatter().vformat(str.__str__(template), (), mapping)


@lru_cache(maxsize=256)
def _is_plain(template: str) -> bool:
    """Whether no field of `template` reads an attribute or an item; then `str.format` itself does."""
    try:
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return True  # `str.format` raises the same error
    return all("." not in name and "[" not in name and _is_plain(spec or "") for name, spec in fields)


class _Formatter(string.Formatter):
    """`str.format` with guarded attributes; one for each call, because it counts the fields without a number."""

    def __init__(self) -> None:
        self._numbered = 0

    def parse(self, format_string: str) -> Iterator[tuple[str, str | None, str | None, str | None]]:
        """Split a template, and number the fields that carry no number."""
        for text, name, spec, conversion in super().parse(format_string):
            field = name
            if name is not None and name[:1] in {"", ".", "["}:
                field = f"{self._numbered}{name}"
                self._numbered += 1
            yield text, field, spec, conversion

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        """Look up a field such as `0.name[key]`."""
        head, _, _ = field_name.partition(".")
        first, _, _ = head.partition("[")
        steps = _steps(field_name[len(first) :])
        value = self.get_value(int(first) if first.isdecimal() else first, args, kwargs)
        for is_attribute, key in steps:
            value = read(value, key) if is_attribute else value[int(key) if key.isdecimal() else key]
        return value, first


def _steps(text: str) -> list[tuple[bool, str]]:
    """Split `.name[key]` into steps."""
    steps = []
    while text:
        if text[0] == ".":
            end = min((index for index in (text.find(".", 1), text.find("[")) if index > 0), default=len(text))
            steps.append((True, text[1:end]))
        else:
            end = text.find("]") + 1
            if text[0] != "[" or not end:
                raise ValueError("expected '.' or '[...]' in a format field")
            steps.append((False, text[1 : end - 1]))
        text = text[end:]
    return steps
