"""The policy's base: nodes that nobody listed are refused, and every refusal becomes a finding with advice.

It knows which kinds of syntax, builtins and modules guest code may use; it does NOT know scopes or rewrite anything
(`transformer` does).
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from RestrictedPython.transformer import RestrictingNodeTransformer

from latm_magic.errors import did_you_mean
from latm_magic.sandbox.policy.allowlist import CATALOGUE
from latm_magic.sandbox.policy.builtin_names import BUILTIN_NAMES
from latm_magic.sandbox.records import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Refusals"]

_SYNTAX = """
    Module Expression Expr FunctionDef ClassDef Lambda arguments arg Return Yield YieldFrom Global Nonlocal
    Assign AugAssign AnnAssign NamedExpr Delete Pass Import ImportFrom alias If For While Break Continue
    Raise Assert Try ExceptHandler With withitem
    Match match_case MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar MatchAs MatchOr
    Constant JoinedStr FormattedValue Name Load Store Del Starred Attribute Subscript Slice
    List Tuple Set Dict ListComp SetComp DictComp GeneratorExp comprehension Call keyword IfExp
    UnaryOp UAdd USub Not Invert BinOp Add Sub Mult Div FloorDiv Mod Pow LShift RShift BitOr BitXor BitAnd MatMult
    BoolOp And Or Compare Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn
"""
_LISTED = frozenset(getattr(ast, name) for name in _SYNTAX.split())

_LONGEST = 200
_MOST = 100
"""Findings kept; nobody mends more at once."""

_NODES = {
    "AsyncFunctionDef": ("async def", "write a plain `def`; nothing runs asynchronously here"),
    "AsyncFor": ("async for", "write a plain `for`; nothing runs asynchronously here"),
    "AsyncWith": ("async with", "write a plain `with`; nothing runs asynchronously here"),
    "Await": ("await", "call the function directly; nothing runs asynchronously here"),
    "TryStar": ("except*", "write a plain `except`"),
    "TypeAlias": ("type statement", "write a plain assignment, for example `Vector = list[float]`"),
    "TemplateStr": ("t-string", "write an f-string"),
}

_ALONE = "a tool works on its arguments and returns its result"
_BUILTINS = {
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


class Refusals(RestrictingNodeTransformer):
    """Visit only what is listed, and collect the findings."""

    def __init__(self, extra_modules: Collection[str] = ()) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.imports: dict[str, None] = {}
        self._extra_modules = tuple(extra_modules)

    def refuse(self, node: ast.AST, construct: str, advice: str) -> None:
        """Record one finding."""
        finding = Finding(getattr(node, "lineno", 0), construct[:_LONGEST], advice)
        if len(self.findings) < _MOST and finding not in self.findings[-20:]:
            self.findings.append(finding)

    def error(self, node: ast.AST, info: str) -> None:
        """Turn whatever RestrictedPython itself refuses into a finding."""
        self.refuse(node, f"this construct ({info})", "write it with plainer syntax")

    def visit(self, node: ast.AST) -> Any:
        """Visit `node` if its kind is listed."""
        if type(node) in _LISTED:
            return super().visit(node)
        kind = type(node).__name__
        construct, advice = _NODES.get(kind, (f"syntax {kind}", "write it with older, plainer syntax"))
        self.refuse(node, construct, advice)
        return self.node_contents_visit(node)

    def left_native(self, node: Any) -> Any:
        """Visit the parts of a node that needs no guard: what it reads and writes is checked name by name."""
        return self.node_contents_visit(node)

    # RestrictedPython wraps these in guards, or refuses them; the lean policy leaves them to Python.
    visit_AnnAssign = visit_NamedExpr = visit_Subscript = visit_For = visit_With = visit_Module = left_native
    visit_Match = visit_match_case = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = left_native

    def refuse_builtin(self, node: ast.Name) -> None:
        """Record a builtin that guest code does not get."""
        if node.id in _BUILTINS or (hasattr(builtins, node.id) and node.id not in BUILTIN_NAMES):
            self.refuse(node, f"name '{node.id}'", _BUILTINS.get(node.id, "write it with the other builtins"))

    @staticmethod
    def builtin_advice(name: str) -> str | None:
        """Give what to write instead of a builtin, where that is known."""
        return _BUILTINS.get(name)

    # Modules

    def check_import(self, node: ast.stmt, name: str) -> bool:
        """Record an import, or a finding where the module is not on the list; gives whether it is."""
        self.imports.setdefault(name)
        if name in CATALOGUE or self.is_extra(name):
            return True
        advice = _MODULES.get(name.partition(".")[0])
        advice = advice or f"use one of {', '.join(sorted(CATALOGUE))}.{did_you_mean(name, CATALOGUE)}"
        self.refuse(node, f"import of '{name}'", advice)
        return False

    def check_imported_name(self, node: ast.stmt, module: str, name: str) -> None:
        """Record a finding where `module` does not hand out `name`."""
        if name == "*":
            self.refuse(node, f"'from {module} import *'", "name what you import")
        elif name.startswith("_"):
            self.refuse(node, f"import of '{module}.{name}'", "use the public names of the module")
        elif not self.is_extra(module) and name not in CATALOGUE[module] and f"{module}.{name}" not in CATALOGUE:
            known = CATALOGUE[module]
            advice = f"the module gives {', '.join(sorted(known))}.{did_you_mean(name, known)}"
            self.refuse(node, f"import of '{module}.{name}'", advice)

    def is_extra(self, name: str) -> bool:
        """Whether the person allowed this module."""
        return any(name == extra or name.startswith(f"{extra}.") for extra in self._extra_modules)
