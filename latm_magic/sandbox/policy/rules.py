"""The policy: one visitor that checks every node of a guest's syntax tree and rewrites the few that need a guard.

Lean on purpose: public attributes, subscripts and iteration stay native. Rewritten are private attributes (renamed, no
cost), attribute writes (checked once a function where that is enough), the few attributes whose meaning depends on the
object, `x.__class__`, bare `except`, and `eval`. It does NOT stop loops, memory or recursion; the process layer does.

The names of our guards, such as "latm:write", are no Python identifiers: no guest code can say, bind or shadow them.
What is allowed is listed in `allowlist` and `names`; what to write instead is in `advice`.
"""

from __future__ import annotations
import __future__

import ast
import builtins
from typing import TYPE_CHECKING, Any, TypeVar

from RestrictedPython.transformer import RestrictingNodeTransformer

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.policy.advice import BUILTIN_ADVICE, SYNTAX_ADVICE, imported_name_advice, module_advice
from latm_magic.sandbox.policy.allowlist import ALLOWLIST, BUILTIN_NAMES, SYNTAX, is_extra
from latm_magic.sandbox.policy.probes import BRANCHING
from latm_magic.sandbox.policy.scopes import Scope, bound_names, class_names, class_scope, private_fields, walk
from latm_magic.sandbox.records import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    from latm_magic.sandbox.policy.scopes import Walk

_LISTED = frozenset(getattr(ast, name) for name in SYNTAX)

_LONGEST = 200
"""Characters of a finding's construct."""
MOST_FINDINGS = 100
"""Findings kept; nobody mends more at once."""

_BASE_METHODS = {"__init__": "latm:init", "__new__": "latm:made"}
"""Methods of a base class that may be called on the object itself -> the guard that gives them."""

_CLASS_KEYWORDS = frozenset({"total", "boundary"})

_SELF_MATCHING = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)
"""Classes whose pattern takes one position: the whole value."""

_Node = TypeVar("_Node", bound=ast.AST)


