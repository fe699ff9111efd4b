"""Where a value comes from: an argument of a call, or a part of the answer, found among what was seen before.

The slot that is equal in all traces; else the first that was seen of several, or of several and a constant; else
constants that guards choose between; else the user model fills it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.workflows.branches import learn
from latm_magic.workflows.machine import MISSING, Binding, Tree, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.workflows.decisions import Value

_MOST_CONSTANTS = 6
_ENOUGH = 0.9
"""The share of traces that a source must explain where no source explains all."""
_MOST_RIVALS = 3
_MOST_ELSES = 12


def bind(
    name: str, values: Sequence[Any], rows: Sequence[Mapping[str, Value]], traces: Sequence[str], after: str
) -> Binding:
    """Return where the value `name` comes from; `rows` are what was seen before each of the `values`."""
    support = len(set(traces))
    slots = _slots(name, values, rows)
    equal = [slot for slot in slots if _share((slot,), values, rows) == 1.0]
    is_constant = all(same(value, values[0]) for value in values)
    if is_constant and (not equal or all(slot.startswith("count.") for slot in equal)):
        return Binding("constant", constant=values[0], support=support)
    if equal:
        return Binding("slot", (equal[0],), support=support, rivals=tuple(equal[1 : 1 + _MOST_RIVALS]))
    pairs = _elses(slots, values, rows)
    best = max(pairs + [(slot,) for slot in slots], key=lambda each: _share(each, values, rows), default=())
    share = _share(best, values, rows) if best else 0.0
    if share == 1.0:
        return Binding("slot", best, support=support)
    chain, rest = _chain(slots, values, rows)
    if chain and not rest:
        return Binding("slot", chain, support=support)
    if chain and all(same(each, rest[0]) for each in rest):
        return Binding("slot", chain, constant=rest[0], has_default=True, support=support)
    chosen = _chosen(values, rows, traces, after)
    if chosen is not None:
        return Binding("tree", tree=chosen[0], support=support, constants=chosen[1])
    return Binding("slot", best, support=support) if share >= _ENOUGH else Binding("model", support=support)


def _slots(name: str, values: Sequence[Any], rows: Sequence[Mapping[str, Value]]) -> list[str]:
    """Return the slots that are equal to at least one value, those named alike first, counts last."""
    found: dict[str, None] = {}
    for value, row in zip(values[:200], rows, strict=False):
        found.update(dict.fromkeys(slot for slot in row if slot not in found and same(row[slot], value)))
    key = name.rpartition(".")[2]
    newest = {slot: place for place, slot in enumerate(found)}
    return sorted(found, key=lambda slot: (slot.startswith("count."), slot.rpartition(".")[2] != key, -newest[slot]))


def _share(slots: tuple[str, ...], values: Sequence[Any], rows: Sequence[Mapping[str, Value]]) -> float:
    equal = 0
    for value, row in zip(values, rows, strict=True):
        there = next((row[slot] for slot in slots if slot in row), MISSING)
        equal += there is not MISSING and same(there, value)
    return equal / len(values)


def _chain(
    slots: Sequence[str], values: Sequence[Any], rows: Sequence[Mapping[str, Value]]
) -> tuple[tuple[str, ...], list[Any]]:
    """Return slots each of which is the value wherever it is there and none before it is, and the values left over."""
    chain: list[str] = []
    left = list(zip(rows, values, strict=True))
    while left:
        cover = {slot: sum(slot in row for row, _ in left) for slot in slots[:_MOST_ELSES] if slot not in chain}
        right = [s for s in cover if cover[s] and all(same(row[s], value) for row, value in left if s in row)]
        if not right:
            break
        chain.append(max(right, key=lambda slot: cover[slot]))
        left = [(row, value) for row, value in left if chain[-1] not in row]
    return tuple(chain), [value for _, value in left]


def _elses(slots: Sequence[str], values: Sequence[Any], rows: Sequence[Mapping[str, Value]]) -> list[tuple[str, ...]]:
    """Return (this, that) where this slot is not there in all rows and is the value wherever it is there."""
    firsts = [
        slot
        for slot in slots[:_MOST_ELSES]
        if not all(slot in row for row in rows)
        and all(same(row[slot], value) for row, value in zip(rows, values, strict=True) if slot in row)
    ]
    return [(first, other) for first in firsts for other in slots[:_MOST_ELSES] if other != first]


def _chosen(
    values: Sequence[Any], rows: Sequence[Mapping[str, Value]], traces: Sequence[str], after: str
) -> tuple[Tree, tuple[Any, ...]] | None:
    """Return a tree that chooses between constants, by their number, and the constants; None where that says little."""
    constants: list[Any] = []
    labels = []
    for value in values:
        place = next((place for place, each in enumerate(constants) if same(each, value)), len(constants))
        if place == len(constants):
            constants.append(value)
        if len(constants) > _MOST_CONSTANTS:
            return None
        labels.append(str(place))
    tree = learn(after, rows, labels, traces)
    right = sum(tree.path(row)[-1].action == label for row, label in zip(rows, labels, strict=True))
    enough = len(values) >= 2 * len(constants) and right / len(values) >= _ENOUGH
    return (tree, tuple(constants)) if enough else None
