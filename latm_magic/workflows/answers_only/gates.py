"""Soft gates: at each state a chance of each action, by weighted guards that are learned by gradients (torch).

A gate is one of the guards that `features.Table` offers at a state; the chance of an action is a softmax over the sums
of the weights of the guards that hold. The chance of a path is the product along it, so that the chance of the right
answer is exact: the sum over all paths that give it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from latm_magic.workflows.decisions import FINISH, Choice
from latm_magic.workflows.features import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from latm_magic.workflows.answers_only.paths import Example, Fork, Path
    from latm_magic.workflows.machine import Guard

_LEAST_WEIGHT = 1e-3
"""Of a guard that is asked in use."""


class Gates:
    """The gates of a graph; a `Controller` once its weights were learned (`learning.py`)."""

    def __init__(self, torch: Any, examples: Sequence[Example]) -> None:
        """Make the gates of the states that examples reach, all weights zero; each example has a right path."""
        self._torch = torch
        forks: dict[str, list[Fork]] = defaultdict(list)
        places: dict[int, int] = {}
        for each in (fork for example in examples for fork in example.forks):
            places[id(each)] = len(forks[each.after])
            forks[each.after].append(each)
        self._states = {after: _State(torch, after, each) for after, each in sorted(forks.items())}
        starts = dict(zip(self._states, np.cumsum([0, *(each.size for each in self._states.values())]), strict=False))
        entries, rows = [], []
        for row, (fork, action) in _choices(examples):
            state = self._states[fork.after]
            entries.append(starts[fork.after] + places[id(fork)] * len(state.actions) + state.actions.index(action))
            rows.append(row)
        self._entries, self._rows = torch.tensor(entries), torch.tensor(rows)
        self._paths = sum(len(example.paths) for example in examples)
        right = [[path.is_right for path in example.paths] for example in examples]
        self.examples = len(examples)
        self._sizes = [len(each) for each in right]
        self._is_right = torch.tensor([each for some in right for each in some])

    @property
    def weights(self) -> list[Any]:
        """What is learned: tensors."""
        return [each for state in self._states.values() for each in (state.weights, state.base)]

    def description(self) -> Any:
        """Return how much it takes to say the weights: their sizes, each times the bits of its guard."""
        return sum((state.weights.abs().sum(1) * state.bits).sum() for state in self._states.values())

    def path_logs(self) -> Any:
        """Return the logarithm of the chance of each path of all examples, of shape (paths,)."""
        logs = self._torch.cat([state.logs().reshape(-1) for state in self._states.values()])
        return self._torch.zeros(self._paths).index_add(0, self._rows, logs[self._entries])

    def right_logs(self) -> Any:
        """Return the logarithm of the chance of the right answer, of shape (examples,)."""
        logs = self.path_logs().masked_fill(~self._is_right, -1e9)
        return self._torch.stack([each.logsumexp(0) for each in logs.split(self._sizes)])

    def sampled(self) -> tuple[Any, Any]:
        """Return the logarithm of the chance of one sampled path of each example, and whether it is right."""
        split, rights = self.path_logs().split(self._sizes), self._is_right.split(self._sizes)
        drawn = [int(each.detach().softmax(0).multinomial(1)) for each in split]
        logs = self._torch.stack([each[place] for each, place in zip(split, drawn, strict=True)])
        return logs, self._torch.stack([each[place] for each, place in zip(rights, drawn, strict=True)])

    def best(self, example: int) -> int:
        """Return the number of an example's most probable path among those that give its answer."""
        logs = self.path_logs().detach().masked_fill(~self._is_right, -1e9)
        return int(logs.split(self._sizes)[example].argmax())

    def next(self, after: str, seen: Mapping[str, Any]) -> Choice:
        """Return what to do at a state, given what was seen."""
        if after not in self._states:
            return Choice(FINISH, 1.0)
        return self._states[after].next(seen)


class _State:
    """The gates of one state: `actions` in columns, the examples' forks in rows."""

    def __init__(self, torch: Any, after: str, forks: Sequence[Fork]) -> None:
        self.actions = sorted({action for fork in forks for action in fork.actions})
        self.size = len(forks) * len(self.actions)
        rows = [fork.seen for fork in forks] if len(self.actions) > 1 else []
        table = Table(after, rows, np.arange(len(rows))) if rows else None
        self._guards: list[Guard] = [table.guards(column)[0][1] for column in range(len(table.costs))] if table else []
        gates = table.matrix if table else np.zeros((len(forks), 0))
        self._gates = torch.tensor(gates, dtype=torch.float32)
        self.bits = torch.tensor(table.costs if table else [], dtype=torch.float32)
        allowed = [[action in fork.actions for action in self.actions] for fork in forks]
        self._banned = ~torch.tensor(allowed, dtype=torch.bool).reshape(len(forks), len(self.actions))
        self.weights = torch.zeros(len(self._guards), len(self.actions), requires_grad=True)
        self.base = torch.zeros(len(self.actions), requires_grad=True)

    def logs(self) -> Any:
        """Return the logarithm of the chance of each action at each fork, of shape (forks, actions)."""
        return (self._gates @ self.weights + self.base).masked_fill(self._banned, -1e9).log_softmax(1)

    def next(self, seen: Mapping[str, Any]) -> Choice:
        weights, sums = self.weights.detach().numpy(), self.base.detach().numpy().copy()
        for place in np.flatnonzero(np.abs(weights).max(axis=1, initial=0) > _LEAST_WEIGHT):
            if self._guards[place].holds(seen):
                sums += weights[place]
        chances = np.exp(sums - sums.max())
        best = int(chances.argmax())
        return Choice(self.actions[best], float(1 - chances[best] / chances.sum()))


def _choices(examples: Sequence[Example]) -> Iterator[tuple[int, tuple[Fork, str]]]:
    """Yield the number of a path, and a fork with the action taken, for each choice of all paths."""
    paths: list[tuple[Example, Path]] = [(example, path) for example in examples for path in example.paths]
    for row, (example, path) in enumerate(paths):
        for fork, action in path.choices:
            yield row, (example.forks[fork], action)
