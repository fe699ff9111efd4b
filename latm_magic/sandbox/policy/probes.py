"""Probes: a mark in each arm of a guest's statements, so that a run tells which branches it went through.

They go into the tree that the policy has accepted and rewritten; what they write to has a name that guest code cannot
say. Those of branches that are known (`branches.py`) are left out before compiling, so an ordinary row pays nothing.
They do NOT say whether a branch is right, and stand in no module-level statement: those run alike for every row.

Arms of statements only: probes of conditional expressions, operands and comparisons were measured too, and marked more
right answers for each wrong one (`benchmarks/probes.py`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKS = "latm:ran"
"""The dict in a guest's globals whose keys are the branches that ran, in the order in which they were first reached."""
MOST = 10_000
"""Branches of one source that have a probe."""
BRANCHING = frozenset({ast.If, ast.For, ast.While, ast.ExceptHandler, ast.match_case})
"""Nodes that have branches: an `if` has two, also without `else`; the others have one, their body."""


class Probes:
    """The probes of one source. A branch's number follows from the source and from the rules here alone."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        """Take the nodes that have branches, in an order that follows from the source."""
        self._arms = [(arm, tuple(arm), line) for node in nodes for arm, line in _arms(node)][:MOST]

    @property
    def lines(self) -> tuple[int, ...]:
        """The line of each branch, 1-based, by its number; a missing `else` has the line of its `if`."""
        return tuple(line for _, _, line in self._arms)

    def put_in(self, tested: int) -> None:
        """Have the tree hold the probes of just those branches whose bit in `tested` is not set; -1: of none."""
        for branch, (arm, statements, line) in enumerate(self._arms):
            arm[:] = statements if tested >> branch & 1 else (_mark(branch, line), *statements)


def _arms(node: ast.AST) -> list[tuple[list[ast.stmt], int]]:
    body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
    arms = [(body, body[0].lineno)]
    if isinstance(node, ast.If):
        arms.append((node.orelse, node.orelse[0].lineno if node.orelse else node.lineno))
    return arms


def _mark(branch: int, line: int) -> ast.stmt:
    target = ast.Subscript(ast.Name(MARKS, ast.Load()), ast.Constant(branch), ast.Store())
    mark = ast.Assign([target], ast.Constant(None), lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)
    return ast.fix_missing_locations(mark)
