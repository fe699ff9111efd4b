"""Learning one branch: a tree of guards, grown greedily; a guard must say more of the choices than it takes to say it.

Information gained against bits spent (minimum description length: Rissanen 1978; for trees: Quinlan and Rivest 1989).
On small tables of truth values this needs neither pruning afterwards nor cross-validation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latm_magic.workflows.features import Table, roundest
from latm_magic.workflows.machine import Guard, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from latm_magic.workflows.decisions import Value

_WEIGHT = 0.7
"""What a bit of a guard costs in bits of choices."""
_DEEPEST = 12
_CLEAR = 0.75
"""The share of agreeing choices from which those that disagree may be noise ..."""
_FEW = 8
"""... where more traces than this came by."""
_MOST_RIVALS = 8


def learn(
    after: str,
    rows: Sequence[Mapping[str, Value]],
    actions: Sequence[str],
    traces: Sequence[str],
    elses: Sequence[tuple[str, ...]] = (),
    doubtful: Collection[str] = (),
) -> Tree:
    """Return the tree that chooses between actions at a state.

    `rows`: what was seen, one a decision; `actions`: what was done then; `traces`: the id of each decision's trace;
    `elses`: slots that stand for one value, the first that was seen; `doubtful`: slots that vary for no reason.
    """
    names = sorted(set(actions))
    labels = np.array([names.index(action) for action in actions])
    groups = np.unique(np.array(traces), return_inverse=True)[1]
    grower = _Grower(Table(after, rows, labels, elses, doubtful) if len(names) > 1 else None, names, labels, groups)
    grower.grow(np.arange(len(labels)), 0)
    return Tree(tuple(grower.nodes))


class _Grower:
    def __init__(self, table: Table | None, names: list[str], labels: np.ndarray, groups: np.ndarray) -> None:
        self._table = table if table is not None and len(table.costs) else None
        self._names = names
        self._labels = labels
        self._groups = groups
        self.nodes: list[Node] = []

    def grow(self, here: np.ndarray, depth: int) -> int:
        """Add the node of some rows and all below it; return its number."""
        number = len(self.nodes)
        self.nodes.append(self._leaf(here))
        if self._table is None or (column := self._best(self._table, here, self.nodes[number], depth)) is None:
            return number
        holds = self._table.matrix[here, column]
        guard = self._guard(self._table, here, holds)
        yes, no = self.grow(here[holds], depth + 1), self.grow(here[~holds], depth + 1)
        self.nodes[number] = replace(self.nodes[number], guard=guard, yes=yes, no=no)
        return number

    def _leaf(self, here: np.ndarray) -> Node:
        counts = np.bincount(self._labels[here], minlength=len(self._names))
        most = int(counts.argmax())
        return Node(self._names[most], self._support(here), float(counts[most] / len(here)))

    def _support(self, here: np.ndarray) -> int:
        return len(np.unique(self._groups[here]))

    def _best(self, table: Table, here: np.ndarray, leaf: Node, depth: int) -> int | None:
        """Return the column that tells most for what it costs; None where none tells enough."""
        if leaf.agree == 1.0 or depth == _DEEPEST:
            return None
        chosen = np.eye(len(self._names))[self._labels[here]]
        yes = table.matrix[here].T.astype(float) @ chosen
        no = chosen.sum(0) - yes
        gains = _bits(chosen.sum(0)) - _bits(yes) - _bits(no)
        splits = (yes.sum(1) > 0) & (no.sum(1) > 0) & (gains > 1e-9)  # noqa: PLR2004
        if not splits.any():
            return None
        scores = np.where(splits, gains - _WEIGHT * table.costs, -np.inf)
        best = int(scores.argmax())
        is_noise = scores[best] < 0 and leaf.agree > _CLEAR and leaf.support > _FEW
        return None if is_noise else best

    def _guard(self, table: Table, here: np.ndarray, holds: np.ndarray) -> Guard:
        """Return the simplest guard that tells these rows apart so; others of other slots are its rivals."""
        alike = np.flatnonzero((table.matrix[here] == holds[:, None]).all(0))
        found = sorted((pair for column in alike for pair in table.guards(int(column))), key=lambda pair: pair[0])
        by_slots = {guard.left + guard.right: guard for _, guard in reversed(found)}
        chosen = found[0][1]
        rivals = [guard for guard in by_slots.values() if guard.left + guard.right != chosen.left + chosen.right]
        rows = [table.rows[place] for place in here]
        fitted = tuple(fit_gap(guard, rows) for guard in rivals[::-1][:_MOST_RIVALS])
        return replace(fit_gap(chosen, rows), support=self._support(here), rivals=fitted)


def fit_gap(guard: Guard, rows: Sequence[Mapping[str, Value]]) -> Guard:
    """Return a guard with the gap that these rows leave, and its threshold at the roundest number in there."""
    found = [guard.value(row) for row in rows]
    values = [value for value in found if value is not None]
    guard = replace(guard, always=len(values) == len(found))
    if guard.op == "==" and not guard.right:
        return replace(guard, between=tuple(sorted({value for value in values if isinstance(value, str)})))
    threshold = 0 if guard.right else guard.constant
    below = [each for each in values if each <= threshold] if guard.op == ">" else []
    above = [each for each in values if each > threshold] if guard.op == ">" else []
    if not below or not above:
        return guard
    low, high = max(below), min(above)
    return replace(guard, between=(low, high), constant=None if guard.right else roundest(low, high)[0])


def _bits(counts: np.ndarray) -> np.ndarray:
    """Return what it takes to say which choice each decision was, of counts by choice in the last dimension."""
    total = counts.sum(-1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    found: np.ndarray = -(counts * logs).sum(-1)
    return found
