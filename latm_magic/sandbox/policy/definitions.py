"""The policy's transformer, second part: functions, classes and comprehensions, each with a scope of its own.

Builds on `transformer` (names, attributes, calls); `statements` completes it.
"""

from __future__ import annotations

import ast
from typing import Any

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.policy.rules import NameRules, checked, located
from latm_magic.sandbox.policy.scopes import Scope, class_scope

__all__ = ["Definitions"]

_CLASS_KEYWORDS = frozenset({"total", "boundary"})


class Definitions(NameRules):
    """Visit what opens a scope."""

    # Functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Check name and parameters; check once, at the start, the parameters whose attributes are set."""
        self._refuse_type_parameters(node)
        node.decorator_list = self.visit_all(node.decorator_list)
        node.name = self.bind(node, node.name, is_method=True)
        if node.name == "__new__" and self.scope.kind == "class":
            node.decorator_list.insert(0, located(ast.Name("latm:new", ast.Load()), node))
        self._visit_signature(node.args)
        node.returns = node.returns and self.visit(node.returns)
        scope = Scope("function", self.scope.class_name, node, _parameters(node.args))
        body = self.visit_in(scope, node.body)
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        checks = [located(_check(name), node.body[0]) for name in sorted(scope.written)]
        node.body = [*body[:first], *checks, *body[first:]]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Check the parameters."""
        self._visit_signature(node.args)
        scope = Scope("function", self.scope.class_name, ast.Module([], []), _parameters(node.args))
        node.body = self.visit_in(scope, [node.body])[0]
        return node

    def _visit_signature(self, arguments: ast.arguments) -> None:
        """Visit defaults and annotations, which belong to the scope outside, and check the names."""
        arguments.defaults = self.visit_all(arguments.defaults)
        arguments.kw_defaults = [value and self.visit(value) for value in arguments.kw_defaults]
        for argument in _arguments(arguments):
            advice = names.binding_refusal(argument.arg, in_class=False, is_method=False, in_module=False)
            if advice is not None:
                self.refuse(argument, f"name '{argument.arg}'", advice)
            argument.annotation = argument.annotation and self.visit(argument.annotation)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Check name, bases and keywords; rename what the body binds privately."""
        self._refuse_type_parameters(node)
        node.decorator_list = self.visit_all(node.decorator_list)
        node.bases = self.visit_all(node.bases)
        for keyword in node.keywords:
            self._check_class_keyword(node, keyword)
        scope = class_scope(node)
        node.name = self.bind(node, node.name)
        node.body = self.visit_in(scope, node.body)
        return node

    def _check_class_keyword(self, node: ast.ClassDef, keyword: ast.keyword) -> None:
        match keyword:
            case ast.keyword(arg="metaclass", value=ast.Name(id="ABCMeta") | ast.Attribute(attr="ABCMeta")):
                pass
            case ast.keyword(arg=name) if name not in _CLASS_KEYWORDS:
                self.refuse(
                    node, f"class keyword '{name}'", "write a plain class; for an abstract one derive from abc.ABC"
                )
        keyword.value = self.visit(keyword.value)

    def _refuse_type_parameters(self, node: ast.AST) -> None:
        if getattr(node, "type_params", None):
            self.refuse(node, "type parameters in brackets", "use typing.TypeVar and typing.Generic")

    # Comprehensions

    def _comprehension(self, node: Any) -> ast.AST:
        """Visit a comprehension: its first iterable belongs to the scope outside, everything else to its own."""
        node.generators[0].iter = self.visit(node.generators[0].iter)
        self.scopes.append(Scope("comprehension", self.scope.class_name))
        for index, generator in enumerate(node.generators):
            if generator.is_async:
                self.refuse(node, "async comprehension", "write a plain `for`; nothing runs asynchronously here")
            if index:
                generator.iter = self.visit(generator.iter)
            generator.target = self.visit(generator.target)
            generator.ifs = self.visit_all(generator.ifs)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                setattr(node, part, self.visit(getattr(node, part)))
        self.scopes.pop()
        return node  # type: ignore[no-any-return]

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _check(name: str) -> ast.Assign:
    """Build the assignment of the checked parameter to a name that only we can say."""
    value = checked(ast.Name(name, ast.Load()))
    return ast.Assign([ast.Name(f"latm:{name}", ast.Store())], value)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    several = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*several, *(argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)]


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    return tuple(argument.arg for argument in _arguments(arguments))
