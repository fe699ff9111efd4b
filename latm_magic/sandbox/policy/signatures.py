"""What can be read of a guest's functions without running them: parameters, doc, and what they refer to.

It does NOT judge anything; the tree is read before the policy rewrites it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from latm_magic.sandbox.policy.scopes import bindings, bound_names, loaded_names, walk
from latm_magic.sandbox.records import FunctionSignature, SignatureParameter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from latm_magic.sandbox.policy.scopes import Walk
    from latm_magic.sandbox.records import ParameterKind


def signatures(tree: ast.Module, look: Walk = walk) -> tuple[FunctionSignature, ...]:
    """Return the signatures of the module-level functions, in order; of two of one name, the last."""
    known = frozenset(name for statement in tree.body for name in _bound_by(statement, look))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return tuple(_signature(node, known, look) for node in functions.values())


def _bound_by(statement: ast.stmt, look: Walk) -> Collection[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return bindings(statement)
    return bound_names(statement, look)


def _signature(node: ast.FunctionDef, known: frozenset[str], look: Walk) -> FunctionSignature:
    parameters = tuple(_parameters(node.args))
    names = {parameter.name for parameter in parameters}
    return FunctionSignature(
        name=node.name,
        parameters=parameters,
        returns=_text(node.returns),
        doc=ast.get_docstring(node) or "",
        line=node.lineno,
        is_public=not node.name.startswith("_"),
        calls=frozenset(loaded_names(node, look) & known - names),
        calls_arguments=_calls_arguments(look(node), set(names)),
    )


def _parameters(arguments: ast.arguments) -> Iterator[SignatureParameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for index, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        is_only = index < len(arguments.posonlyargs)
        yield _parameter(argument, "positional_only" if is_only else "positional_or_keyword", default)
    if arguments.vararg:
        yield _parameter(arguments.vararg, "var_positional", None)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(argument, "keyword_only", default)
    if arguments.kwarg:
        yield _parameter(arguments.kwarg, "var_keyword", None)


def _parameter(argument: ast.arg, kind: ParameterKind, default: ast.expr | None) -> SignatureParameter:
    return SignatureParameter(argument.arg, kind, _text(argument.annotation), _text(default))


def _text(node: ast.expr | None) -> str | None:
    return None if node is None else ast.unparse(node)


def _calls_arguments(parts: list[ast.AST], callables: set[str]) -> bool:
    """Whether the function calls a parameter or an element of one, or hands one to a function such as `map`."""
    for part in parts:
        match part:
            case ast.For(target=ast.Name(id=element), iter=ast.Name(id=name)) if name in callables:
                callables.add(element)
            case ast.comprehension(target=ast.Name(id=element), iter=ast.Name(id=name)) if name in callables:
                callables.add(element)
    return any(_is_call_of(part, callables) for part in parts if isinstance(part, ast.Call))


def _is_call_of(call: ast.Call, callables: set[str]) -> bool:
    match call:
        case ast.Call(func=ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name))) if name in callables:
            return True
        case ast.Call(func=ast.Name(id=taker), args=[ast.Name(id=name), *_]) if taker in {"map", "filter", "reduce"}:
            return name in callables
    return any(
        keyword.arg == "key" and isinstance(keyword.value, ast.Name) and keyword.value.id in callables
        for keyword in call.keywords
    )
