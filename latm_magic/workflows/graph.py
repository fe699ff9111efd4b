"""The graph of a flow, mined from traces: states, transitions, bounds of loops, bindings of arguments and answers.

It does NOT judge what it mined: `checking.py` does. `diagram.py` draws it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from latm_magic.workflows.bindings import bind
from latm_magic.workflows.branches import learn
from latm_magic.workflows.decisions import FINISH, Decision, decisions_of, flat
from latm_magic.workflows.machine import Binding, Machine, State
from latm_magic.workflows.varying import varying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Trace

_MOST_ROWS = 2_000
"""Decisions of one state, or calls of one tool, that are learned from; of more, evenly chosen ones."""


@dataclass(slots=True)
class _Found:
    """What traces did, by state and by tool."""

    choices: dict[str, dict[str, list[tuple[str, Decision]]]] = field(default_factory=lambda: defaultdict(dict))
    """By state and action: the number of the trace, and the decision."""
    calls: dict[str, list[tuple[str, Decision, Mapping[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, list[tuple[str, Decision, Any]]] = field(default_factory=lambda: defaultdict(list))
    failed: set[str] = field(default_factory=set)
    doubtful: frozenset[str] = frozenset()
    """Slots that vary for no reason."""


def mine(traces: Sequence[Trace]) -> Machine:
    """Return the state machine of some traces; time grows with their steps."""
    found, most, longest = _Found(), defaultdict[str, int](int), 0
    for place, trace in enumerate(traces):
        decisions, name = decisions_of(trace), str(place)  # ids of yours may be alike
        longest = max(longest, len(trace.steps))
        counts: dict[str, int] = defaultdict(int)
        for decision, step in zip(decisions, trace.steps, strict=False):
            counts[step.tool] += 1
            found.calls[step.tool].append((name, decision, step.arguments))
            if step.error:
                found.failed.add(step.tool)
        for decision in decisions:
            found.choices[decision.after].setdefault(decision.action, []).append((name, decision))
        for tool, count in counts.items():
            most[tool] = max(most[tool], count)
        if trace.answer_by is not None and decisions[-1].action == FINISH:
            found.answers[decisions[-1].after].append((name, decisions[-1], trace.answer))
    found.doubtful = varying(traces)
    arguments = {tool: _arguments(tool, calls) for tool, calls in found.calls.items()}
    answers = {after: _answer(after, ends) for after, ends in found.answers.items()}
    elses = _elses([*arguments.values(), *answers.values()])
    inputs = dict.fromkeys(name for trace in traces for name in trace.inputs)
    return Machine(
        inputs=tuple(inputs),
        optional=tuple(name for name in inputs if not all(name in trace.inputs for trace in traces)),
        states={after: _state(after, found, answers.get(after, {}), elses) for after in found.choices},
        arguments=arguments,
        calls=dict(most),
        longest=longest,
        transitions={
            after: {action: len({trace for trace, _ in each}) for action, each in actions.items()}
            for after, actions in found.choices.items()
        },
    )


def _elses(bindings: Sequence[Mapping[str, Binding]]) -> list[tuple[str, ...]]:
    """Return the slots that stand for one value, the first that was seen, in some argument or answer."""
    chains = [binding.slots for each in bindings for binding in each.values() if len(binding.slots) > 1]
    return list(dict.fromkeys(chains))


def _state(after: str, found: _Found, answer: Mapping[str, Binding], elses: Sequence[tuple[str, ...]]) -> State:
    chosen = [pair for each in found.choices[after].values() for pair in _thinned(each, len(found.choices[after]))]
    tree = learn(
        after,
        [dict(decision.seen) for _, decision in chosen],
        [decision.action for _, decision in chosen],
        [trace for trace, _ in chosen],
        elses,
        found.doubtful,
    )
    return State(after, tree, answer, after in found.failed)


def _answer(after: str, ends: list[tuple[str, Decision, Any]]) -> dict[str, Binding]:
    """Return the bindings of an answer's parts: one for each key where all answers are dicts of the same keys."""
    some = _thinned(ends, 1)
    parts = [dict(flat("answer", answer)) for _, _, answer in some]
    if any(each.keys() != parts[0].keys() for each in parts):
        parts = [{"answer": answer} for _, _, answer in some]
    return _bindings(after, parts, some)


def _arguments(tool: str, calls: list[tuple[str, Decision, Mapping[str, Any]]]) -> dict[str, Binding]:
    some = _thinned(calls, 1)
    return _bindings(tool, [arguments for _, _, arguments in some], some)


def _bindings(
    after: str, parts: Sequence[Mapping[str, Any]], some: Sequence[tuple[str, Decision, Any]]
) -> dict[str, Binding]:
    rows = [dict(decision.seen) for _, decision, _ in some]
    traces = [trace for trace, _, _ in some]
    found = {}
    for name in dict.fromkeys(name for each in parts for name in each):
        there = [place for place, each in enumerate(parts) if name in each]
        values = [parts[place][name] for place in there]
        binding = bind(name, values, [rows[place] for place in there], [traces[place] for place in there], after)
        found[name] = replace(binding, always=len(there) == len(parts))
    return found


def _thinned(each: list[Any], kinds: int) -> list[Any]:
    """Return evenly chosen ones of many, the first and the last among them."""
    most = max(2, _MOST_ROWS // kinds)
    if len(each) <= most:
        return each
    return [each[round(place * (len(each) - 1) / (most - 1))] for place in range(most)]
