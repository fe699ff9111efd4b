"""Every path that a flow's graph allows for one example, tried with its pure tools, and whether it gives the answer."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError
from latm_magic.traces import Trace
from latm_magic.workflows.decisions import FINISH, START, decisions_of, flat
from latm_magic.workflows.running import resolve, whole_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from latm_magic.traces import Step
    from latm_magic.workflows.machine import Machine

    Call = Callable[[str, Mapping[str, Any]], Step]

MOST_FORKS = 5_000
"""States that the paths of one example reach."""


_Reached = tuple[str, dict[str, Any], tuple[tuple[int, str], ...], tuple["Step", ...]]
"""A state, what is seen there, and the choices and steps that led there."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A state that some paths of an example reach, with what was seen there and what the graph allows."""

    after: str
    seen: Mapping[str, Any]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One way through the graph."""

    choices: tuple[tuple[int, str], ...]
    """The number of each fork, and the action taken there; the last one is FINISH."""
    steps: tuple[Step, ...]
    is_right: bool
    """It gives the example's answer."""


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs and their answer, with every path; `right` is empty where the graph lacks a branch."""

    inputs: Mapping[str, Any]
    answer: Any
    forks: tuple[Fork, ...] = ()
    paths: tuple[Path, ...] = ()

    @property
    def right(self) -> tuple[Path, ...]:
        """The paths that give the answer."""
        return tuple(path for path in self.paths if path.is_right)

    def to_trace(self, path: Path, name: str = "") -> Trace:
        """Return a path as the trace that it would have left; its id names the inputs."""
        return Trace(f"answer:{sorted(self.inputs.items())!r}", name, self.inputs, path.steps, self.answer, "you")


def explore(
    machine: Machine, inputs: Mapping[str, Any], answer: Any, call: Call, *, acting: Collection[str] = ()
) -> Example:
    """Try every path of a mined graph on inputs, and tell which give the answer.

    `call` runs a tool on arguments and returns the step; a call is made once for the same arguments. No path makes more
    calls of a tool, or more calls in all, than a trace made; one whose arguments are lacking, or whose call fails where
    no trace went on after it, leads nowhere. `acting` names the tools that act: LatmError where the graph has one of
    them, before anything is called; also where the paths of the example reach more than 5,000 states.
    """
    if acts := sorted(set(machine.tools) & set(acting)):
        raise LatmError(f"{acts[0]} acts, so paths with it cannot be tried: give traces in place of answers alone")
    return _Explorer(machine, answer, call).explore(inputs)


def known(traces: Sequence[Trace]) -> list[Example]:
    """Return traces as examples with one path, which is right, among what traces did at the same states."""
    runs = [(trace, decisions_of(trace)) for trace in traces]
    actions: dict[str, set[str]] = defaultdict(set)
    for decision in (each for _, decisions in runs for each in decisions):
        actions[decision.after].add(decision.action)
    return [
        Example(
            trace.inputs,
            trace.answer,
            tuple(Fork(each.after, dict(each.seen), tuple(sorted(actions[each.after]))) for each in decisions),
            (Path(tuple(enumerate(each.action for each in decisions)), trace.steps, is_right=True),),
        )
        for trace, decisions in runs
    ]


@dataclass(slots=True)
class _Explorer:
    """The paths of one example, found depth first."""

    machine: Machine
    answer: Any
    call: Call
    forks: list[Fork] = field(default_factory=list)
    called: dict[str, Step] = field(default_factory=dict)

    def explore(self, inputs: Mapping[str, Any]) -> Example:
        paths: list[Path] = []
        waiting: list[_Reached] = [(START, dict(flat("input", dict(inputs))), (), ())]
        while waiting:
            after, seen, choices, steps = waiting.pop()
            if len(self.forks) == MOST_FORKS:
                raise LatmError(f"paths of an example reach over {MOST_FORKS:,} states: give traces, not answers alone")
            actions = self._allowed(after, seen, len(steps))
            self.forks.append(Fork(after, seen, actions))
            for action in reversed(actions):
                chosen = (*choices, (len(self.forks) - 1, action))
                if action == FINISH:
                    paths.append(Path(chosen, steps, self._is_right(after, seen)))
                elif (step := self._step(after, action, seen)) is not None:
                    waiting.append((action, _with(seen, step), chosen, (*steps, step)))
        return Example(inputs, self.answer, tuple(self.forks), tuple(paths))

    def _allowed(self, after: str, seen: Mapping[str, Any], made: int) -> tuple[str, ...]:
        known, calls = self.machine.transitions.get(after, {}), self.machine.calls
        return tuple(
            action
            for action in sorted(known)
            if action == FINISH or (made < self.machine.longest and seen.get(f"count.{action}", 0) < calls[action])
        )

    def _step(self, after: str, tool: str, seen: Mapping[str, Any]) -> Step | None:
        """Return the call of a tool, or None where it leads nowhere."""
        bindings = self.machine.arguments.get(tool, {})
        arguments, _ = resolve(bindings, seen, after)
        if any(binding.always and name not in arguments for name, binding in bindings.items()):
            return None
        key = f"{tool} {sorted(arguments.items())!r}"
        if key not in self.called:
            self.called[key] = self.call(tool, arguments)
        step = self.called[key]
        state = self.machine.states.get(tool)
        return None if step.error and not (state and state.may_fail) else step

    def _is_right(self, after: str, seen: Mapping[str, Any]) -> bool:
        parts, _ = resolve(self.machine.states[after].answer, seen, after)
        return bool(parts) and is_same_answer(whole_answer(parts), self.answer)


def is_same_answer(got: Any, wanted: Any) -> bool:
    """Return whether two plain answers are equal; floats to nine digits, since they may have been printed once."""
    if isinstance(got, float) and isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return math.isclose(got, wanted, rel_tol=1e-9)
    return type(got) is type(wanted) and bool(got == wanted)


def _with(seen: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Return what is seen after a call: its slots take the place of those that its tool gave before."""
    tool, count = step.tool, f"count.{step.tool}"
    kept = {name: value for name, value in seen.items() if name != tool and not name.startswith(f"{tool}.")}
    new = [(f"{tool}.failed", True)] if step.error else flat(tool, step.output)
    return {**kept, **dict(new), count: seen.get(count, 0) + 1}
