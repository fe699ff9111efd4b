"""Which module-level statements only show a tool's use: example calls, prints, tests, the block a script would run.

Makers add them all the time, and a tool that breaks in its own example is still a tool. Nothing is removed here: the
lines are named, and whoever keeps the source leaves them out. It does NOT judge whether the rest works.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from latm_magic.sandbox.policy.scopes import bindings, bound_names, loaded_names, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.sandbox.policy.scopes import Walk

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def example_lines(tree: ast.Module, look: Walk = walk) -> tuple[tuple[int, int], ...]:
    """Return (first, last) line of each statement that no definition needs; () for a module without definitions."""
    definitions = [statement for statement in tree.body if _defines(statement)]
    if not any(isinstance(statement, ast.FunctionDef) for statement in definitions):
        return ()
    others = [statement for statement in tree.body if not _defines(statement) and not _is_plain(statement, look)]
    needed = {name for statement in definitions for name in _free_names(statement, look)}
    unneeded = others
    while serving := [statement for statement in unneeded if _serves(statement, needed, others, look)]:
        unneeded = [statement for statement in unneeded if statement not in serving]
        needed.update(name for statement in serving for name in loaded_names(statement, look))
    return tuple((statement.lineno, statement.end_lineno or statement.lineno) for statement in unneeded)


def _defines(statement: ast.stmt) -> bool:
    """Whether a statement defines or imports something; a test function is for whoever runs tests."""
    is_test = isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_")
    return isinstance(statement, _DEFINITIONS) and not is_test


def _is_plain(statement: ast.stmt, look: Walk) -> bool:
    """Whether a statement does nothing that could be left out: a docstring, `pass`, or a dunder such as `__all__`."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
    return any(name.startswith("__") for name in bound_names(statement, look))


def _free_names(definition: ast.stmt, look: Walk) -> set[str]:
    """Return the names that a definition takes from the module: what it loads and does not bind itself."""
    if isinstance(definition, (ast.Import, ast.ImportFrom)):
        return set()
    shared = {name for node in look(definition) if isinstance(node, ast.Global) for name in node.names}
    own = {name for node in look(definition) if node is not definition for name in bindings(node)} - shared
    outside = [*getattr(definition, "decorator_list", ()), *_defaults(definition)]
    return (
        (loaded_names(definition, look) - own)
        | shared
        | {name for node in outside for name in loaded_names(node, look)}
    )


def _defaults(definition: ast.stmt) -> Iterable[ast.expr]:
    arguments = getattr(definition, "args", None)
    return [*arguments.defaults, *filter(None, arguments.kw_defaults)] if arguments else []


def _serves(statement: ast.stmt, needed: set[str], others: list[ast.stmt], look: Walk) -> bool:
    """Whether a statement makes, or fills, a name that what is kept needs."""
    if isinstance(statement, ast.Assert) or _is_print(statement) or _is_script_block(statement):
        return False
    if bound_names(statement, look) & needed:
        return True
    variables = {name for other in others for name in bound_names(other, look)}
    is_filling = not isinstance(statement, (ast.Assign, ast.AnnAssign))
    return is_filling and bool(loaded_names(statement, look) & variables & needed)


def _is_print(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _is_script_block(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False
