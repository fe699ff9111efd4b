"""Finer and coarser probes than the product's, put into a module outside the sandbox, for `probes.py`.

What a run went through are *events*: tuples of a kind, the number of the place, and what happened there. A run can
also be repeated with some of its branches turned the other way. Give it no module that you would not run.
"""

from __future__ import annotations

import ast
from typing import Any

Event = tuple[Any, ...]
LEAVES = (ast.Raise, ast.Continue, ast.Break, ast.Pass)
"""An arm of one such statement decides that something is not done, and does nothing itself."""


class Finer(ast.NodeTransformer):
    """Puts a probe of every kind into the functions of a module."""

    def __init__(self, source: str, function: str) -> None:
        self._ran: set[Event] = set()
        self._turned: dict[int, bool] = {}
        self._count = self._depth = 0
        tree = ast.fix_missing_locations(self.visit(ast.parse(source)))
        # Names that end so are not renamed inside a class.
        names = ("mark", "test", "each", "less", "in", "got", "turn")
        self._namespace: dict[str, Any] = {f"__{name}__": getattr(self, f"_{name}") for name in names}
        exec(compile(tree, "<module>", "exec"), self._namespace)
        self._function = function
        self._stores = [value for value in self._namespace.values() if hasattr(value, "cache_clear")]

    def run(self, question: str) -> tuple[str | None, frozenset[Event]]:
        """Return the answer's text, None where there is none, and what the run went through."""
        self._ran.clear()
        return solved(self._namespace, self._function, question), frozenset(self._ran)

    def stands_on(self, question: str, tested: frozenset[Event]) -> bool:
        """Return whether the answer is another where its untested branches go the other way, if that one is tested."""
        self._clear()
        answer, ran = self.run(question)
        arms = {event[:3] for event in tested if event[0] in {"if", "else", "missing else"}}
        for kind, number, *what in ran - tested:
            if kind == "loop":
                self._turned[number] = False
            elif kind in {"if", "else", "missing else"} and any(
                (other, number, not what[0]) in arms for other in ("if", "else", "missing else")
            ):
                self._turned[number] = not what[0]
        self._clear()
        again, _ = self.run(question)
        self._turned.clear()
        return again != answer

    def _clear(self) -> None:
        for store in self._stores:
            store.cache_clear()

    # What the probes call.

    def _mark(self, *event: Any) -> None:
        self._ran.add(event)

    def _test(self, kind: str, number: int, value: Any) -> Any:
        self._ran.add((kind, number, bool(value)))
        return value

    def _turn(self, number: int, value: Any) -> Any:
        return self._turned.get(number, value)

    def _each(self, number: int, values: Any) -> Any:
        kind = "never"
        for value in values if self._turned.get(number, True) else ():
            self._ran.add(("loop" if kind == "never" else "again", number))
            kind = "again"
            yield value
        if kind == "never":
            self._ran.add(("never", number))

    def _less(self, number: int, holds: bool, left: Any, right: Any) -> bool:
        if type(left) is type(right) and left == right:
            self._ran.add(("edge", number))
        return holds

    def _in(self, number: int, item: Any, found: bool) -> bool:
        if found and isinstance(item, str | int):
            self._ran.add(("member", number, item))
        return found

    def _got(self, number: int, value: Any) -> Any:
        is_plain = value is None or isinstance(value, str | int | float | list | dict | set | tuple)
        self._ran.add(("empty", number, is_plain and not value))
        return value

    # Where they stand.

    def visit(self, node: ast.AST) -> Any:
        """Visit a node; functions are what is probed."""
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            self._depth += 1
            body = node.body if isinstance(node.body, list) else [node.body]
            seen = [self.visit(each) for each in body]
            if isinstance(node, ast.FunctionDef):
                node.body = [ast.Expr(self._call("mark", "function", self._next())), *seen]
            else:
                node.body = seen[0]
            self._depth -= 1
            return node
        self.generic_visit(node)
        return self._probed(node) if self._depth else node

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _call(self, name: str, *arguments: Any) -> ast.Call:
        given = [each if isinstance(each, ast.AST) else ast.Constant(each) for each in arguments]
        return ast.Call(ast.Name(f"__{name}__", ast.Load()), given, [])

    def _arm(self, kind: str, number: int, statements: list[ast.stmt], *what: Any) -> list[ast.stmt]:
        leaves = len(statements) == 1 and isinstance(statements[0], LEAVES)
        return [ast.Expr(self._call("mark", kind, number, *what, *["leaves"] * leaves)), *statements]

    def _probed(self, node: Any) -> Any:
        number = self._next()
        match node:
            case ast.If():
                kind = "else" if node.orelse else "missing else"
                node.test = self._call("turn", number, node.test)
                node.body = self._arm("if", number, node.body, 1)
                node.orelse = self._arm(kind, number, node.orelse, 0)
            case ast.While():
                node.test = self._call("turn", number, node.test)
                node.body = self._arm("loop", number, node.body)
            case ast.ExceptHandler():
                node.body = self._arm("except", number, node.body)
            case ast.match_case():
                node.body = self._arm("match", number, node.body)
            case ast.For():
                node.iter = self._call("each", number, node.iter)
            case ast.IfExp():
                node.body, node.orelse = (self._reached("conditional", each) for each in (node.body, node.orelse))
            case ast.BoolOp():
                kind = "or" if isinstance(node.op, ast.Or) else "and"
                tested = [self._call("test", "truth", self._next(), each) for each in node.values]
                node.values = [tested[0], *(self._reached(kind, each) for each in tested[1:])]
            case ast.comprehension():
                node.ifs = [self._call("test", "filter", self._next(), each) for each in node.ifs]
            case ast.Compare(ops=[ast.In()]):
                return self._call("in", number, node.left, node)
            case ast.Compare(ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
                return self._call("less", number, node, node.left, node.comparators[0])
            case ast.Call() | ast.Subscript(ctx=ast.Load()):
                return self._call("got", number, node)
        return node

    def _reached(self, kind: str, value: ast.expr) -> ast.expr:
        return ast.BoolOp(ast.Or(), [self._call("mark", kind, self._next()), value])


def solved(namespace: dict[str, Any], function: str, question: str) -> str | None:
    """Run a question through a module's functions; return the answer's text, None where there is none."""
    try:
        result = namespace[function](**namespace["parse"](question))
        return str(namespace["format_answer"](result, question) if "format_answer" in namespace else result)
    except Exception:  # noqa: BLE001 - what it ran until then is what is asked
        return None
