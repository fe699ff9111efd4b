"""Training a network on questions whose tool is known, and finding the margin from which it is sure.

Cross-entropy of the softmax over tools, or with `gumbel` of the Gumbel-softmax (noise drawn anew each time is added to
the scores; Jang et al. 2017). In use the highest score counts, without noise: a router that drew lots would send one
question here and there.

One question in five of each tool is first kept out; the margins (the best score less the next) that the network reaches
on those are what it asks of new ones. Then it sees them too. A seed gives the same network on one machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.routing.learned.networks import Kind, build, padded, scores, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FEWEST = 5
"""Questions of a tool from which one is kept out; with fewer of each tool the router is sure of none."""

LET_GO = 0.05
"""Share of the questions kept out that may stay below the margin, and be asked about."""

_STEPS, _LAST_STEPS = 250, 60
_BATCHES: dict[Kind, tuple[int, int]] = {
    "linear": (32, 512),
    "gru": (32, 128),
    "transformer": (32, 128),
    "embedding": (32, 512),
}
"""The fewest and the most questions of a step; in between, 1 in 32 of all."""
_DROPPED = 0.1
"""Share of the tokens that are left out of a question at each step, so that none of them is relied on alone."""
_RATES: dict[Kind, float] = {"linear": 0.3, "gru": 0.005, "transformer": 0.002, "embedding": 0.02}
"""How far a step goes at first; it goes less and less far."""
_LAST = 0.2
"""How far the steps go, against those before, that take in the questions kept out: the margin should still hold."""
_LEARNED = 0.01
"""The loss (natural logarithm, averaged over about ten steps) below which a network is done."""

NEVER = float("inf")


@dataclass(slots=True)
class Fitted:
    """A network and what is known about it."""

    kind: Kind
    tools: list[str]
    """The tools, in the order of the scores."""
    network: Any
    margin: float
    """The router is sure from here on; `NEVER` where too few questions are known to say."""
    seen: int
    """How many questions it was trained on."""


def fit(kind: Kind, questions: Mapping[str, Sequence[tuple[int, ...]]], *, seed: int, gumbel: bool) -> Fitted:
    """Train a network on the questions of each tool, as sequences of ids; needs two tools at least."""
    import torch

    tools = sorted(questions)
    rows = [(place, each) for place, tool in enumerate(tools) for each in questions[tool]]
    ids, owners = padded(kind, [each for _, each in rows]), torch.tensor([place for place, _ in rows])
    numbers = [number for tool in tools for number in range(len(questions[tool]))]
    kept_out = torch.tensor([number % FEWEST == FEWEST - 1 for number in numbers])
    with _by_seed(seed):
        network = build(kind, len(tools))
        fitted = Fitted(kind, tools, network, NEVER, len(rows))
        _train(fitted, ids[~kept_out], owners[~kept_out], _STEPS, _RATES[kind], gumbel=gumbel)
        if kept_out.any():
            fitted.margin = _margin(fitted, ids[kept_out], owners[kept_out])
            _train(fitted, ids, owners, _LAST_STEPS, _LAST * _RATES[kind], gumbel=gumbel)
    return fitted


@contextmanager
def _by_seed(seed: int) -> Iterator[None]:
    """Draw by a seed and add in one order, and leave your own seed and threads as they were."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def _train(fitted: Fitted, ids: Any, owners: Any, steps: int, rate: float, *, gumbel: bool) -> None:
    import torch

    least, most = _BATCHES[fitted.kind]
    size = min(most, max(least, len(ids) // 32))
    optimizer = torch.optim.Adam(fitted.network.parameters(), lr=rate)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
    average = 1.0
    fitted.network.train()
    for _ in range(steps):
        chosen = torch.randint(len(ids), (size,))
        loss = _loss(fitted, ids[chosen], owners[chosen], gumbel=gumbel)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        slower.step()
        average = 0.9 * average + 0.1 * loss.item()
        if average < _LEARNED:
            break
    fitted.network.eval()
    if fitted.kind == "embedding":
        _take_means(fitted, ids, owners)


def _loss(fitted: Fitted, ids: Any, owners: Any, *, gumbel: bool) -> Any:
    import torch

    kept = torch.rand(ids.shape) >= _DROPPED
    kept[:, 0] = True
    found = scores(fitted.kind, fitted.network, ids * kept)
    if gumbel:
        found = found - torch.empty_like(found).exponential_().log()
    return torch.nn.functional.cross_entropy(found, owners)


def _take_means(fitted: Fitted, ids: Any, owners: Any) -> None:
    """Put each tool where the mean of its questions is, as a tool that joins later is put."""
    import torch

    with torch.no_grad():
        places = torch.zeros_like(fitted.network["tools"].weight)
        places.index_add_(0, owners, vectors(fitted.network, ids))
        fitted.network["tools"].weight.copy_(torch.nn.functional.normalize(places, dim=1))


def _margin(fitted: Fitted, ids: Any, owners: Any) -> float:
    """Return the margin that all but `LET_GO` of these questions reach, of those whose own tool is ranked first."""
    import torch

    with torch.no_grad():
        found = scores(fitted.kind, fitted.network, ids)
    own = found.gather(1, owners.unsqueeze(1)).squeeze(1)
    ahead = own - found.scatter(1, owners.unsqueeze(1), -torch.inf).amax(1)
    right = ahead[ahead > 0]
    return float(torch.quantile(right, LET_GO)) if len(right) else NEVER


def joined(fitted: Fitted, tool: str, questions: Sequence[tuple[int, ...]]) -> Fitted:
    """Return the network of the embedding space with a tool put in, or anew, by its questions; nothing is trained."""
    import torch

    with torch.no_grad():
        mean = vectors(fitted.network, padded(fitted.kind, questions)).mean(0, keepdim=True)
        weights = fitted.network["tools"].weight
        mean = torch.nn.functional.normalize(mean, dim=1)
        if tool in fitted.tools:
            weights[fitted.tools.index(tool)] = mean[0]
        else:
            known = torch.cat([weights, mean])
            fitted.network["tools"] = torch.nn.Embedding(known.shape[0], known.shape[1], _weight=known)
            fitted.tools.append(tool)
    return fitted
