"""Values that vary from call to call for no reason: a request number, a time. A branch is seldom decided by them.

Two things give them away: a tool that was given the same arguments in several traces gave another value each time; and
every tool's output has a field of that name, in which hardly a value comes twice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from latm_magic.workflows.decisions import flat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from latm_magic.traces import Trace

_PAIRS = 2
"""Calls with the arguments of one before that tell: one alone may be chance."""
_TOOLS = 3
"""Tools that must have a field in common for it to be one that every output has."""
_NEW = 0.9
"""The share of values that are new where hardly one comes twice."""

_Values = dict[str, dict[str, list[Any]]]
"""Of each slot, by the call's arguments, the values that came."""


def varying(traces: Sequence[Trace]) -> frozenset[str]:
    """Return the slots of outputs that vary for no reason.

    The first call of a tool in each trace counts: what changes within a run, as the state of a job does, may be a
    reason. So may what a tool without arguments gives, which has to come from elsewhere.
    """
    values: _Values = defaultdict(lambda: defaultdict(list))
    for tool, arguments, output in _first_calls(traces):
        for slot, value in flat(tool, output):
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                values[slot][arguments].append(value)
    known = {slot for slot, some in values.items() if _changes(some)}
    names = {_field(slot) for slot in known} | _everywhere(values)
    return frozenset(known | {slot for slot in values if _field(slot) in names and _are_new(values[slot])})


def _first_calls(traces: Sequence[Trace]) -> Iterator[tuple[str, str, Any]]:
    """Yield tool, arguments as text ("" for none), and output of the first call of each tool in each trace."""
    for trace in traces:
        called = set()
        for step in trace.steps:
            if step.tool not in called and not step.error:
                called.add(step.tool)
                yield step.tool, repr(sorted(step.arguments.items())) if step.arguments else "", step.output


def _field(slot: str) -> str:
    return slot.partition(".")[2]


def _changes(by_arguments: Mapping[str, Sequence[Any]]) -> bool:
    """Return whether the same arguments gave another value each time."""
    again = [some for arguments, some in by_arguments.items() if arguments]
    pairs = sum(len(some) - 1 for some in again)
    return pairs >= _PAIRS and sum(len(set(some)) - 1 for some in again) >= _NEW * pairs


def _everywhere(values: _Values) -> set[str]:
    """Return the fields that each tool's output has, in which hardly a value comes twice."""
    tools = {slot.partition(".")[0] for slot in values}
    having: dict[str, set[str]] = defaultdict(set)
    for slot, some in values.items():
        if _field(slot) and _are_new(some):
            having[_field(slot)].add(slot.partition(".")[0])
    return {field for field, found in having.items() if found == tools and len(tools) >= _TOOLS}


def _are_new(by_arguments: Mapping[str, Sequence[Any]]) -> bool:
    some = [value for each in by_arguments.values() for value in each]
    return len(set(some)) >= _NEW * len(some)
