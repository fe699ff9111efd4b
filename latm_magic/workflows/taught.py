"""What examples teach whose path is unknown: the tools are pure, so every path of the graph is tried, and one is right.

Without torch, or where a tool acts, examples only verify, and one line says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Trace
    from latm_magic.workflows.answers_only.paths import Call
    from latm_magic.workflows.machine import Machine


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of examples."""

    traces: tuple[Trace, ...] = ()
    """The likeliest right path of each, as a trace."""
    lacking: tuple[int, ...] = ()
    """The numbers, from 1, of those for which the graph has no right path."""
    told: str = ""
    """In one line what they did."""


def teach(
    machine: Machine,
    traces: Sequence[Trace],
    examples: Sequence[tuple[Mapping[str, Any], Any]],
    acting: Sequence[str],
    call: Call,
) -> Taught:
    """Return what examples, inputs with answers, teach beside the traces that the graph was mined from."""
    if not examples:
        return Taught()
    if acting:
        return Taught(told=f"examples only verify, since {acting[0]} acts")
    from latm_magic.workflows.answers_only.learning import learn_paths
    from latm_magic.workflows.answers_only.paths import explore
    from latm_magic.workflows.torch_use import import_torch

    try:
        import_torch()
        explored = [explore(machine, inputs, answer, call) for inputs, answer in examples]
        learned = learn_paths(explored, traces=traces, way="exact")
    except LatmError as fault:
        return Taught(told=f"examples only verify: {fault}")
    lacking = tuple(number for number, each in enumerate(explored, 1) if not each.right)
    missing = f", example {', '.join(map(str, lacking))} has no path in the graph" if lacking else ""
    return Taught(learned.traces, lacking, f"{len(learned.traces)} examples taught a path{missing}")
