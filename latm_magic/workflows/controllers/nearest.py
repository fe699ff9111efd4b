"""The nearest trace: do what was done where it looked most like here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from latm_magic.workflows.controllers.encoding import Encoding
from latm_magic.workflows.decisions import FINISH, Choice, decisions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Trace

_NEIGHBOURS = 5
"""Decisions that the risk is told from."""


class NearestTrace:
    """Takes the action of the nearest decision at the same state; a `Controller`.

    The distance is Euclidean, over all that was seen there (`Encoding`). The risk is the share of the five nearest that
    did something else; 1 at a state that no trace reached, where the run ends.
    """

    def fit(self, traces: Sequence[Trace]) -> Self:
        """Keep the decisions of traces; returns itself."""
        decisions = [each for trace in traces for each in decisions_of(trace)]
        self._encoding = Encoding(decisions)
        rows, states = self._encoding.matrix(decisions), np.array([each.after for each in decisions])
        actions = np.array([each.action for each in decisions])
        self._at = {str(state): (rows[states == state], actions[states == state]) for state in set(states.tolist())}
        return self

    def next(self, after: str, seen: Mapping[str, Any]) -> Choice:
        """Return what to do at a state, given what was seen."""
        if after not in self._at:
            return Choice(FINISH, 1.0)
        rows, actions = self._at[after]
        distances = ((rows - self._encoding.vector(after, seen)) ** 2).sum(axis=1)
        near = actions[np.argsort(distances, kind="stable")[:_NEIGHBOURS]]
        return Choice(str(near[0]), float((near != near[0]).mean()))
