"""Which questions of a tool are put in the same words: wordings are found, never declared.

A wording stands on at least `FEWEST` questions that bear each other out: each, left out, fits the wording of the
others. A question that fits no wording stays loose until two more like it have come. Loose questions are
never enough to be sure of a tool.
"""

from __future__ import annotations

from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import logit
from latm_magic.routing.lexical.features import Wording, extract_features, leave_one_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.lexical.tokens import TokenizedQuestion

FEWEST = 3
"""Questions that make a wording."""

JOINS = 1.0
"""The logit from which a question is taken to be of a wording that is already there."""

COHERES = -3.0
"""The logit that each of three questions must reach, left out, for the three to be taken for one wording."""

FITS = -1.0
"""The logit that a question must reach, left out, to stay in a wording of more than three."""

_STRAY = -6.0
_NEIGHBOURS = 4
_TRIED = 12

Clustering = tuple[list[list[int]], list[int]]
"""Positions of the questions of each wording, and of the loose ones."""


def cluster(questions: Sequence[TokenizedQuestion]) -> Clustering:
    """Cluster a tool's questions by wording: most often all are of one."""
    everything = list(range(len(questions)))
    if len(questions) < FEWEST:
        return [], everything
    logits = _leave_one_out_logits(questions)
    fitting = [position for position in everything if logits[position] > _STRAY]
    if len(fitting) >= FEWEST and median(logits) > COHERES:
        return [fitting], [position for position in everything if position not in fitting]
    return cluster_mixed(questions)


def cluster_mixed(questions: Sequence[TokenizedQuestion]) -> Clustering:
    """Cluster questions of several wordings: the three that bear each other out best first, then what joins them."""
    clusters: list[list[int]] = []
    loose = list(range(len(questions)))
    while best := _best_three(questions, loose):
        wording = Wording.of([questions[position] for position in best])
        others = [position for position in loose if position not in best]
        joining = [other for other in others if logit(extract_features(wording, questions[other])) >= JOINS]
        members = [*best, *joining]
        logits = _leave_one_out_logits([questions[position] for position in members])
        staying = [position for position, value in zip(members, logits, strict=True) if value > FITS]
        clusters.append(sorted(staying if len(staying) >= FEWEST else best))
        loose = [position for position in loose if position not in clusters[-1]]
    return clusters, loose


def _leave_one_out_logits(questions: Sequence[TokenizedQuestion]) -> list[float]:
    return [logit(features) for features in leave_one_out(questions)]


def _best_three(questions: Sequence[TokenizedQuestion], loose: Sequence[int]) -> tuple[int, ...] | None:
    """Return the three questions whose worst left-out logit is highest, among those that look most alike."""
    similarity = {(one, other): _dice(questions[one], questions[other]) for one, other in combinations(loose, 2)}
    threes = {
        tuple(sorted((position, *pair)))
        for position in loose
        for pair in combinations(_nearest(position, loose, similarity), 2)
    }
    alike = sorted(threes, key=lambda three: -min(similarity[pair] for pair in combinations(three, 2)))[:_TRIED]
    found = [(min(_leave_one_out_logits([questions[position] for position in three])), three) for three in alike]
    worst, best = max(found, default=(COHERES, None))
    return best if worst > COHERES else None


def _nearest(position: int, loose: Sequence[int], similarity: dict[tuple[int, int], float]) -> list[int]:
    others = [other for other in loose if other != position]
    return sorted(others, key=lambda other: -similarity[min(position, other), max(position, other)])[:_NEIGHBOURS]


def _dice(one: TokenizedQuestion, other: TokenizedQuestion) -> float:
    """Return the share of bigrams that two questions have in common (Dice coefficient)."""
    return 2 * len(one.bigrams & other.bigrams) / (len(one.bigrams) + len(other.bigrams))
