"""From the nearest clusters to a decision: the tools are ranked, and the router is sure of the first or it is not.

The thresholds are this router's own. How a logit comes about is left to `features` and `calibration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.reasons import with_numbers
from latm_magic.routing.lexical.calibration import confidence, logit
from latm_magic.routing.lexical.clustering import FEWEST
from latm_magic.routing.lexical.features import extract_features
from latm_magic.routing.router import Candidate, Decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.routing.lexical.cluster import Cluster
    from latm_magic.routing.lexical.features import Features
    from latm_magic.routing.lexical.tokens import TokenizedQuestion

SURE = 0.5
"""The confidence from which a tool is let try."""

CLEAR = 1.0
"""How much higher the best tool's logit must be than the runner-up's."""

_CLOSE = 0.6
"""Clusters with this share of the first one's votes are compared in any case, the first `_COMPARED` of them."""
_COMPARED, _FAR = 8, 40
_PLAIN = 2.0
"""The logit from which what is not close need not be compared."""

_NOTHING = Decision(None, 0.0, sure=False, reason="ask: no tool has anything in common with the question")

_Ranked = tuple[float, "Cluster", "Features"]
"""A logit, intercept included, the cluster that it is for, and the features that it was made of."""


def rank(
    question: TokenizedQuestion, nearest: Sequence[tuple[float, int]], clusters: Mapping[int, Cluster], top: int
) -> list[_Ranked]:
    """Return the best cluster of each tool compared, best first.

    Of the `nearest`, as the index gives them, those are compared that are close to the first; besides, at least two
    tools, and up to `top` tools while in doubt.
    """
    best: dict[str, _Ranked] = {}
    for position, (votes, number) in enumerate(nearest[:_FAR]):
        if len(best) > 1:
            close = votes >= _CLOSE * nearest[0][0]
            plain = max(best.values(), key=_logit)[0] >= _PLAIN
            if position >= _COMPARED or (not close and (plain or len(best) >= top)):
                break
        cluster = clusters[number]
        features = extract_features(cluster.wording, question)
        value = logit(features) + cluster.intercept
        if cluster.tool not in best or value > best[cluster.tool][0]:
            best[cluster.tool] = (value, cluster, features)
    return sorted(best.values(), key=_logit, reverse=True)


def _logit(ranked: _Ranked) -> float:
    return ranked[0]


def decide(ranked: Sequence[_Ranked], top: int) -> Decision:
    """Return the decision that follows from a ranking."""
    if not ranked:
        return _NOTHING
    value, cluster, _ = ranked[0]
    clear = len(ranked) == 1 or value - ranked[1][0] >= CLEAR
    candidates = tuple([Candidate(other.tool, confidence(each), features) for each, other, features in ranked[:top]])
    chance = confidence(value)
    sure = cluster.certain and chance >= SURE and clear
    return Decision(cluster.tool, chance, sure, _reason(ranked, sure=sure, clear=clear), candidates)


def _reason(ranked: Sequence[_Ranked], *, sure: bool, clear: bool) -> str:
    """Return in one line what spoke for the first tool, and what kept the router from being sure of it."""
    value, cluster, features = ranked[0]
    numbers = f"{cluster.tool} at {confidence(value):.3f}: {features}; "
    numbers += f"runner-up {ranked[1][1].tool} at {confidence(ranked[1][0]):.3f}" if len(ranked) > 1 else "no runner-up"
    if sure:
        words = f"worded like questions of {cluster.tool}"
    elif not cluster.certain:
        words = f"ask: fewer than {FEWEST} questions of {cluster.tool} that are worded like it are known"
    elif clear:
        words = f"ask: it may be one of {cluster.tool}'s questions"
    else:
        words = f"ask: two tools are too close, {cluster.tool} and {ranked[1][1].tool} have questions worded like it"
    return with_numbers(words, numbers)
