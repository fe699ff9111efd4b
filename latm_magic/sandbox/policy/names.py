"""Which names and attributes guest code may say, and what to write instead of the others.

Shared by the policy (constant names, when compiling) and the guards (names that are computed, when running).
It does NOT look at objects: an attribute that is harmless by name is read natively.

A guest's `_x` is compiled to another attribute, PRIVATE + "x". Guest classes never notice, because every use is
renamed alike, and the host's own underscore attributes cannot be written down at all. It costs nothing at run time.
"""

from __future__ import annotations

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

__all__ = [
    "CLASS_DUNDERS",
    "GUARDED_ATTRIBUTES",
    "GUEST_MODULE",
    "OPERATORS",
    "PRIVATE",
    "attribute_refusal",
    "binding_refusal",
    "hidden",
    "is_dunder",
    "shown",
    "store_refusal",
    "super_refusal",
]

GUEST_MODULE = "tool"
"""`__name__` of guest code; no module of that name exists on the host's side."""

PRIVATE = "\u02cd"
"""Stands for the first underscore of a guest's private attribute: it looks alike, and the host has no such name."""

GUARDED_ATTRIBUTES = frozenset({"format", "format_map", "obj", "register"})
"""Read through a guard, because what they give depends on the object."""

_TUPLE_NAMES = "_asdict _replace _make _fields"
_ENUM_NAMES = "_missing_ _generate_next_value_ _ignore_ _order_ _value_ _name_"
_HOST_PRIVATE = frozenset(f"{_TUPLE_NAMES} {_ENUM_NAMES}".split())
"""Underscore names of namedtuples and enums that are public in all but spelling."""

_BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"
_OTHERS = """
    repr str bytes format hash bool len iter next reversed contains getitem setitem delitem missing call enter exit
    eq ne lt le gt ge neg pos abs invert int float complex index round trunc floor ceil copy deepcopy
"""
OPERATORS = frozenset(
    f"__{name}__"
    for name in (*_OTHERS.split(), *(prefix + name for prefix in ("", "r", "i") for name in _BINARY.split()))
)
"""Special methods that guest classes may define and call by name: each does what an operator or a builtin does."""

CLASS_DUNDERS = OPERATORS | {"__init__", "__new__", "__post_init__"}
"""Special methods that a class may define."""

_SUPER = CLASS_DUNDERS
_READABLE = OPERATORS | {"__name__", "__qualname__", "__doc__", "__members__"}
_MODULE_DUNDERS = frozenset({"__all__", "__author__", "__doc__", "__version__"})

_INSIDES = """
    tb_frame tb_lasti tb_lineno tb_next
    f_back f_builtins f_code f_generator f_globals f_lasti f_lineno f_locals f_trace f_trace_lines f_trace_opcodes
    gi_code gi_frame gi_running gi_state gi_suspended gi_yieldfrom
    cr_await cr_code cr_frame cr_origin cr_running cr_state cr_suspended
    ag_await ag_code ag_frame ag_running ag_state ag_suspended
    co_argcount co_branches co_cellvars co_code co_consts co_exceptiontable co_filename co_firstlineno co_flags
    co_freevars co_kwonlyargcount co_lines co_linetable co_lnotab co_name co_names co_nlocals co_positions
    co_posonlyargcount co_qualname co_stacksize co_varnames
    fget fset fdel mro im_class im_func im_self func_closure func_code func_defaults func_dict func_globals
"""
_INTROSPECTION = INSPECT_ATTRIBUTES.union(_INSIDES.split())

