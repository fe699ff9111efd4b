"""The form of a stored record as plain data, for tests of what a format promises to read for ever."""

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints


def shape_of(kind: Any) -> Any:
    """Return the form of a record as plain data."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: shape_of(hints[field.name]) for field in fields(kind)}
    if get_origin(kind) is tuple:
        return [shape_of(get_args(kind)[0])]
    return kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")
