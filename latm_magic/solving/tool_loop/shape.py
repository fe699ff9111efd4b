"""The form of an answer: text, or a value that fits a type of yours or a JSON Schema.

Pure functions; when a model is asked again is left to `loop.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.text import one_line, shown
from latm_magic.tools.json_text import read_json, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_FENCE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[\[{]")
_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text has to fit."""

    schema: Mapping[str, Any]
    """A JSON Schema."""
    check: Callable[[Any], Any]
    """JSON data to the value that it is; raises `ValueError`."""
    dump: Callable[[Any], Any]
    """A value to the plain data that a trace keeps."""

    def read(self, text: str) -> Any:
        """Return the value that a text is, or holds; raises `ValueError` that says what does not fit."""
        first: ValueError | None = None
        for data in _candidates(text):
            try:
                return self.check(data)
            except ValueError as fault:
                first = first or fault
        raise first or ValueError("there is no JSON in it")


def shape_of(schema: Any) -> Shape | None:
    """Return the form that a JSON Schema (draft 7) or a type asks for (a pydantic model, a dataclass, `list[int]` ...).

    None for None, which is text. Raises `TaskError` for what is neither.
    """
    if schema is None or schema is str:
        return None
    return _of_schema(schema) if isinstance(schema, dict) else _of_type(schema)


def _of_type(kind: Any) -> Shape:
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    def check(data: Any) -> Any:
        try:
            return adapter.validate_python(data) if isinstance(data, str) else adapter.validate_json(_json(data))
        except ValidationError as fault:
            faults = fault.errors(include_url=False, include_context=False, include_input=False)
            said = [f"{'.'.join(map(str, each['loc'])) or 'the value'}: {each['msg']}" for each in faults]
            raise ValueError(one_line("; ".join(said[:5]))) from None

    try:
        if not isinstance(kind, type) and not hasattr(kind, "__origin__") and not hasattr(kind, "__args__"):
            raise TypeError  # noqa: TRY301 - a value where a type belongs
        adapter: Any = TypeAdapter(kind)
        return Shape(adapter.json_schema(), check, lambda value: adapter.dump_python(value, mode="json"))
    except (PydanticUserError, TypeError, NameError, AttributeError):
        raise _no_schema(kind) from None


def _of_schema(schema: dict[str, Any]) -> Shape:
    # Not jsonschema: beside JupyterLab its import takes seconds, for a grammar of addresses.
    import fastjsonschema

    if remote := next((each for each in _references(schema) if not each.startswith("#")), None):
        raise TaskError(f"The schema refers to {shown(remote)}, and nothing is fetched: put that part into it.")
    try:
        validate = fastjsonschema.compile(schema, use_default=False)
    except Exception as fault:  # noqa: BLE001 - it raises what it stumbles over
        raise TaskError(f"The schema is no JSON Schema: {one_line(str(fault), 120)}. Mend it.") from None

    def check(data: Any) -> Any:
        try:
            return validate(data)
        except fastjsonschema.JsonSchemaValueException as fault:
            raise ValueError(one_line(fault.message)) from None

    return Shape(schema, check, lambda value: value)


def _references(schema: Any) -> Iterator[str]:
    """Return what a schema refers to."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for part in inner:
        yield from _references(part)


def _no_schema(given: Any) -> TaskError:
    return TaskError(f"{shown(given)} is no schema: give a pydantic model, a type such as list[int], or a JSON Schema.")


def _json(data: Any) -> str:
    import json

    return json.dumps(data)


def _candidates(text: str) -> Iterator[Any]:
    """Return the JSON that a text is, or that stands in it: whole, fenced, in brackets; then the text itself."""
    whole = _read(text)
    if whole is not _NOTHING:
        yield whole
        return
    fenced = _FENCE.findall(text)
    parts = fenced or [part for _, part in spans(text, _OPENING) if part]
    yield from (data for data in map(_read, reversed(parts)) if data is not _NOTHING)
    yield text.strip()


def _read(text: str) -> Any:
    try:
        return read_json(text.strip())
    except ValueError:
        return _NOTHING
