"""Which names and attributes guest code may use; for the others, what to write instead (the texts are in `advice`).

Shared by the policy (constant names, when compiling) and the guards (names that are computed, when running).
It does NOT look at objects: an attribute that is harmless by name is read natively.

Private names are mangled: a guest's `_x` is compiled to another attribute, PRIVATE + "x". Guest classes never notice,
because every use is renamed alike, and the host's own underscore attributes cannot be written down. It costs nothing at
run time.
"""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from latm_magic.sandbox.policy.advice import DUNDER_ADVICE, INSIDES_ADVICE, OTHER_DUNDER_ADVICE

GUEST_MODULE = "tool"
"""`__name__` of guest code; no module of that name exists on the host's side."""

PRIVATE = "\u02cd"
"""Stands for the first underscore of a guest's private attribute: it looks alike, and the host has no such name."""

GUARDED_ATTRIBUTES = frozenset({"format", "format_map", "obj", "register"})
"""Read through a guard, because what they give depends on the object."""

_PUBLIC = "_asdict _replace _make _fields _missing_ _generate_next_value_ _ignore_ _order_ _value_ _name_"
_HOST_PRIVATE = frozenset(_PUBLIC.split())
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
"""Attributes that show the interpreter's insides: frames, tracebacks, code objects, descriptors."""


def normal_form(name: str) -> str:
    """Return `name` as exact text in the form in which Python's parser compares identifiers (NFKC)."""
    text = str.__str__(name)
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def is_dunder(name: str) -> bool:
    """Whether `name` has the form `__x__`."""
    return name.startswith("__") and name.endswith("__") and len(name.strip("_")) > 0


def attribute_advice(name: str) -> str | None:
    """Return the advice against reading the attribute `name`, or None where it may be read."""
    if is_dunder(name) and name not in _READABLE:
        return DUNDER_ADVICE.get(name, OTHER_DUNDER_ADVICE)
    return INSIDES_ADVICE if name in _INTROSPECTION else None


def store_advice(name: str) -> str | None:
    """Return the advice against setting or deleting the attribute `name`, or None."""
    if is_dunder(name):
        return DUNDER_ADVICE.get(name, "special attributes cannot be set; use an attribute without underscores")
    return INSIDES_ADVICE if name in _INTROSPECTION else None


def super_advice(name: str) -> str | None:
    """Return the advice against reading `name` from `super()`, or None."""
    return None if name in CLASS_DUNDERS else attribute_advice(name)


def binding_advice(name: str, *, in_class: bool, is_method: bool, in_module: bool) -> str | None:
    """Return the advice against binding `name` in whatever form, or None.

    `is_method` is true for the forms that may give a class one of its special methods.
    """
    if name == "super":
        return "`super` means the base class here; choose another name"
    if in_class and name in _INTROSPECTION:
        return INSIDES_ADVICE
    if not name.strip("_") or (in_class and name in _HOST_PRIVATE):
        return None
    if in_class and is_dunder(name):
        if is_method and name in CLASS_DUNDERS:
            return None
        return DUNDER_ADVICE.get(name, "leave it out; a class needs only ordinary and operator methods")
    if in_module and name in _MODULE_DUNDERS:
        return None
    if name.startswith("__"):
        return None if in_class else "choose a name without leading double underscores"
    if name.startswith("_") and name.endswith("_"):
        return "names of the form `_x_` are reserved; leave out one of the underscores"
    return None


def mangled(name: str, class_name: str = "") -> str:
    """Return the attribute that `name` is compiled to in the class `class_name` ("" = outside of classes)."""
    if not name.startswith("_") or not name.strip("_") or name in _HOST_PRIVATE or is_dunder(name):
        return name
    owner = class_name.lstrip("_")
    return f"{PRIVATE}{owner}{name}" if name.startswith("__") and owner else PRIVATE + name[1:]


def demangled(text: str) -> str:
    """Return `text` with hidden attribute names as guest code wrote them."""
    return text.replace(PRIVATE, "_")


@lru_cache(maxsize=256)
def is_plain_template(template: str) -> bool:
    """Whether no field of the format string `template` reads an attribute or an item."""
    try:
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return False  # the original would fill in what stands before the fault
    return all("." not in name and "[" not in name and is_plain_template(spec or "") for name, spec in fields)
