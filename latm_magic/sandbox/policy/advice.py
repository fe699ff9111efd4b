"""What to write instead of what the policy refuses: one plain sentence each, which goes to the maker as it stands.

It does NOT decide what is refused: `allowlist`, `names` and `rules` do. Advice that only one rule gives stands there.
"""

from __future__ import annotations

from latm_magic.errors import did_you_mean
from latm_magic.sandbox.policy.allowlist import ALLOWLIST

SYNTAX_ADVICE = {
    "AsyncFunctionDef": ("async def", "write a plain `def`; nothing runs asynchronously here"),
    "AsyncFor": ("async for", "write a plain `for`; nothing runs asynchronously here"),
    "AsyncWith": ("async with", "write a plain `with`; nothing runs asynchronously here"),
    "Await": ("await", "call the function directly; nothing runs asynchronously here"),
    "TryStar": ("except*", "write a plain `except`"),
    "TypeAlias": ("type statement", "write a plain assignment, for example `Vector = list[float]`"),
    "TemplateStr": ("t-string", "write an f-string"),
}
"""Class of `ast` -> what its syntax is called, and what to write instead."""

_ALONE = "a tool works on its arguments and returns its result"

BUILTIN_ADVICE = {
    "open": f"{_ALONE}; pass the text itself as an argument",
    "input": f"{_ALONE}; make what you would ask for a parameter",
    "exec": "write the code out as functions",
    "compile": "write the code out as functions",
    "__import__": "write an import statement",
    "globals": "keep values in a dict of your own",
    "locals": "keep values in a dict of your own",
    "vars": "name the attributes that you need, or keep them in a dict of your own",
    "dir": "name the attributes that you need, or use hasattr(x, name)",
    "breakpoint": "leave it out",
    "help": "leave it out",
    "exit": "return from the function, or raise ValueError",
    "quit": "return from the function, or raise ValueError",
    "SystemExit": "return from the function, or raise ValueError",
    "KeyboardInterrupt": "catch Exception",
    "GeneratorExit": "use `finally`",
    "memoryview": "slice the bytes",
}

_MODULES = {
    "os": f"{_ALONE}; there are no files, processes or environment variables",
    "sys": "use float('inf') or 10**18 for a largest number; there is no standard input, and recursion keeps its limit",
    "pathlib": f"{_ALONE}; handle paths as text",
    "subprocess": f"{_ALONE}; there are no processes",
    "io": "use plain strings, for example text.splitlines()",
    "csv": "use text.splitlines() and line.split(',')",
    "pickle": "return plain data",
    "threading": "run one thing after the other",
    "asyncio": "run one thing after the other",
    "multiprocessing": "run one thing after the other",
    "types": "use type(x), or a dataclass in place of SimpleNamespace",
    "inspect": "code cannot look at itself; pass what you need as an argument",
    "builtins": "the builtins are there without an import",
    "logging": "leave it out, or raise an error with the message",
    "warnings": "leave it out, or raise an error with the message",
    "secrets": "use random",
    "array": "use a list",
    "queue": "use collections.deque",
    "numpy": "use lists and the modules math, statistics and itertools, or let the person allow it by `extra_modules`",
    "pandas": "use lists and dicts, or let the person allow it by `extra_modules`",
    "dateutil": "use datetime and calendar, or let the person allow it by `extra_modules`",
}

_NAMES = {
    "ast": "the module gives literal_eval alone; `eval(text)` computes an expression, under these same rules",
    "re.RegexFlag": "flags are plain numbers here; write int",
    "re.Scanner": "use re.finditer with one pattern of named groups, and match.lastgroup",
    "string.Formatter": "use an f-string, or text.format(...)",
    "typing.get_type_hints": "write the names and types down yourself",
}
"""Name of a listed module, or a whole module, that is not given -> what to write instead."""

DUNDER_ADVICE = {
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

OTHER_DUNDER_ADVICE = (
    "use the operator or builtin that it stands for, for example len(x) or x == y, or an attribute without underscores"
)
INSIDES_ADVICE = "it shows the insides of the interpreter; use an attribute or a name of your own"


def module_advice(name: str) -> str:
    """Return what to use instead of a module that is not on the allowlist."""
    advice = _MODULES.get(name.partition(".")[0])
    return advice or f"use one of {', '.join(sorted(ALLOWLIST))}.{did_you_mean(name, ALLOWLIST)}"


def imported_name_advice(module: str, name: str) -> str:
    """Return what to import instead of a name that a listed module does not give."""
    known = ALLOWLIST[module]
    advice = _NAMES.get(f"{module}.{name}") or _NAMES.get(module)
    return advice or f"the module gives {', '.join(sorted(known))}.{did_you_mean(name, known)}"
