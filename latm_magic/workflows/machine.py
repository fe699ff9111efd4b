"""The records of a flow's state machine: guards, the trees that they form, where arguments come from, and states.

They are plain data, so that a flow is kept, shown and written as Python from the same records that run it. Nothing here
learns: `branches.py` and `graph.py` do.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  pydantic reads the annotations
from dataclasses import dataclass, field
from typing import Any, Literal

from latm_magic.workflows.decisions import Value  # noqa: TC001

Op = Literal[">", "==", "is true", "is there"]
"""How a guard compares: numbers, values of one kind, one truth value, and whether there is a value at all."""
MISSING = object()
"""What stands for a slot that was not seen."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A comparison that decides a branch; a comparison with a value that is missing is false."""

    after: str
    """The state that it belongs to."""
    left: tuple[str, ...]
    """Slots, of which the first that was seen is meant: "this value, else that one"."""
    op: Op
    right: tuple[str, ...] = ()
    """Slots in the same way; empty where `constant` is compared with."""
    constant: Any = None
    between: tuple[Any, ...] = ()
    """For numbers (low, high): what no trace visited, of the value or, for value against value, of their difference.
    For text every value that was seen. Else empty."""
    support: int = 0
    """Traces that came here."""
    always: bool = False
    """What is compared was there in all traces that came here."""
    rivals: tuple[Guard, ...] = ()
    """Guards that tell the traces apart just as this one does."""

    def holds(self, seen: Mapping[str, Value]) -> bool:
        """Return whether the comparison is true of what was seen."""
        left = read(self.left, seen)
        if left is MISSING or self.op == "is there":
            return left is not MISSING
        if self.op == "is true":
            return left is True
        right = read(self.right, seen) if self.right else self.constant
        if self.op == "==":
            return right is not MISSING and same(left, right)
        return is_number(left) and is_number(right) and left > right

    def value(self, seen: Mapping[str, Value]) -> Any:
        """Return what `between` speaks of: the left value, or a difference of numbers; None where there is none."""
        left = read(self.left, seen)
        if self.op != ">":
            return None if left is MISSING else left
        right = read(self.right, seen) if self.right else 0
        return left - right if is_number(left) and is_number(right) else None

    def is_new(self, seen: Mapping[str, Value]) -> bool:
        """Return whether what was seen is such that no trace says on which side it belongs."""
        value, is_there = self.value(seen), read(self.left, seen) is not MISSING
        if self.op == "is there":
            return False
        if value is None:
            return self.always or is_there
        if self.op == ">":
            return bool(self.between) and bool(self.between[0] < value < self.between[1])
        if self.op == "is true":
            return type(value) is not bool
        return bool(self.between) and not any(same(value, each) for each in self.between)

    def rival(self, seen: Mapping[str, Value]) -> Guard | None:
        """Return a guard that explains the traces as well and says otherwise here, if there is one."""
        holds = self.holds(seen)
        return next((each for each in self.rivals if each.holds(seen) != holds), None)

    def __str__(self) -> str:
        left = words(self.left)
        if self.op.startswith("is "):
            return f"{left} {self.op}"
        return f"{left} {self.op} {words(self.right) if self.right else repr(self.constant)}"


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a tree: a guard with two ways on, or a leaf with what to do."""

    action: Any
    """What most traces that came here did; what a leaf says."""
    support: int
    """Traces that came here, each once."""
    agree: float
    """The share of decisions here that did so, 0 to 1."""
    guard: Guard | None = None
    yes: int = -1
    """The number of the node where the guard holds; -1 in a leaf."""
    no: int = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """What a state decides: nodes by number, the first one the root."""

    nodes: tuple[Node, ...]

    def path(self, seen: Mapping[str, Value]) -> list[Node]:
        """Return the nodes from the root to the leaf of what was seen."""
        found = [self.nodes[0]]
        while (guard := found[-1].guard) is not None:
            found.append(self.nodes[found[-1].yes if guard.holds(seen) else found[-1].no])
        return found

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The guards, from the root on."""
        return tuple(node.guard for node in self.nodes if node.guard is not None)


Kind = Literal["slot", "constant", "tree", "model"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a value comes from: an argument of a call, or a part of the answer."""

    kind: Kind
    slots: tuple[str, ...] = ()
    """The first that was seen."""
    constant: Any = None
    tree: Tree | None = None
    """Chooses among constants."""
    support: int = 0
    """Traces that it was seen in."""
    constants: tuple[Any, ...] = ()
    """What the tree's actions, which are their numbers, stand for."""
    always: bool = True
    """The value was there in all traces; else it is left out where its slot was not seen."""
    rivals: tuple[str, ...] = ()
    """Other slots that were equal to it in all traces."""
    has_default: bool = False
    """Where none of the slots was seen, the value is `constant`."""

    def __str__(self) -> str:
        if self.has_default:
            return f"{words(self.slots)} else {self.constant!r}"
        shown = {"slot": words(self.slots), "constant": repr(self.constant), "tree": "chosen by guards"}
        return shown.get(self.kind, "filled by the model")


@dataclass(frozen=True, slots=True)
class State:
    """What may happen after a tool was called last (or at the start)."""

    after: str
    tree: Tree
    answer: Mapping[str, Binding] = field(default_factory=dict)
    """Where runs end here: the parts of the answer as slots, "answer" or "answer.total"."""
    may_fail: bool = False
    """Traces went on from here after the call had failed."""

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that a leaf says, in their order."""
        leaves = [node.action for node in self.tree.nodes if node.guard is None]
        return tuple(dict.fromkeys(leaves))


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole flow: its states, and the bounds that were seen."""

    inputs: tuple[str, ...]
    states: Mapping[str, State]
    calls: Mapping[str, int]
    """The most calls of each tool that one trace made: no run makes more."""
    arguments: Mapping[str, Mapping[str, Binding]]
    """Of each tool each argument's binding."""
    longest: int
    """The most calls of one trace."""
    optional: tuple[str, ...] = ()
    """Inputs that some traces did without."""
    transitions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many traces went from a state to a tool, or to FINISH."""

    @property
    def guards(self) -> tuple[Guard, ...]:
        """All guards: of what comes next, of parts of the answer, and of arguments."""
        bound = [*(state.answer for state in self.states.values()), *self.arguments.values()]
        trees = [binding.tree for parts in bound for binding in parts.values() if binding.tree is not None]
        return tuple(
            guard for tree in (*(state.tree for state in self.states.values()), *trees) for guard in tree.guards
        )

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that are called, sorted."""
        return tuple(sorted(self.calls))

    def always(self, name: str) -> bool:
        """Return whether every trace had an input."""
        return name not in self.optional


def read(slots: tuple[str, ...], seen: Mapping[str, Value]) -> Any:
    """Return the value of the first slot that was seen, or MISSING."""
    return next((seen[slot] for slot in slots if slot in seen), MISSING)


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number and no truth value."""
    kind = type(value)
    return kind is int or (kind is float and value - value == 0)


def same(left: Any, right: Any) -> bool:
    """Return whether two plain values are equal; True is not 1, and what cannot be compared is not equal."""
    if (type(left) is bool) is not (type(right) is bool):
        return False
    try:
        return bool(left == right)
    except Exception:  # noqa: BLE001  a value of yours may raise whatever it likes
        return False


def as_written(value: Any) -> str:
    """Return a value as people write it: a float to twelve digits, 34.2 and not 34.19999999999999; else its `repr`."""
    return format(value, ".12g") if type(value) is float else repr(value)


def words(slots: tuple[str, ...]) -> str:
    """Return slots as they are shown: "fx.usd else input.price"."""
    return " else ".join(slots)