class Policy(RestrictingNodeTransformer):
    """Visits a guest's tree once; afterwards `findings` says whether it may be compiled.

    `imports` then holds the modules that the source names, allowed or not, in order; `branching` the nodes inside
    functions that may have branches.
    `extra_modules`: modules that the person allowed beside the allowlist.
    """

    def __init__(self, tree: ast.AST, extra_modules: Collection[str] = (), look: Walk = walk) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.imports: dict[str, None] = {}
        self.branching: list[ast.AST] = []
        self._extra_modules = tuple(extra_modules)
        self._scopes = [Scope("module")]
        self._bound = bound_names(tree, look)
        self._classes = class_names(tree, look)
        self._private_fields = private_fields(tree, look)
        self._method_names: set[ast.AST] = set()

    # Every node

    def visit(self, node: ast.AST) -> Any:
        """Visit `node` if its syntax is listed."""
        if type(node) in _LISTED:
            if type(node) in BRANCHING and any(scope.kind == "function" for scope in self._scopes):
                self.branching.append(node)
            return super().visit(node)
        kind = type(node).__name__
        self._refuse(node, *SYNTAX_ADVICE.get(kind, (f"syntax {kind}", "write it with older, plainer syntax")))
        return self.node_contents_visit(node)

    def error(self, node: ast.AST, info: str) -> None:
        """Turn whatever RestrictedPython itself refuses into a finding."""
        self._refuse(node, f"this construct ({info})", "write it with plainer syntax")

    def _refuse(self, node: ast.AST, construct: str, advice: str) -> None:
        finding = Finding(getattr(node, "lineno", 0), construct[:_LONGEST], advice)
        if len(self.findings) < MOST_FINDINGS and finding not in self.findings[-20:]:
            self.findings.append(finding)

    def _native(self, node: Any) -> Any:
        """Visit the parts of a node that needs no guard: what it reads and writes is checked name by name."""
        return self.node_contents_visit(node)

    # RestrictedPython wraps these in guards, or refuses them; the lean policy leaves them to Python.
    visit_AnnAssign = visit_NamedExpr = visit_Subscript = visit_For = visit_With = visit_Module = _native
    visit_Match = visit_match_case = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = _native

    @property
    def _scope(self) -> Scope:
        """The innermost scope being visited."""
        return self._scopes[-1]

    def _visit_in(self, scope: Scope, nodes: list[Any]) -> list[Any]:
        self._scopes.append(scope)
        try:
            return self._visit_all(nodes)
        finally:
            self._scopes.pop()

    def _visit_all(self, nodes: list[Any]) -> list[Any]:
        return [self.visit(node) for node in nodes]

    # Names

    def _bind(self, node: ast.AST, name: str, *, is_method: bool = False) -> str:
        """Check a binding of `name`, and return the name to compile."""
        scope = self._scope
        in_class = scope.kind == "class"
        advice = names.binding_advice(name, in_class=in_class, is_method=is_method, in_module=scope.kind == "module")
        if advice is not None:
            self._refuse(node, f"name '{name}'", advice)
        return self._own_name(name)

    def _own_name(self, name: str) -> str:
        return names.mangled(name, self._scope.class_name) if name in self._scope.renamed else name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Check what is read, bound or deleted."""
        if not isinstance(node.ctx, ast.Load):
            node.id = self._bind(node, node.id, is_method=node in self._method_names)
        elif node.id == "super":
            self._refuse(node, "name 'super'", "write `super().method(...)` directly inside a method")
        elif names.is_dunder(node.id):
            self._check_dunder_name(node)
        else:
            if node.id not in self._bound:
                self._check_builtin(node)
            node.id = self._own_name(node.id)
        return node

    def _check_dunder_name(self, node: ast.Name) -> None:
        in_class = self._scope.kind == "class" and node.id in names.OPERATORS
        if node.id not in {"__name__", "__debug__"} and not in_class:
            advice = BUILTIN_ADVICE.get(node.id, "use a name of your own without double underscores")
            self._refuse(node, f"name '{node.id}'", advice)

    def _check_builtin(self, node: ast.Name) -> None:
        if node.id in BUILTIN_ADVICE or (hasattr(builtins, node.id) and node.id not in BUILTIN_NAMES):
            advice = BUILTIN_ADVICE.get(node.id, "write it with the other builtins")
            self._refuse(node, f"name '{node.id}'", advice)

    def _declaration(self, node: ast.Global | ast.Nonlocal) -> ast.AST:
        """Check every declared name."""
        node.names = [self._bind(node, name) for name in node.names]
        return node

    visit_Global = visit_Nonlocal = _declaration

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Let a class give itself an operator method by assignment, and check its `__slots__`."""
        node.value = self.visit(node.value)
        targets = [target for target in node.targets if isinstance(target, ast.Name)]
        if self._scope.kind == "class":
            self._method_names.update(target for target in targets if target.id != "__new__")
            match node.targets:
                case [ast.Name(id="__slots__" | "__match_args__")]:
                    return self._name_list(node)
        node.targets = self._visit_all(node.targets)
        return node

    def _name_list(self, node: ast.Assign) -> ast.AST:
        """Check `__slots__` or `__match_args__`, which must be written out, and rename private names in it."""
        elements = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
        for element in elements:
            if not (isinstance(element, ast.Constant) and isinstance(element.value, str)):
                self._refuse(node, "computed '__slots__'", "write the names out as a tuple of strings")
            elif element.value != "__dict__" and not _is_slot_name(element.value):
                self._refuse(node, f"name '{element.value}' in '__slots__'", "use ordinary attribute names")
            else:
                element.value = names.mangled(element.value, self._scope.class_name)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Refuse the form that would read a guarded attribute past its guard."""
        if isinstance(node.target, ast.Attribute) and node.target.attr in names.GUARDED_ATTRIBUTES:
            self._refuse(node, f"augmented assignment to '.{node.target.attr}'", "read it, compute, and assign it")
        return self.node_contents_visit(node)

    # Attributes

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Check the name; guard what depends on the object."""
        name = node.attr
        if isinstance(node.ctx, ast.Load):
            return self._loaded(node)
        advice = names.store_advice(name)
        if advice is not None:
            self._refuse(node, f"setting attribute '{name}'", advice)
        node.value = self._writable(node.value)
        node.attr = names.mangled(name, self._scope.class_name)
        return node

    def _loaded(self, node: ast.Attribute) -> ast.AST:
        name = node.attr
        if self._is_super(node.value):
            advice = names.attribute_advice(name) if name in _BASE_METHODS else names.super_advice(name)
            node.value = _called("super")
        else:
            node.value = self.visit(node.value)
            if name == "__class__":
                return _located(_class_of(node.value), node)
            advice = names.attribute_advice(name)
        if advice is not None:
            self._refuse(node, f"attribute '{name}'", advice)
        if name in names.GUARDED_ATTRIBUTES and not _is_plain_text(node.value):
            return _located(_called("latm:attribute", node.value, ast.Constant(name)), node)
        node.attr = names.mangled(name, self._scope.class_name)
        return node

    def _writable(self, value: ast.expr) -> ast.expr:
        """Return the expression whose attribute may be set: `value` behind the write guard."""
        scope = self._scope
        if isinstance(value, ast.Name) and scope.is_fixed(value.id):
            scope.written.add(value.id)
            return _located(ast.Name(f"latm:{value.id}", ast.Load()), value)
        if isinstance(value, ast.Name):
            return _located(_checked(self.visit(value)), value)
        return _located(_called("latm:write", self.visit(value)), value)

    def _is_super(self, value: ast.expr) -> bool:
        """Whether `value` is `super()`, or `super(Class, self)` with the class and the parameter around."""
        match value:
            case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
                return True
            case ast.Call(func=ast.Name(id="super"), args=[ast.Name(id=owner), ast.Name(id=first)], keywords=[]):
                is_around = owner == self._scope.class_name and first == self._first_parameter()
                return is_around and owner in self._classes
        return False

    def _first_parameter(self) -> str | None:
        """Return the first parameter of the function around."""
        parameters = self._scope.parameters
        return parameters[0] if parameters else None

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Know the calls with a meaning of their own: eval, and the base class's `__init__` and `__new__`."""
        for keyword in node.keywords:
            if keyword.arg is not None:
                self._check_keyword(node, keyword.arg)
        match node:
            case ast.Call(
                func=ast.Attribute(attr="__new__", value=owner) as function, args=[ast.Name(id=first), *_]
            ) if first == self._first_parameter() and self._is_super(owner):
                function.value = _located(_called("super"), node)
            case ast.Call(func=ast.Attribute(attr="__init__", value=owner) as function) if self._is_super(owner):
                # Only here, in a call: kept, the method could be given another object.
                function.value = _located(_called("latm:super", _called("super")), node)
            case ast.Call(
                func=ast.Attribute(attr="__init__" | "__new__" as name, value=ast.Name() as base),
                args=[ast.Name(id=first) as own, *rest],
            ) if first == self._first_parameter():
                node.func = _located(_called(_BASE_METHODS[name], self.visit(base), own), node)
                node.args = rest
            case _:
                node.func = self.visit(node.func)
        node.args = self._visit_all(node.args)
        node.keywords = self._visit_all(node.keywords)
        return self._builtin_call(node)

    def _builtin_call(self, node: ast.Call) -> ast.AST:
        """Rewrite `type(x)`, which is frequent, and `eval(x)`, which sees the names around it."""
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in self._bound:
                pass
            case ast.Call(args=[ast.Starred()]):
                pass
            case ast.Call(func=ast.Name(id="type"), args=[value], keywords=[]):
                return _located(_class_of(value), node)
            case ast.Call(func=ast.Name(id="eval"), args=[_], keywords=[]):
                # Whatever `eval` is by then, it must see plain names only.
                node.args += [ast.Constant(None), _called("latm:variables", _called("latm:locals"))]
        return node

    def _check_keyword(self, node: ast.Call, name: str) -> None:
        if name.startswith("__"):
            self._refuse(node, f"keyword '{name}'", "choose a name without double underscores")
        elif name in self._private_fields:
            self._refuse(node, f"keyword '{name}'", "pass it by position, or name the field without an underscore")

    # Functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Check name and parameters; check once, at the start, the parameters whose attributes are set."""
        self._refuse_type_parameters(node)
        node.decorator_list = self._visit_all(node.decorator_list)
        node.name = self._bind(node, node.name, is_method=True)
        if node.name == "__new__" and self._scope.kind == "class":
            node.decorator_list.insert(0, _located(ast.Name("latm:new", ast.Load()), node))
        self._visit_signature(node.args)
        node.returns = node.returns and self.visit(node.returns)
        scope = Scope("function", self._scope.class_name, node, _parameters(node.args))
        body = self._visit_in(scope, node.body)
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        checks = [_located(_check(name), node.body[0]) for name in sorted(scope.written)]
        node.body = [*body[:first], *checks, *body[first:]]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Check the parameters."""
        self._visit_signature(node.args)
        scope = Scope("function", self._scope.class_name, ast.Module([], []), _parameters(node.args))
        node.body = self._visit_in(scope, [node.body])[0]
        return node

    def _visit_signature(self, arguments: ast.arguments) -> None:
        """Visit defaults and annotations, which belong to the scope outside, and check the names."""
        arguments.defaults = self._visit_all(arguments.defaults)
        arguments.kw_defaults = [value and self.visit(value) for value in arguments.kw_defaults]
        for argument in _arguments(arguments):
            advice = names.binding_advice(argument.arg, in_class=False, is_method=False, in_module=False)
            if advice is not None:
                self._refuse(argument, f"name '{argument.arg}'", advice)
            argument.annotation = argument.annotation and self.visit(argument.annotation)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Check name, bases and keywords; rename what the body binds privately."""
        self._refuse_type_parameters(node)
        node.decorator_list = self._visit_all(node.decorator_list)
        node.bases = self._visit_all(node.bases)
        for keyword in node.keywords:
            self._check_class_keyword(node, keyword)
        scope = class_scope(node)
        node.name = self._bind(node, node.name)
        node.body = self._visit_in(scope, node.body)
        return node

    def _check_class_keyword(self, node: ast.ClassDef, keyword: ast.keyword) -> None:
        match keyword:
            case ast.keyword(arg="metaclass", value=ast.Name(id="ABCMeta") | ast.Attribute(attr="ABCMeta")):
                pass
            case ast.keyword(arg=name) if name not in _CLASS_KEYWORDS:
                advice = "write a plain class; for an abstract one derive from abc.ABC"
                self._refuse(node, f"class keyword '{name}'", advice)
        keyword.value = self.visit(keyword.value)

    def _refuse_type_parameters(self, node: ast.AST) -> None:
        if getattr(node, "type_params", None):
            self._refuse(node, "type parameters in brackets", "use typing.TypeVar and typing.Generic")

    def _comprehension(self, node: Any) -> ast.AST:
        """Visit a comprehension: its first iterable belongs to the scope outside, everything else to its own."""
        node.generators[0].iter = self.visit(node.generators[0].iter)
        self._scopes.append(Scope("comprehension", self._scope.class_name))
        for index, generator in enumerate(node.generators):
            if generator.is_async:
                self._refuse(node, "async comprehension", "write a plain `for`; nothing runs asynchronously here")
            if index:
                generator.iter = self.visit(generator.iter)
            generator.target = self.visit(generator.target)
            generator.ifs = self._visit_all(generator.ifs)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                setattr(node, part, self.visit(getattr(node, part)))
        self._scopes.pop()
        return node  # type: ignore[no-any-return]

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    # Imports

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Allow listed modules; `import a.b` binds `a`."""
        self._refuse_lazy(node)
        for alias in node.names:
            if self._check_import(node, alias.name):
                bound = self._bind(node, alias.asname or alias.name.partition(".")[0])
                alias.asname = bound if alias.asname else None
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Allow listed names of listed modules."""
        self._refuse_lazy(node)
        module = node.module or ""
        if node.level:
            self._refuse(node, "relative import", "a tool is one module; write the function into it")
        elif module == "__future__":
            self._check_future(node)
        elif self._check_import(node, module):
            for alias in node.names:
                self._check_imported_name(node, module, alias.name)
                bound = self._bind(node, alias.asname or alias.name)
                alias.asname = bound if bound != alias.name else None
        return node

    def _check_future(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name not in __future__.all_feature_names or alias.asname:
                self._refuse(node, f"import of '__future__.{alias.name}'", "leave it out")

    def _refuse_lazy(self, node: ast.Import | ast.ImportFrom) -> None:
        if getattr(node, "is_lazy", False):
            self._refuse(node, "lazy import", "write a plain import")

    def _check_import(self, node: ast.stmt, name: str) -> bool:
        """Record an import, and a finding where the module is not on the list; return whether it is."""
        self.imports.setdefault(name)
        if name in ALLOWLIST or is_extra(name, self._extra_modules):
            return True
        self._refuse(node, f"import of '{name}'", module_advice(name))
        return False

    def _check_imported_name(self, node: ast.stmt, module: str, name: str) -> None:
        if name == "*":
            self._refuse(node, f"'from {module} import *'", "name what you import")
        elif name.startswith("_"):
            self._refuse(node, f"import of '{module}.{name}'", "use the public names of the module")
        elif is_extra(module, self._extra_modules) or f"{module}.{name}" in ALLOWLIST:
            pass
        elif name not in ALLOWLIST[module]:
            self._refuse(node, f"import of '{module}.{name}'", imported_name_advice(module, name))

    # Errors and blocks

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Read a bare `except` as `except Exception`, so that it cannot swallow the end of the time."""
        node.type = self.visit(node.type) if node.type else _located(ast.Name("latm:Exception", ast.Load()), node)
        node.name = node.name and self._bind(node, node.name)
        node.body = self._visit_all(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Leave out the block that runs in a script only: a tool is never the main module."""
        match node.test:
            case ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ) if self._scope.kind == "module":
                node.test = _located(ast.Constant(False), node.test)  # noqa: FBT003 - a syntax node's value
                node.body = [_located(ast.Pass(), node)]
                node.orelse = self._visit_all(node.orelse)
                return node
        return self.node_contents_visit(node)

    # Patterns

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Allow named attributes; a position reads whatever `__match_args__` names, past every check."""
        node.cls = self.visit(node.cls)
        if not isinstance(node.cls, ast.Name | ast.Attribute):
            self._refuse(node, "class pattern with a special attribute", "name the class itself")
        for name in node.kwd_attrs:
            if names.attribute_advice(name) or names.is_dunder(name) or name in names.GUARDED_ATTRIBUTES:
                self._refuse(node, f"attribute '{name}' in a pattern", "match another attribute, or use `if`")
        node.kwd_attrs = [names.mangled(name, self._scope.class_name) for name in node.kwd_attrs]
        node.kwd_patterns = self._visit_all(node.kwd_patterns)
        return self._without_positions(node) if node.patterns else node

    def _without_positions(self, node: ast.MatchClass) -> ast.AST:
        """Read `int(x)` as `int() as x`; refuse every other position."""
        match node:
            case ast.MatchClass(
                cls=ast.Name(id=class_name), patterns=[ast.MatchAs(pattern=None, name=name)], kwd_attrs=[]
            ) if class_name in _SELF_MATCHING:
                node.patterns = []
                if name is None:
                    return node
                return _located(ast.MatchAs(node, self._bind(node, name)), node)
        self._refuse(node, "positional class pattern", "name the attributes, for example `Point(x=x, y=y)`")
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """Allow constants and dotted names, as Python does; a guarded attribute has no place here."""
        attributes = [part.attr for part in ast.walk(node.value) if isinstance(part, ast.Attribute)]
        if {"__class__", *names.GUARDED_ATTRIBUTES}.intersection(attributes):
            self._refuse(node, "special attribute in a pattern", "use `if` and ==")
            return node
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        """Check the keys as values, and the name that takes the rest."""
        for key in node.keys:
            self.visit_MatchValue(_located(ast.MatchValue(key), node))
        node.patterns = self._visit_all(node.patterns)
        node.rest = node.rest and self._bind(node, node.rest)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        """Check the name that is bound."""
        node.name = node.name and self._bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        """Check the name that is bound."""
        node.name = node.name and self._bind(node, node.name)
        return node


# What is built, and what is asked of nodes


def _located(node: _Node, place: ast.AST) -> _Node:
    """Return `node` with the line and column of `place`, its parts too."""
    ast.copy_location(node, place)
    return ast.fix_missing_locations(node)


def _called(name: str, *arguments: ast.expr) -> ast.Call:
    """Build the call of one of our guards, or of `super`."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _checked(name: ast.expr) -> ast.IfExp:
    """Build `name if type(name) in classes else write(name)`: most objects need no call of the guard."""
    is_known = ast.Compare(_called("latm:type", name), [ast.In()], [ast.Name("latm:classes", ast.Load())])
    return ast.IfExp(is_known, name, _called("latm:write", name))


def _check(name: str) -> ast.Assign:
    """Build the assignment of the checked parameter to a name that only we can say."""
    return ast.Assign([ast.Name(f"latm:{name}", ast.Store())], _checked(ast.Name(name, ast.Load())))


def _class_of(value: ast.expr) -> ast.Subscript:
    """Build `class_of[type(value)]`."""
    return ast.Subscript(ast.Name("latm:class_of", ast.Load()), _called("latm:type", value), ast.Load())


def _is_plain_text(value: ast.expr) -> bool:
    """Whether `value` is text in the source that, as a format string, reads no attribute."""
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and names.is_plain_template(value.value)


def _is_slot_name(name: str) -> bool:
    is_name = name.isidentifier() and names.normal_form(name) == name
    return is_name and names.store_advice(name) is None and name not in names.GUARDED_ATTRIBUTES


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    several = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*several, *(argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)]


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    return tuple(argument.arg for argument in _arguments(arguments))
