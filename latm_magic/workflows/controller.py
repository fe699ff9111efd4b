"""A flow behind the interface of all that learn which tool comes next, so that it can be compared with others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from latm_magic.workflows.decisions import FINISH, Choice
from latm_magic.workflows.graph import mine
from latm_magic.workflows.running import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Trace
    from latm_magic.workflows.machine import Machine


class Guards:
    """The controller that a flow is: mined guards, with the rule of what is unsure."""

    def __init__(self, machine: Machine | None = None) -> None:
        """Take what was mined, or nothing before `fit`."""
        self._machine = machine

    def fit(self, traces: Sequence[Trace]) -> Self:
        """Learn from traces; returns itself."""
        self._machine = mine(traces)
        return self

    def next(self, after: str, seen: Mapping[str, Any]) -> Choice:
        """Return what to do at a state, given what was seen; 1 is the risk where no trace says so."""
        if self._machine is None or (state := self._machine.states.get(after)) is None:
            return Choice(FINISH, 1.0)
        action, risk, unsure = decide(state, seen)
        return Choice(action, 1.0 if unsure else risk)
