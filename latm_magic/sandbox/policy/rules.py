"""The policy's transformer, first part: names, attributes and calls of guest code, checked and rewritten.

Lean on purpose: public attributes, subscripts and iteration stay native. Rewritten are private attributes (renamed, no
cost), attribute writes (checked once a function where that is enough), the few attributes whose meaning depends on the
object, `x.__class__`, bare `except`, and `eval`. It does NOT stop loops, memory or recursion; the process layer does.

The names of our guards, such as "latm:write", are no Python identifiers: no guest code can say, bind or shadow them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, TypeVar

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.policy.refusals import Refusals
from latm_magic.sandbox.policy.scopes import Scope, bound_names, class_names, private_fields
from latm_magic.sandbox.runtime.formatting import is_plain

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["NameRules", "called", "checked", "located"]

_OF_BASE = {"__init__": "latm:init", "__new__": "latm:made"}
"""Methods of a base class that may be called on the object itself -> the guard that gives them."""

_Node = TypeVar("_Node", bound=ast.AST)


class NameRules(Refusals):
    """Visit a guest's tree once; afterwards `findings` says whether it may be compiled."""

    def __init__(self, tree: ast.AST, extra_modules: Collection[str] = ()) -> None:
        super().__init__(extra_modules)
        self.scopes = [Scope("module")]
        self._bound = bound_names(tree)
        self._classes = class_names(tree)
        self._private_fields = private_fields(tree)
        self._method_names: set[ast.AST] = set()

    @property
    def scope(self) -> Scope:
        """The innermost scope being visited."""
        return self.scopes[-1]

    def visit_in(self, scope: Scope, nodes: list[Any]) -> list[Any]:
        """Visit a list of nodes inside `scope`."""
        self.scopes.append(scope)
        try:
            return self.visit_all(nodes)
        finally:
            self.scopes.pop()

    def visit_all(self, nodes: list[Any]) -> list[Any]:
        """Visit a list of nodes."""
        return [self.visit(node) for node in nodes]

    # Names

    def bind(self, node: ast.AST, name: str, *, is_method: bool = False) -> str:
        """Check a binding of `name`, and give the name to compile."""
        scope = self.scope
        in_class = scope.kind == "class"
        advice = names.binding_refusal(name, in_class=in_class, is_method=is_method, in_module=scope.kind == "module")
        if advice is not None:
            self.refuse(node, f"name '{name}'", advice)
        return self._own_name(name)

    def _own_name(self, name: str) -> str:
        return names.hidden(name, self.scope.class_name) if name in self.scope.renamed else name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Check what is read, bound or deleted."""
        if not isinstance(node.ctx, ast.Load):
            node.id = self.bind(node, node.id, is_method=node in self._method_names)
        elif node.id == "super":
            self.refuse(node, "name 'super'", "write `super().method(...)` directly inside a method")
        elif names.is_dunder(node.id):
            self._check_dunder_name(node)
        else:
            if node.id not in self._bound:
                self.refuse_builtin(node)
            node.id = self._own_name(node.id)
        return node

    def _check_dunder_name(self, node: ast.Name) -> None:
        in_class = self.scope.kind == "class" and node.id in names.OPERATORS
        if node.id not in {"__name__", "__debug__"} and not in_class:
            advice = self.builtin_advice(node.id) or "use a name of your own without double underscores"
            self.refuse(node, f"name '{node.id}'", advice)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Check every declared name."""
        node.names = [self.bind(node, name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        """Check every declared name."""
        node.names = [self.bind(node, name) for name in node.names]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Let a class give itself an operator method by assignment, and check its `__slots__`."""
        node.value = self.visit(node.value)
        targets = [target for target in node.targets if isinstance(target, ast.Name)]
        if self.scope.kind == "class":
            self._method_names.update(target for target in targets if target.id != "__new__")
            match node.targets:
                case [ast.Name(id="__slots__" | "__match_args__")]:
                    return self._name_list(node)
        node.targets = self.visit_all(node.targets)
        return node

    def _name_list(self, node: ast.Assign) -> ast.AST:
        """Check `__slots__` or `__match_args__`, which must be written out, and rename private names in it."""
        elements = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
        for element in elements:
            if not (isinstance(element, ast.Constant) and isinstance(element.value, str)):
                self.refuse(node, "computed '__slots__'", "write the names out as a tuple of strings")
            elif element.value != "__dict__" and (not element.value.isidentifier() or self._is_special(element.value)):
                self.refuse(node, f"name '{element.value}' in '__slots__'", "use ordinary attribute names")
            else:
                element.value = names.hidden(element.value, self.scope.class_name)
        return node

    @staticmethod
    def _is_special(name: str) -> bool:
        return names.store_refusal(name) is not None or name in names.GUARDED_ATTRIBUTES

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Refuse the form that would read a guarded attribute past its guard."""
        if isinstance(node.target, ast.Attribute) and node.target.attr in names.GUARDED_ATTRIBUTES:
            self.refuse(node, f"augmented assignment to '.{node.target.attr}'", "read it, compute, and assign it")
        return self.node_contents_visit(node)

    # Attributes and calls

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Check the name; guard what depends on the object."""
        name = node.attr
        if isinstance(node.ctx, ast.Load):
            return self._loaded(node)
        advice = names.store_refusal(name)
        if advice is not None:
            self.refuse(node, f"setting attribute '{name}'", advice)
        node.value = self._writable(node.value)
        node.attr = names.hidden(name, self.scope.class_name)
        return node

    def _loaded(self, node: ast.Attribute) -> ast.AST:
        name = node.attr
        if self._is_super(node.value):
            advice = names.attribute_refusal(name) if name in _OF_BASE else names.super_refusal(name)
            node.value = called("super")
        else:
            node.value = self.visit(node.value)
            if name == "__class__":
                return located(_class_of(node.value), node)
            advice = names.attribute_refusal(name)
        if advice is not None:
            self.refuse(node, f"attribute '{name}'", advice)
        if name in names.GUARDED_ATTRIBUTES and not _is_plain_text(node.value):
            return located(called("latm:attribute", node.value, ast.Constant(name)), node)
        node.attr = names.hidden(name, self.scope.class_name)
        return node

    def _writable(self, value: ast.expr) -> ast.expr:
        """Give the expression whose attribute may be set: `value` behind the write guard."""
        scope = self.scope
        if isinstance(value, ast.Name) and scope.is_fixed(value.id):
            scope.written.add(value.id)
            return located(ast.Name(f"latm:{value.id}", ast.Load()), value)
        if isinstance(value, ast.Name):
            return located(checked(self.visit(value)), value)
        return located(called("latm:write", self.visit(value)), value)

    def _is_super(self, value: ast.expr) -> bool:
        """Whether `value` is `super()`, or `super(Class, self)` with the class and the parameter around."""
        match value:
            case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
                return True
            case ast.Call(func=ast.Name(id="super"), args=[ast.Name(id=owner), ast.Name(id=first)], keywords=[]):
                return owner == self.scope.class_name and owner in self._classes and first == self._first()
        return False

    def _first(self) -> str | None:
        """Give the first parameter of the function around."""
        parameters = self.scope.parameters
        return parameters[0] if parameters else None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Know the calls with a meaning of their own: eval, and the base class's `__init__` and `__new__`."""
        for keyword in node.keywords:
            if keyword.arg is not None:
                self._check_keyword(node, keyword.arg)
        match node:
            case ast.Call(
                func=ast.Attribute(attr="__new__", value=owner) as function, args=[ast.Name(id=first), *_]
            ) if first == self._first() and self._is_super(owner):
                function.value = located(called("super"), node)
            case ast.Call(func=ast.Attribute(attr="__init__", value=owner) as function) if self._is_super(owner):
                # Only here, in a call: kept, the method could be given another object.
                function.value = located(called("latm:super", called("super")), node)
            case ast.Call(
                func=ast.Attribute(attr="__init__" | "__new__" as name, value=ast.Name() as base),
                args=[ast.Name(id=first) as own, *rest],
            ) if first == self._first():
                node.func = located(called(_OF_BASE[name], self.visit(base), own), node)
                node.args = rest
            case _:
                node.func = self.visit(node.func)
        node.args = self.visit_all(node.args)
        node.keywords = self.visit_all(node.keywords)
        return self._builtin_call(node)

    def _builtin_call(self, node: ast.Call) -> ast.AST:
        """Rewrite `type(x)`, which is frequent, and `eval(x)`, which sees the names around it."""
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in self._bound:
                pass
            case ast.Call(args=[ast.Starred()]):
                pass
            case ast.Call(func=ast.Name(id="type"), args=[value], keywords=[]):
                return located(_class_of(value), node)
            case ast.Call(func=ast.Name(id="eval"), args=[_], keywords=[]):
                # Whatever `eval` is by then, it must see plain names only.
                node.args += [ast.Constant(None), called("latm:variables", called("latm:locals"))]
        return node

    def _check_keyword(self, node: ast.Call, name: str) -> None:
        if name.startswith("__"):
            self.refuse(node, f"keyword '{name}'", "choose a name without double underscores")
        elif name in self._private_fields:
            self.refuse(node, f"keyword '{name}'", "pass it by position, or name the field without an underscore")


def located(node: _Node, place: ast.AST) -> _Node:
    """Give `node` the place of `place`, and its parts too."""
    ast.copy_location(node, place)
    return ast.fix_missing_locations(node)


def checked(name: ast.expr) -> ast.IfExp:
    """Build `name if type(name) in classes else write(name)`: most objects need no call of the guard."""
    is_known = ast.Compare(called("latm:type", name), [ast.In()], [ast.Name("latm:classes", ast.Load())])
    return ast.IfExp(is_known, name, called("latm:write", name))


def _class_of(value: ast.expr) -> ast.Subscript:
    """Build `kinds[type(value)]`."""
    return ast.Subscript(ast.Name("latm:kinds", ast.Load()), called("latm:type", value), ast.Load())


def called(name: str, *arguments: ast.expr) -> ast.Call:
    """Build the call of one of our guards, or of `super`."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _is_plain_text(value: ast.expr) -> bool:
    """Whether `value` is text in the source that, as a format string, reads no attribute."""
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and is_plain(value.value)
