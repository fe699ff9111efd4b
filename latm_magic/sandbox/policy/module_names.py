"""Names that a source reads of its modules and that no proxy gives: found when it is checked, not when it runs.

It does NOT keep anything from guest code (the proxies of `runtime/modules.py` do): what it cannot follow, for example
a module under a name that is bound twice, is left to them.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from latm_magic.sandbox.policy.advice import imported_name_advice
from latm_magic.sandbox.policy.allowlist import ALLOWLIST
from latm_magic.sandbox.policy.scopes import bindings, walk
from latm_magic.sandbox.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latm_magic.sandbox.policy.scopes import Walk


def missing_module_names(tree: ast.AST, look: Walk = walk) -> list[Finding]:
    """Return a finding for each attribute, once, that `tree` reads of a listed module and that is not on its list."""
    nodes = look(tree)
    modules = _modules(nodes)
    found: dict[str, Finding] = {}
    for finding in _missing(nodes, modules) if modules else ():
        found.setdefault(finding.construct, finding)
    return list(found.values())


def _modules(nodes: list[ast.AST]) -> dict[str, str]:
    """Return name -> listed module, for names that mean this one module wherever the source binds them."""
    found: dict[str, str] = {}
    times, imports = Counter[str](), Counter[str]()
    for node in nodes:
        times.update(bindings(node))
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, module in _imported(node):
                imports[name] += found.setdefault(name, module) == module
    return {name: module for name, module in found.items() if module in ALLOWLIST and times[name] == imports[name]}


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            top = alias.name.partition(".")[0]
            yield top, top


def _missing(nodes: list[ast.AST], modules: Mapping[str, str]) -> Iterator[Finding]:
    for node in nodes:
        match node:
            case ast.Attribute(value=value, attr=name, ctx=ast.Load()) if not name.startswith("__"):
                module = _module_of(value, modules)
                if module and name not in ALLOWLIST[module] and f"{module}.{name}" not in ALLOWLIST:
                    yield Finding(node.lineno, f"'{module}.{name}'", imported_name_advice(module, name))


def _module_of(node: ast.expr, modules: Mapping[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return modules.get(name)
        case ast.Attribute(value=value, attr=name):
            inner = f"{_module_of(value, modules)}.{name}"
            return inner if inner in ALLOWLIST else None
    return None
