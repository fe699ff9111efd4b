"""Guards from answers alone: the right path of each example is found first, then guards are learned from the paths.

Three ways to find it, so that they can be compared: the exact gradient of the expected reward through soft gates, the
gradient from sampled paths (REINFORCE: Williams 1992), and expectation-maximisation with guards. The first finds most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from latm_magic.workflows.answers_only.gates import Gates
from latm_magic.workflows.answers_only.paths import known
from latm_magic.workflows.controller import Guards
from latm_magic.workflows.torch_use import seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.traces import Trace
    from latm_magic.workflows.answers_only.paths import Example, Path

Way = Literal["exact", "reinforce", "em"]

_PRIOR = 0.1
"""What a bit of a gate's description costs, per unit of its weight, against the logarithm of one example's chance."""
_ROUNDS = 6
"""Of expectation-maximisation."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What answers taught."""

    traces: tuple[Trace, ...]
    """The most probable right path of each example, as a trace: guards are learned from them, with those you have."""
    lacking: tuple[Example, ...]
    """Examples for which the graph has no right path: a branch is missing, and the tool loop is to show it."""
    gates: Gates | None = None
    """The soft gates; None where no example has a right path, and for expectation-maximisation."""


def learn_paths(
    examples: Sequence[Example], *, traces: Sequence[Trace] = (), way: Way = "exact", seed: int = 0, steps: int = 200
) -> Learned:
    """Return the most probable right path of each example.

    traces: runs whose path is known; they are learned from with the examples.
    way: "exact" and "reinforce" need torch (LatmError where it is missing); "em" does not.
    steps: of the optimizer; "reinforce" samples one path of each example in each. seed: the same one, the same paths.
    """
    solved = [example for example in examples if example.right]
    lacking = tuple(example for example in examples if not example.right)
    if not solved:
        return Learned((), lacking)
    if way == "em":
        return Learned(_by_guards(solved, traces, seed), lacking)
    with seeded(seed) as torch:
        gates = Gates(torch, [*solved, *known(traces)])
        _climb(torch, gates, _exact if way == "exact" else _Sampled(torch), steps)
        paths = [example.paths[gates.best(number)] for number, example in enumerate(solved)]
    return Learned(_as_traces(solved, paths), lacking, gates)


def _climb(torch: Any, gates: Gates, reward: Callable[[Gates], Any], steps: int) -> None:
    """Raise the reward of right answers, less what it takes to say the gates."""
    optimizer = torch.optim.Adam(gates.weights, lr=0.05)
    for _ in range(steps):
        loss = _PRIOR / gates.examples * gates.description() - reward(gates)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _exact(gates: Gates) -> Any:
    """Return the mean logarithm of the expected reward, which is the chance of the right answer."""
    return gates.right_logs().mean()


class _Sampled:
    """A reward whose gradient is the policy's, estimated from one sampled path of each example."""

    def __init__(self, torch: Any) -> None:
        self._torch, self._usual = torch, 0.0

    def __call__(self, gates: Gates) -> Any:
        logs, is_right = gates.sampled()
        gain = is_right.float() - self._usual
        self._usual += 0.1 * float(gain.mean())
        return (gain * logs).mean()


def _as_traces(examples: Sequence[Example], paths: Sequence[Path]) -> tuple[Trace, ...]:
    return tuple(example.to_trace(path) for example, path in zip(examples, paths, strict=True))


def _by_guards(examples: Sequence[Example], traces: Sequence[Trace], seed: int) -> tuple[Trace, ...]:
    """Expectation-maximisation: guards from the likeliest right paths, the likeliest right paths by the guards."""
    rng = np.random.default_rng(seed)
    paths = [example.right[int(rng.integers(len(example.right)))] for example in examples]
    for _ in range(_ROUNDS):
        guards = Guards().fit([*traces, *_as_traces(examples, paths)])
        paths = [_likeliest(guards, example) for example in examples]
    return _as_traces(examples, paths)


def _likeliest(guards: Guards, example: Example) -> Path:
    """Return the right path of which guards would have made the largest share of the choices."""
    would = [guards.next(fork.after, fork.seen).action for fork in example.forks]
    return max(example.right, key=lambda path: np.mean([would[fork] == action for fork, action in path.choices]))
