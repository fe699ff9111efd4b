"""Neural controllers: a GRU or a transformer reads a run state by state, and names the next tool (torch)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from latm_magic.workflows.controllers.encoding import Encoding
from latm_magic.workflows.decisions import FINISH, START, Choice, Decision, decisions_of
from latm_magic.workflows.torch_use import import_torch, seeded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.traces import Trace

Network = Literal["gru", "transformer"]
Training = Literal["softmax", "gumbel"]


class SequenceController:
    """A network over the states of a run so far; a `Controller`.

    network: "gru" (one layer) or "transformer" (two layers, each state sees those before it).
    training: "softmax" learns the probability of each action; "gumbel" that of a sample, whose noise (Jang et al. 2017,
    arXiv:1611.01144) keeps it from being sure early. In use the most probable action is taken, among those that
    followed the state in the traces; the risk is 1 minus its probability.
    steps: of the optimizer, on up to 64 traces each. width: numbers in a layer. seed: the same one, the same network.

    `next` keeps the run: it is asked at each state in turn, and START begins another run.
    """

    def __init__(
        self,
        network: Network = "gru",
        *,
        training: Training = "softmax",
        seed: int = 0,
        steps: int = 300,
        width: int = 64,
    ) -> None:
        self._network, self._training, self._seed = network, training, seed
        self._steps, self._width = steps, width
        self._run: list[Any] = []

    def fit(self, traces: Sequence[Trace]) -> Self:
        """Learn from traces; returns itself. LatmError where torch is not installed."""
        runs = [found for trace in traces if (found := decisions_of(trace))]
        decisions = [each for run in runs for each in run]
        self._encoding = Encoding(decisions)
        self._actions = sorted({each.action for each in decisions})
        self._allowed = _allowed(decisions, self._actions)
        self._run = []
        with seeded(self._seed) as torch:
            self._model = _Model(torch, self._network, self._encoding.width, self._width, len(self._actions))
            if runs:
                self._learn(torch, *_padded(runs, self._encoding, self._actions))
        return self

    def _learn(self, torch: Any, rows: Any, actions: Any) -> None:
        """Fit the network to rows of shape (runs, states, width) and actions (runs, states); -1 is no state."""
        rows, actions = torch.from_numpy(rows), torch.from_numpy(actions)
        optimizer = torch.optim.AdamW(self._model.parameters(), lr=3e-3, weight_decay=0.01)
        functional = torch.nn.functional
        self._model.train()
        for _ in range(self._steps):
            some = torch.randperm(len(rows))[:64]
            logits = self._model.logits(rows[some])[actions[some] >= 0]
            wanted = actions[some][actions[some] >= 0]
            if self._training == "gumbel":
                chances = functional.gumbel_softmax(logits, tau=1.0)
                loss = functional.nll_loss(chances.clamp_min(1e-6).log(), wanted)
            else:
                loss = functional.cross_entropy(logits, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self._model.eval()

    def next(self, after: str, seen: Mapping[str, Any]) -> Choice:
        """Return what to do at the next state of the run."""
        if after not in self._allowed:
            return Choice(FINISH, 1.0)
        if after == START:
            self._run = []
        self._run.append(self._encoding.vector(after, seen))
        torch = import_torch()
        with torch.inference_mode():
            logits = self._model.logits(torch.from_numpy(np.stack(self._run)[None]))[0, -1]
            chances = (logits + torch.from_numpy(self._allowed[after])).softmax(0).numpy()
        best = int(chances.argmax())
        return Choice(self._actions[best], float(1 - chances[best]))


class _Model:
    """The layers: states in, a logit for each action at each state out."""

    def __init__(self, torch: Any, network: Network, inputs: int, width: int, outputs: int) -> None:
        nn = torch.nn
        self._torch, self._is_gru = torch, network == "gru"
        if self._is_gru:
            body = nn.GRU(width, width, batch_first=True)
        else:
            layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True)
            body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self._layers = nn.ModuleList([nn.Linear(inputs, width), body, nn.Linear(width, outputs)])
        self.parameters, self.train, self.eval = self._layers.parameters, self._layers.train, self._layers.eval

    def logits(self, rows: Any) -> Any:
        """Return logits of shape (runs, states, actions), for rows of shape (runs, states, inputs)."""
        first, body, last = self._layers
        hidden = first(rows).relu()
        if self._is_gru:
            return last(body(hidden)[0])
        later = self._torch.ones(rows.shape[1], rows.shape[1], dtype=self._torch.bool).triu(1)
        return last(body(hidden, mask=later))


def _allowed(decisions: Sequence[Decision], actions: list[str]) -> dict[str, Any]:
    """Return for each state what is added to the logits: 0 for what followed it in a trace, minus infinity else."""
    found: dict[str, Any] = {}
    for each in decisions:
        allowed = found.setdefault(each.after, np.full(len(actions), -np.inf, np.float32))
        allowed[actions.index(each.action)] = 0.0
    return found


def _padded(runs: Sequence[Sequence[Decision]], encoding: Encoding, actions: list[str]) -> tuple[Any, Any]:
    longest = max(map(len, runs))
    rows = np.zeros((len(runs), longest, encoding.width), np.float32)
    wanted = np.full((len(runs), longest), -1, np.int64)
    for place, run in enumerate(runs):
        rows[place, : len(run)] = encoding.matrix(run)
        wanted[place, : len(run)] = [actions.index(each.action) for each in run]
    return rows, wanted
