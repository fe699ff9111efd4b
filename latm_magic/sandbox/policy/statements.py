"""The policy's transformer, last part: imports, `except`, `match` and the block that only a script runs.

Builds on `transformer` (names, attributes, calls) and `definitions` (functions and classes).
"""

from __future__ import annotations
import __future__

import ast

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.policy.definitions import Definitions
from latm_magic.sandbox.policy.rules import located

__all__ = ["Policy"]

_SELF_MATCHING = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)


class Policy(Definitions):
    """The whole policy: visit a guest's tree once; afterwards `findings` says whether it may be compiled."""

    # Imports

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Allow listed modules; `import a.b` binds `a`."""
        self._refuse_lazy(node)
        for alias in node.names:
            if self.check_import(node, alias.name):
                bound = self.bind(node, alias.asname or alias.name.partition(".")[0])
                alias.asname = bound if alias.asname else None
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Allow listed names of listed modules."""
        self._refuse_lazy(node)
        module = node.module or ""
        if node.level:
            self.refuse(node, "relative import", "a tool is one module; write the function into it")
        elif module == "__future__":
            self._check_future(node)
        elif self.check_import(node, module):
            for alias in node.names:
                self.check_imported_name(node, module, alias.name)
                bound = self.bind(node, alias.asname or alias.name)
                alias.asname = bound if bound != alias.name else None
        return node

    def _check_future(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name not in __future__.all_feature_names or alias.asname:
                self.refuse(node, f"import of '__future__.{alias.name}'", "leave it out")

    def _refuse_lazy(self, node: ast.Import | ast.ImportFrom) -> None:
        if getattr(node, "is_lazy", False):
            self.refuse(node, "lazy import", "write a plain import")

    # Errors and blocks

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Read a bare `except` as `except Exception`, so that it cannot swallow the end of the time."""
        node.type = (
            located(ast.Name("latm:Exception", ast.Load()), node) if node.type is None else self.visit(node.type)
        )
        node.name = node.name and self.bind(node, node.name)
        node.body = self.visit_all(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Leave out the block that runs in a script only: a tool is never the main module."""
        match node.test:
            case ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ) if self.scope.kind == "module":
                node.test = located(ast.Constant(False), node.test)  # noqa: FBT003 - a syntax node's value
                node.body = [located(ast.Pass(), node)]
                node.orelse = self.visit_all(node.orelse)
                return node
        return self.node_contents_visit(node)

    # Patterns

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Allow named attributes; a position reads whatever `__match_args__` names, past every check."""
        node.cls = self.visit(node.cls)
        if not isinstance(node.cls, ast.Name | ast.Attribute):
            self.refuse(node, "class pattern with a special attribute", "name the class itself")
        for name in node.kwd_attrs:
            if names.attribute_refusal(name) or names.is_dunder(name) or name in names.GUARDED_ATTRIBUTES:
                self.refuse(node, f"attribute '{name}' in a pattern", "match another attribute, or use `if`")
        node.kwd_attrs = [names.hidden(name, self.scope.class_name) for name in node.kwd_attrs]
        node.kwd_patterns = self.visit_all(node.kwd_patterns)
        return self._without_positions(node) if node.patterns else node

    def _without_positions(self, node: ast.MatchClass) -> ast.AST:
        """Read `int(x)` as `int() as x`; refuse every other position."""
        match node:
            case ast.MatchClass(
                cls=ast.Name(id=kind), patterns=[ast.MatchAs(pattern=None, name=name)], kwd_attrs=[]
            ) if kind in _SELF_MATCHING:
                node.patterns = []
                if name is None:
                    return node
                return located(ast.MatchAs(node, self.bind(node, name)), node)
        self.refuse(node, "positional class pattern", "name the attributes, for example `Point(x=x, y=y)`")
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """Allow constants and dotted names, as Python does; a guarded attribute has no place here."""
        attributes = [part.attr for part in ast.walk(node.value) if isinstance(part, ast.Attribute)]
        if {"__class__", *names.GUARDED_ATTRIBUTES}.intersection(attributes):
            self.refuse(node, "special attribute in a pattern", "use `if` and ==")
            return node
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        """Check the keys as values, and the name that takes the rest."""
        for key in node.keys:
            self.visit_MatchValue(located(ast.MatchValue(key), node))
        node.patterns = self.visit_all(node.patterns)
        node.rest = node.rest and self.bind(node, node.rest)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        """Check the name that is bound."""
        node.name = node.name and self.bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        """Check the name that is bound."""
        node.name = node.name and self.bind(node, node.name)
        return node
