"""What the router keeps of one wording of one tool: its questions, and the intercept that they give it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import fit_intercept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.features import Wording

MOST_LOOSE = 60
"""Bigrams by which loose questions are found."""

FEW = 5
WEAK = 1.0
"""A wording of at most `FEW` questions, the logit of one of which is below `WEAK` when left out, is clustered again
when more come."""

MOST_NEGATIVES = 6
"""Logits of one other tool that are kept, the highest."""

NEAR = -6.0
"""The logit from which a question of another tool counts as a negative."""


@dataclass(slots=True, eq=False)
class Cluster:
    """A tool's questions of one wording, or its loose questions together."""

    tool: str
    questions: list[str]
    wording: Wording
    certain: bool
    """Whether the router may be sure by it; loose questions are never enough."""
    positives: list[float]
    """Logits of its own questions, each left out once."""
    negatives: dict[str, list[float]] = field(default_factory=dict)
    """Logits of other tools' questions that come near, by tool."""
    intercept: float = 0.0

    @property
    def indexed(self) -> Sequence[int]:
        """The bigrams by which the cluster is found: the constant ones, or some of what loose questions have."""
        return self.wording.bigrams[: self.wording.constant if self.certain else MOST_LOOSE]

    @property
    def is_weak(self) -> bool:
        """Whether its few questions hardly bear each other out, so that they may yet be of several wordings."""
        return not self.certain or (len(self.questions) <= FEW and min(self.positives) < WEAK)

    def add_negative(self, tool: str, logit: float) -> bool:
        """Keep the logit of another tool's question if it comes near; return whether it did."""
        if logit > NEAR:
            self.negatives[tool] = sorted([*self.negatives.get(tool, ()), logit])[-MOST_NEGATIVES:]
        return logit > NEAR

    def forget(self, tool: str) -> None:
        """Forget another tool's questions."""
        if self.negatives.pop(tool, None):
            self.fit()

    def fit(self) -> None:
        """Fit the intercept anew."""
        self.intercept = fit_intercept(self.positives, [value for some in self.negatives.values() for value in some])