_ADVICE = {
    "__name__": "use functools.wraps(function)",
    "__doc__": "use functools.wraps(function)",
    "__dict__": "name the attributes that you need, or keep them in a dict of your own",
    "__class__": "read it as `type(x)` or `x.__class__`; it cannot be set",
    "__init__": "call it as `super().__init__(...)`",
    "__new__": "call it as `super().__new__(cls, ...)` inside `__new__`",
    "__post_init__": "call it as `super().__post_init__()`",
    "__annotations__": "write the names down yourself",
    "__traceback__": "use str(error) and type(error).__name__",
    "__cause__": "use `raise ... from error` and read error.args",
    "__context__": "use `raise ... from error` and read error.args",
    "__wrapped__": "keep the plain function under a name of its own",
    "__code__": "code cannot look at itself; pass what you need as an argument",
    "__globals__": "code cannot look at itself; pass what you need as an argument",
    "__getattr__": "write a method, for example `def get(self, name)`",
    "__getattribute__": "write a method, for example `def get(self, name)`",
    "__setattr__": "write a method, for example `def put(self, name, value)`, or use @dataclass(frozen=True)",
    "__delattr__": "write a method, for example `def remove(self, name)`",
    "__get__": "use @property instead of a descriptor",
    "__set__": "use @property with a setter instead of a descriptor",
    "__delete__": "use @property instead of a descriptor",
    "__set_name__": "use @property instead of a descriptor",
    "__class_getitem__": "use typing.Generic for a class that takes parameters",
    "__init_subclass__": "do the work in `__init__`, or with a plain function",
    "__del__": "use a `with` block (`__enter__` and `__exit__`)",
    "__reduce__": "values are copied with copy.copy and copy.deepcopy; define `__copy__` if you must",
    "__reduce_ex__": "values are copied with copy.copy and copy.deepcopy; define `__copy__` if you must",
    "__getstate__": "values are copied with copy.copy and copy.deepcopy; define `__copy__` if you must",
    "__setstate__": "values are copied with copy.copy and copy.deepcopy; define `__copy__` if you must",
    "__await__": "write plain functions; nothing runs asynchronously here",
}
_OTHER_DUNDER = (
    "use the operator or builtin that it stands for, for example len(x) or x == y, or an attribute without underscores"
)
_OBJECTS_INSIDES = "it shows the insides of the interpreter; use an attribute or a name of your own"


def is_dunder(name: str) -> bool:
    """Whether `name` has the form `__x__`."""
    return name.startswith("__") and name.endswith("__") and len(name.strip("_")) > 0


def attribute_refusal(name: str) -> str | None:
    """Give the advice against reading the attribute `name`, or None where it may be read."""
    if is_dunder(name) and name not in _READABLE:
        return _ADVICE.get(name, _OTHER_DUNDER)
    return _OBJECTS_INSIDES if name in _INTROSPECTION else None


def store_refusal(name: str) -> str | None:
    """Give the advice against setting or deleting the attribute `name`, or None."""
    if is_dunder(name):
        return _ADVICE.get(name, "special attributes cannot be set; use an attribute without underscores")
    return _OBJECTS_INSIDES if name in _INTROSPECTION else None


def super_refusal(name: str) -> str | None:
    """Give the advice against reading `name` from `super()`, or None."""
    return None if name in _SUPER else attribute_refusal(name)


def binding_refusal(name: str, *, in_class: bool, is_method: bool, in_module: bool) -> str | None:
    """Give the advice against binding `name` in whatever form, or None.

    `is_method` is true for the forms that may give a class one of its special methods.
    """
    if name == "super":
        return "`super` means the base class here; choose another name"
    if in_class and name in _INTROSPECTION:
        return _OBJECTS_INSIDES
    if not name.strip("_") or (in_class and name in _HOST_PRIVATE):
        return None
    if in_class and is_dunder(name):
        allowed = is_method and name in CLASS_DUNDERS
        return None if allowed else _ADVICE.get(name, "leave it out; a class needs only ordinary and operator methods")
    if in_module and name in _MODULE_DUNDERS:
        return None
    if name.startswith("__"):
        return None if in_class else "choose a name without leading double underscores"
    if name.startswith("_") and name.endswith("_"):
        return "names of the form `_x_` are reserved; leave out one of the underscores"
    return None


def hidden(name: str, class_name: str = "") -> str:
    """Give the attribute that guest code's `name` is compiled to; `class_name` is the class that the code stands in."""
    if not name.startswith("_") or not name.strip("_") or name in _HOST_PRIVATE or is_dunder(name):
        return name
    owner = class_name.lstrip("_")
    return f"{PRIVATE}{owner}{name}" if name.startswith("__") and owner else PRIVATE + name[1:]


def shown(text: str) -> str:
    """Give `text` with hidden attribute names as guest code wrote them."""
    return text.replace(PRIVATE, "_")
