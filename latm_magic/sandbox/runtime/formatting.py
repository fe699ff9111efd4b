"""`str.format` and `str.format_map` as guest code gets them: a format string is a list of attribute names too.

A template whose fields read no attribute and no item goes to the original; any other is filled in here, with every
attribute read through the guard that the caller hands over.
"""

from __future__ import annotations

import string
from types import MethodDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.names import is_plain_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Reader = Callable[[Any, str], Any]


def safe_format(method: Any, name: str, read: Reader) -> Callable[..., Any]:
    """Return `str.format` or `str.format_map`, bound as `method` is, that reads attributes through `read`."""

    def fill(template: str, /, *arguments: Any, **keywords: Any) -> str:
        return _Formatter(read).vformat(str.__str__(template), arguments, keywords)

    def fill_map(template: str, mapping: Mapping[str, Any], /) -> str:
        return _Formatter(read).vformat(str.__str__(template), (), mapping)

    filling: Callable[..., str] = fill_map if name == "format_map" else fill
    if type(method) is MethodDescriptorType:
        return filling
    if is_plain_template(str.__str__(method.__self__)):
        return method  # type: ignore[no-any-return]
    return MethodType(filling, method.__self__)


class _Formatter(string.Formatter):
    """`str.format` with guarded attributes; one for each call, because it counts the fields without a number."""

    def __init__(self, read: Reader) -> None:
        self._read = read
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
            value = self._read(value, key) if is_attribute else value[int(key) if key.isdecimal() else key]
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
