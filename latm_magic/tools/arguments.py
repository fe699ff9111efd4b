"""A tool's arguments as data: the JSON Schema that a model is shown, and the check of what it sends back.

Annotations are guest text: they are read by name from a fixed table and never evaluated. What no table entry fits is
accepted as any JSON value, and the function decides. What is converted has one meaning: "3" and 3.0 are the whole
number 3, but `true` is no number, 1 no truth value, and a number no date.
"""

from __future__ import annotations

import ast
import datetime as dt
import decimal
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from latm_magic.tools.json_text import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

    from latm_magic.signature import Parameter

_MAX_ANNOTATION_CHARACTERS = 300
_NUMBERS = (int, float, decimal.Decimal)
_TIMES = (dt.date, dt.datetime, dt.time, dt.timedelta)
_PLAIN = (*_NUMBERS, *_TIMES, str, bool, bytes)
_NUMBER = re.compile(r"[-+]?[\d_.]+(?:[eE][-+]?\d+)?")
_COLLECTIONS = (list, dict, tuple, set, frozenset)
_TYPES: dict[str, Any] = {
    "None": None,
    **{kind.__name__: kind for kind in (*_PLAIN, *_COLLECTIONS)},
    **dict.fromkeys(("List", "Sequence", "Iterable", "Collection"), list),
    **dict.fromkeys(("Dict", "Mapping"), dict),
    "Tuple": tuple,
    "Set": set,
    "FrozenSet": frozenset,
}
_PREFIX = "argument_"
"""Before a field's name: pydantic reserves some (`json`, `copy`)."""


def arguments_schema(parameters: Sequence[Parameter]) -> Mapping[str, Any]:
    """Return the JSON Schema (an object) of a call with these parameters."""
    schema = _model(tuple(parameters)).model_json_schema()
    schema.pop("title", None)
    defaults = {parameter.name: parameter.default for parameter in parameters}
    for name, part in schema.get("properties", {}).items():
        part.pop("title", None)
        part.pop("default", None)  # a null of ours: it would invite one where the function takes none
        part.update(_default_of(defaults[name]))
    return schema


def _default_of(source: str) -> dict[str, Any]:
    """Return a default as a schema states it; nothing where there is none, or where JSON cannot express it."""
    try:
        value = ast.literal_eval(source)
        return {"default": value} if json.loads(json.dumps(value, allow_nan=False)) == value else {}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return {}


def read_arguments(parameters: Sequence[Parameter], given: Any) -> dict[str, Any]:
    """Read a JSON object, or its text, as arguments, converted to the annotated types (tuples, sets, dates, Decimals).

    Raises `ValueError` that says in one line what does not fit, so that it can go back to the model.
    """
    from pydantic import ValidationError

    try:
        data = read_json(given or "{}") if isinstance(given, str) else given
    except ValueError as fault:
        raise ValueError(f"the arguments are not a JSON object: {fault}") from None
    if not isinstance(data, dict):
        raise ValueError(f"the arguments are a JSON {type(data).__name__}, not an object")  # noqa: TRY004
    try:
        checked = _model(tuple(parameters)).model_validate(data)
    except ValidationError as fault:
        raise ValueError(_explain(fault.errors(include_url=False, include_context=False))) from None
    except RecursionError:
        raise ValueError("the arguments are nested too deeply") from None
    given = checked.model_fields_set
    # In the order of the signature: a set's order changes from one process to the next.
    return {name.removeprefix(_PREFIX): getattr(checked, name) for name in type(checked).model_fields if name in given}


def fit_arguments(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a call's arguments, by name, whose value is only like their annotation, converted to it.

    What is equal to it already stays as it is, a whole number for a float too. Raises `ValueError` in one line.
    """
    from pydantic import ValidationError

    named = {p.name for p in parameters if p.kind not in {"var_positional", "var_keyword"}} & given.keys()
    missing = tuple(p for p in parameters if p.name in named)
    try:
        checked = _model(missing).model_validate({name: given[name] for name in named})
    except ValidationError as fault:
        raise ValueError(_explain(fault.errors(include_url=False, include_context=False))) from None
    except RecursionError:
        raise ValueError("the arguments are nested too deeply") from None
    fitted = {name: getattr(checked, _PREFIX + name) for name in named}
    return {name: value for name, value in fitted.items() if not _is_same(value, given[name])}


def _is_same(value: Any, given: Any) -> bool:
    try:
        return bool(value == given)
    except Exception:  # noqa: BLE001  whatever an object of yours raises when it is compared
        return False


def _explain(faults: Iterable[Mapping[str, Any]]) -> str:
    parts = [f"{'.'.join(str(p) for p in fault['loc']) or 'arguments'}: {fault['msg']}" for fault in faults]
    return "; ".join(parts[:5])


@lru_cache(maxsize=256)
def _model(parameters: tuple[Parameter, ...]) -> type[BaseModel]:
    from pydantic import ConfigDict, Field, create_model

    fields: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind in {"var_positional", "var_keyword"}:
            continue
        default = Field(default=None, alias=parameter.name) if parameter.default else Field(alias=parameter.name)
        fields[_PREFIX + parameter.name] = (_type(parameter.annotation), default)
    return create_model("Arguments", __config__=ConfigDict(extra="forbid", validate_default=False), **fields)


def _type(annotation: str) -> Any:
    if not annotation or len(annotation) > _MAX_ANNOTATION_CHARACTERS:
        return Any
    try:
        return _resolve(ast.parse(annotation.strip("'\""), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return Any


def _resolve(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _type(node.value)
    if isinstance(node, ast.Name):
        return _checked(_TYPES.get(node.id, Any))
    if isinstance(node, ast.Attribute):
        return _checked(_TYPES.get(node.attr, Any))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return Union[_resolve(node.left), _resolve(node.right)]  # noqa: UP007
    if isinstance(node, ast.Subscript):
        return _generic(node)
    return Any


def _generic(node: ast.Subscript) -> Any:
    name = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        choices = tuple(ast.literal_eval(part) for part in parts)
        return _checked(Literal[choices], None if bool in map(type, choices) else int)
    inner = tuple(... if _is_ellipsis(part) else _resolve(part) for part in parts)
    if name == "Optional":
        return Union[inner[0], None]  # noqa: UP007
    if name == "Union":
        return Union[inner]  # noqa: UP007
    outer = _TYPES.get(name)
    return _checked(outer[inner], outer) if outer in _COLLECTIONS else Any


def _checked(kind: Any, like: Any = None) -> Any:
    """Return a type with what is looked at before its conversion, `like` another type's; its schema stays the same."""
    from pydantic import BeforeValidator

    checks = {**dict.fromkeys(_NUMBERS, _not_bool), bool: _plain_bool, **dict.fromkeys(_TIMES, _no_number)}
    like = like or kind
    check = _listed if like in _COLLECTIONS else checks.get(like) if isinstance(like, type) else None
    return Annotated[kind, BeforeValidator(check)] if check else kind


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is no number")  # noqa: TRY004  pydantic collects ValueErrors
    return value


def _plain_bool(value: Any) -> Any:
    known = {"true": True, "false": False}
    found = known.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("give true or false")  # noqa: TRY004
    return found


def _no_number(value: Any) -> Any:
    """Refuse what pydantic would take for seconds: since 1970 for dates."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise ValueError("a number is no date or time: give it in ISO 8601")
    return value


def _listed(value: Any) -> Any:
    """Return a list or an object that stands in a text as itself."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        return read_json(value)
    return value


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
