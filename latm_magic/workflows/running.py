"""One run of a flow's state machine: which tool comes next, with which arguments, and where it is unsure.

What calls a tool is handed in: the sandbox, your functions, or the outputs that a trace recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.text import one_line
from latm_magic.workflows.decisions import FINISH, START, Seen, Value
from latm_magic.workflows.machine import MISSING, Binding, Machine, State, Tree, as_written, read, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.traces import Step

MOST_RISK = 0.2
"""Of a run; each step adds half a trace in the traces that did likewise, and one."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Why a flow does not go on by itself."""

    after: str
    """The state."""
    reason: str
    """One line."""
    guard: str = ""
    """The guard that no trace decides here; empty for other reasons."""
    value: Any = None
    """What it was to judge."""
    between: tuple[Any, ...] = ()
    """As in `Guard`."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to."""

    steps: tuple[Step, ...]
    value: Any
    """The answer; None where it is unsure."""
    risk: float
    unsure: Unsure | None = None


def run(
    machine: Machine, inputs: Mapping[str, Value], call: Callable[[str, Mapping[str, Any]], Step], *, heed: bool = True
) -> Ran:
    """Run a flow on inputs until it ends or is unsure; `call` makes a tool's call and returns it as a step.

    Without `heed` it goes on where it can though it is unsure, as a replay does.
    """
    seen, after, risk = Seen(inputs), START, 0.0
    steps: list[Step] = []
    counts: dict[str, int] = {}
    while True:
        now = seen.so_far()
        if (state := machine.states.get(after)) is None:
            return Ran(tuple(steps), None, 1.0, Unsure(after, f"no trace went on after {after}"))
        action, added, unsure = decide(state, now)
        risk += added
        unsure = unsure or _beyond(machine, state, counts, action, steps) or _too_risky(after, risk)
        if unsure and (heed or _is_endless(machine, steps)):
            return Ran(tuple(steps), None, risk, unsure)
        parts, lacking = resolve(state.answer if action == FINISH else machine.arguments.get(action, {}), now, after)
        if lacking and (heed or action == FINISH):
            return Ran(tuple(steps), None, risk, lacking)
        if action == FINISH:
            return Ran(tuple(steps), whole_answer(parts), risk)
        steps.append(call(action, parts))
        seen.take(action, steps[-1].output, failed=bool(steps[-1].error))
        counts[action] = counts.get(action, 0) + 1
        after = action


def decide(state: State, seen: Mapping[str, Value]) -> tuple[str, float, Unsure | None]:
    """Return the action at a state, its risk, and why it is unsure if it is."""
    action, risk, unsure = _walk(state.after, state.tree, seen)
    if unsure is None and seen.get(f"{state.after}.failed") is True and not state.may_fail:
        unsure = Unsure(state.after, f"{state.after} failed, which it did in no trace")
    return action, risk, unsure


def _walk(after: str, tree: Tree, seen: Mapping[str, Value]) -> tuple[Any, float, Unsure | None]:
    path = tree.path(seen)
    leaf = path[-1]
    risk = 0.5 / (leaf.support + 1)
    for guard in (node.guard for node in path if node.guard is not None):
        value, told = guard.value(seen), str(guard)
        if guard.is_new(seen):
            shown = one_line(as_written(value), 60)
            where = (
                f"none between {as_written(guard.between[0])} and {as_written(guard.between[1])}"
                if guard.op == ">" and guard.between
                else "none like it"
            )
            why = f"no trace says whether {told} for {shown}: {where} was seen"
            return leaf.action, risk, Unsure(after, one_line(why, 300), told, value, guard.between)
        if rival := guard.rival(seen):
            why = f"{told} and {rival} explain the traces alike, and here they disagree"
            return leaf.action, risk, Unsure(after, one_line(why, 300), told, value, guard.between)
    if leaf.agree <= 0.5:  # noqa: PLR2004  no more than half
        return leaf.action, risk, Unsure(after, f"traces that were alike went different ways after {after}")
    return leaf.action, risk, None


def _beyond(
    machine: Machine, state: State, counts: Mapping[str, int], action: str, steps: Sequence[Step]
) -> Unsure | None:
    if action != FINISH and counts.get(action, 0) >= machine.calls[action]:
        most = machine.calls[action]
        return Unsure(state.after, f"{action} would be called more often than in any trace (at most {most})")
    if action != FINISH and len(steps) >= machine.longest:
        return Unsure(state.after, f"the run would be longer than any trace (at most {machine.longest} calls)")
    return None


def _is_endless(machine: Machine, steps: Sequence[Step]) -> bool:
    return len(steps) > machine.longest


def _too_risky(after: str, risk: float) -> Unsure | None:
    if risk <= MOST_RISK:
        return None
    return Unsure(after, f"too few traces went this way (risk {risk:.2f}, at most {MOST_RISK})")


def resolve(
    bindings: Mapping[str, Binding], seen: Mapping[str, Value], after: str
) -> tuple[dict[str, Any], Unsure | None]:
    """Return the values of arguments or parts of an answer, and what is lacking if something is."""
    found: dict[str, Any] = {}
    lacking: Unsure | None = None
    for name, binding in bindings.items():
        value, why = _value(name, binding, seen, after)
        lacking = lacking or why
        if value is not MISSING:
            found[name] = value
    return found, lacking


def _value(name: str, binding: Binding, seen: Mapping[str, Value], after: str) -> tuple[Any, Unsure | None]:
    if binding.kind == "constant":
        return binding.constant, None
    if binding.tree is not None:
        number, _, unsure = _walk(after, binding.tree, seen)
        return binding.constants[int(number)], unsure
    value = read(binding.slots, seen)
    if value is MISSING and binding.has_default:
        return binding.constant, None
    if binding.kind == "model" or (value is MISSING and binding.always):
        return MISSING, Unsure(after, f"no slot explains {name}: a model has to fill it in")
    rival = next((slot for slot in binding.rivals if slot in seen and not same(seen[slot], value)), None)
    if rival is not None:
        why = f"{name} may be {binding.slots[0]} or {rival}, which were equal in all traces"
        return value, Unsure(after, why, value=value)
    return value, None


def whole_answer(parts: Mapping[str, Any]) -> Any:
    """Return an answer from its parts, "answer" or "answer.total"."""
    if not parts or "answer" in parts:
        return parts.get("answer")
    whole: dict[str, Any] = {}
    for name, value in parts.items():
        *above, last = name.split(".")[1:]
        inside = whole
        for key in above:
            inside = inside.setdefault(key, {})
        inside[last] = value
    return whole
