"""From features to a confidence: one logistic regression for all wordings, and an intercept for each of them.

    logit = WEIGHTS . (cosine^2, recall^2, coverage^2, vocabulary^2, layout^2) + BIAS + intercept
    confidence = 1 / (1 + exp(-logit))

Squares, because the last tenth of a feature says more than the first: half of a template may be any tool's.

`WEIGHTS` and `BIAS` are constants that the package brings, fitted on 2026-11-22 by `benchmarks/router_accuracy.py
--fit`: they are what a cache of one tool with three questions goes by. A wording's intercept is fitted on what the
tools own: on its own questions, each left out once (they should be accepted), and on the most similar questions of
*other* tools (they should not). A ridge penalty of `_RIDGE` keeps it near 0, so that three odd questions do not move
it much.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.features import Features

WEIGHTS = (0.7, 6.4, 7.0, 6.5, 14.3)
BIAS = -28.0

_RIDGE = 3.0
_STEPS = 8
_FAR = 30.0


def logit(features: Features) -> float:
    """Return the logarithm of the odds that the question is of the wording, without the wording's intercept."""
    cosine, recall, coverage, vocabulary, layout = features
    by_cosine, by_recall, by_coverage, by_vocabulary, by_layout = WEIGHTS
    return (
        by_cosine * cosine**2
        + by_recall * recall**2
        + by_coverage * coverage**2
        + by_vocabulary * vocabulary**2
        + by_layout * layout**2
        + BIAS
    )


def confidence(logit: float) -> float:
    """Return the probability that belongs to a logit."""
    return 1 / (1 + exp(-max(-_FAR, min(_FAR, logit))))


def fit_intercept(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Fit a wording's intercept on logits of its own left-out questions and of other tools' (Newton's method)."""
    intercept = 0.0
    for _ in range(_STEPS):
        slope, bend = -_RIDGE * intercept, _RIDGE
        for value in positives:
            chance = confidence(value + intercept)
            slope, bend = slope + 1 - chance, bend + chance * (1 - chance)
        for value in negatives:
            chance = confidence(value + intercept)
            slope, bend = slope - chance, bend + chance * (1 - chance)
        intercept += slope / bend
    return intercept
