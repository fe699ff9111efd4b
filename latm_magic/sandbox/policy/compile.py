"""Guest source -> code that may run under the guards, or everything that is wrong with it, all at once.

The entry to the language layer. It does NOT promise that accepted code ends, or that its results are right, and it is
not the boundary: the process layer is. Runs in the worker, so that a crash of the parser stays there.
"""

from __future__ import annotations

import ast
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.sandbox.policy.example_lines import example_lines
from latm_magic.sandbox.policy.module_names import missing_module_names
from latm_magic.sandbox.policy.probes import Probes
from latm_magic.sandbox.policy.rules import MOST_FINDINGS, Policy
from latm_magic.sandbox.policy.scopes import walk
from latm_magic.sandbox.policy.signatures import signatures
from latm_magic.sandbox.records import Finding
from latm_magic.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import CodeType

    from latm_magic.sandbox.records import FunctionSignature

_SOURCE_LIMIT = 200_000
_VISIT_DEPTH = 4_000
_TOO_DEEP = Finding(0, "nesting this deep", "split long expressions and deep blocks into several statements")

# What Python's own parser and compiler raise for source that is not a program: too deep, too large, or with characters
# that have no encoding.
_NOT_A_PROGRAM = (SyntaxError, ValueError, OverflowError)
_TOO_MUCH = (RecursionError, MemoryError)


class Probed:
    """An accepted tree, for code that tells which branches it ran."""

    def __init__(self, tree: ast.Module, branching: list[ast.AST], filename: str) -> None:
        self._tree = tree
        self._filename = filename
        self._probes = Probes(branching)
        self.lines = self._probes.lines
        """The line of each branch, by its number."""

    def code(self, tested: int) -> CodeType:
        """Compile with a probe in each branch whose bit in `tested` is not set."""
        self._probes.put_in(tested)
        return _code_of(self._tree, self._filename, "exec")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the policy makes of a source."""

    code: CodeType | None
    """For `exec` in a guest namespace; None when there are findings."""
    findings: tuple[Finding, ...]
    """Everything that the policy refuses, in the order of the lines; () when there is `code`."""
    functions: tuple[FunctionSignature, ...] = ()
    """The module-level functions, in order."""
    imports: tuple[str, ...] = ()
    """The modules that the source names, allowed or not."""
    example_lines: tuple[tuple[int, int], ...] = ()
    """(first, last) line of each module-level statement that only shows the functions' use."""
    probed: Probed | None = None
    """What compiles it with probes; None when there are findings, and for an expression."""


def compile_guest(source: str, *, filename: str = "<tool>", extra_modules: Collection[str] = ()) -> Compiled:
    """Compile a guest's module. Never raises for bad source: syntax errors are findings too.

    `extra_modules`: modules that the person allowed beside the allowlist. `filename` stands in tracebacks.
    """
    return _compile(source, filename, "exec", extra_modules)


def compile_expression(source: str, *, extra_modules: Collection[str] = ()) -> Compiled:
    """Compile one expression, for the `eval` that guest code gets."""
    return _compile(source, "<eval>", "eval", extra_modules)


def _compile(source: str, filename: str, mode: Literal["exec", "eval"], extra_modules: Collection[str]) -> Compiled:
    if len(source) > _SOURCE_LIMIT:
        limit = Finding(0, f"source of {len(source)} characters", f"stay below {_SOURCE_LIMIT}; pass data as arguments")
        return Compiled(None, (limit,))
    try:
        # The compiler's warnings are for whoever wrote the source; here they would only reach a log.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _judged(source, filename, mode, extra_modules)
    except _NOT_A_PROGRAM as error:
        return Compiled(None, (_syntax_finding(error),))
    except _TOO_MUCH:
        return Compiled(None, (_TOO_DEEP,))


def _judged(source: str, filename: str, mode: Literal["exec", "eval"], extra_modules: Collection[str]) -> Compiled:
    tree: Any = ast.parse(source, filename, mode)
    look = cache(walk)  # until the tree is rewritten
    functions = signatures(tree, look) if isinstance(tree, ast.Module) else ()
    examples = example_lines(tree, look) if isinstance(tree, ast.Module) else ()
    missing = missing_module_names(tree, look)
    policy = Policy(tree, extra_modules, look)
    with _deeper_recursion():
        policy.visit(tree)
    findings = tuple(sorted([*policy.findings, *missing][:MOST_FINDINGS], key=lambda finding: finding.line))
    imports = tuple(policy.imports)
    if findings:
        return Compiled(None, findings, functions, imports, examples)
    ast.fix_missing_locations(tree)
    code = _code_of(tree, filename, mode)
    probed = Probed(tree, policy.branching, filename) if isinstance(tree, ast.Module) else None
    return Compiled(code, (), functions, imports, examples, probed)


def _code_of(tree: Any, filename: str, mode: Literal["exec", "eval"]) -> CodeType:
    return compile(tree, filename, mode, dont_inherit=True, optimize=0)


@contextmanager
def _deeper_recursion() -> Iterator[None]:
    """Let a visit, which takes three frames a level, go as deep into a tree as Python's own compiler does."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _VISIT_DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _syntax_finding(error: SyntaxError | ValueError | OverflowError) -> Finding:
    if isinstance(error, SyntaxError):
        shown = printable((error.text or "").strip()[:80])
        text = f": {shown}" if shown else ""
        return Finding(error.lineno or 0, f"this syntax ({error.msg}{text})", "write valid Python")
    return Finding(0, f"this source ({error})", "write valid Python in UTF-8 text")
