"""What a piece of guest source binds, and where: the bookkeeping of the policy's visitor.

It does NOT refuse anything and changes no tree.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from latm_magic.sandbox.policy.names import mangled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Walk = Callable[[ast.AST], list[ast.AST]]
    """`walk`, or one that remembers: a tree is read many times before anything in it is rewritten."""

_NEW_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_BINDING = frozenset(
    {
        *(ast.Name, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler),
        *(ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.alias, ast.Global, ast.Nonlocal),
    }
)
_LEAVES = frozenset({"ctx", "op", "ops", "id", "attr", "type_comment"})
"""Fields that hold a text, an operator or a context in whatever node has them."""


class _Parts(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = parts = tuple(name for name in kind._fields if name not in _LEAVES)
        return parts


_PARTS = _Parts()
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False)
class Scope:
    """One module, class, function or comprehension while it is being visited."""

    kind: str
    """ "module", "class", "function" or "comprehension"."""
    class_name: str = ""
    """The innermost class around; "" outside of classes."""
    node: ast.AST | None = None
    parameters: tuple[str, ...] = ()
    renamed: frozenset[str] = frozenset()
    """In a class: the underscore names that its body binds."""
    written: set[str] = field(default_factory=set)
    """Parameters whose attributes the function sets: checked once, where the function begins."""

    @cached_property
    def rebound(self) -> frozenset[str]:
        """Names that the function's body binds anywhere, nested functions included."""
        body = getattr(self.node, "body", [])
        return frozenset(name for statement in body for node in walk(statement) for name in bindings(node))

    def is_fixed(self, name: str) -> bool:
        """Whether `name` is a parameter of this function that always keeps its first value."""
        return self.kind == "function" and name in self.parameters and name not in self.rebound


def walk(tree: ast.AST) -> list[ast.AST]:
    """Return what `ast.walk` yields, in its order, but for operators and contexts; the policy walks each tree often."""
    found = [tree]
    for node in found:
        for name in _PARTS[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def bindings(node: ast.AST) -> tuple[str, ...]:
    """Return the names that `node` itself binds or declares, in whatever form Python knows."""
    if type(node) not in _BINDING:
        return ()
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return tuple(names)
    return ()


def bound_names(tree: ast.AST, look: Walk = walk) -> frozenset[str]:
    """Return every name that the tree binds anywhere."""
    return frozenset(name for node in look(tree) for name in bindings(node))


def loaded_names(tree: ast.AST, look: Walk = walk) -> set[str]:
    """Return every name that the tree reads anywhere."""
    return {node.id for node in look(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def class_names(tree: ast.AST, look: Walk = walk) -> frozenset[str]:
    """Return the names that are bound as classes and in no other way."""
    classes: set[str] = set()
    others: set[str] = set()
    for node in look(tree):
        (classes if isinstance(node, ast.ClassDef) else others).update(bindings(node))
    return frozenset(classes - others)


def private_fields(tree: ast.AST, look: Walk = walk) -> frozenset[str]:
    """Return the annotated underscore names of class bodies: fields that no keyword can fill."""
    return frozenset(
        statement.target.id
        for node in look(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if mangled(statement.target.id, node.name) != statement.target.id
    )


def class_scope(node: ast.ClassDef) -> Scope:
    """Return the scope of a class, which knows the underscore names that its body binds."""
    bound: set[str] = set()
    declared: set[str] = set()
    for inner in _own_nodes(node.body):
        (declared if isinstance(inner, ast.Global | ast.Nonlocal) else bound).update(bindings(inner))
    names = (bound - declared) if bound else bound
    return Scope(
        "class", node.name, node, renamed=frozenset(name for name in names if mangled(name, node.name) != name)
    )


def _own_nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Walk the nodes that belong to a class body itself, not to the functions, classes and comprehensions in it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_NEW_SCOPES, *_COMPREHENSIONS)):
            waiting.extend(ast.iter_child_nodes(node))
