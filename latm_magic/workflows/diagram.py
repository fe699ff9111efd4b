"""The graph of a flow as Mermaid: how many traces went each way, and the bounds of loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.text import one_line
from latm_magic.workflows.decisions import FINISH, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from latm_magic.workflows.machine import Machine


def mermaid(machine: Machine) -> str:
    """Return the graph as a Mermaid flowchart: how many traces went each way, and the bound of each loop."""
    names = {name: f"n{place}" for place, name in enumerate([START, *machine.tools, FINISH])}
    lines = ["flowchart TD", *(f"    {names[name]}{_box(name, machine)}" for name in names)]
    for after, actions in machine.transitions.items():
        lines += [f"    {names[after]} -->|{count}| {names[action]}" for action, count in _sorted(actions)]
    return "\n".join(lines)


def _sorted(actions: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(actions.items(), key=lambda pair: (-pair[1], pair[0]))


def _box(name: str, machine: Machine) -> str:
    most = machine.calls.get(name, 0)
    label = f"{name}, at most {most} times" if most > 1 else name
    safe = "".join(f"#{ord(sign)};" if not sign.isalnum() and sign not in " _.,-" else sign for sign in one_line(label))
    return f'(["{safe}"])' if name in {START, FINISH} else f'["{safe}"]'
