"""Questions that no tool fits, clustered by wording, so that a tool can be made of those that are alike.

Wordings are found as the lexical router finds those of a tool (`clustering`). Which questions are pending is left to
the cache, and what is made of a group to `session/pending.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import logit
from latm_magic.routing.lexical.clustering import FEWEST, JOINS, cluster_mixed
from latm_magic.routing.lexical.features import Wording, extract_features
from latm_magic.routing.lexical.tokens import Lexicon, TokenizedQuestion, longest_common_subsequence

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOSE = 0
"""The number of the group of questions that are unlike any other."""

_WINDOW = 48
"""Questions that are compared each with each; the others are compared with the wordings found among them."""
_SHOWING = 12
"""Questions that show a wording."""
_LINE_CHARACTERS = 120
_GAP = "…"


@dataclass(frozen=True, slots=True)
class PendingGroup:
    """Questions that are alike and that no tool fits."""

    number: int
    """From 1, the group with the oldest question first; `LOOSE` for those that are unlike any other."""
    questions: tuple[str, ...]
    """Oldest first, word for word."""
    line: str
    """What the questions have in common, in one line, with … for what changes."""


def group_pending(questions: Sequence[str]) -> tuple[PendingGroup, ...]:
    """Group questions, given oldest first; what is unlike any other comes last, in one group."""
    clusters, loose = cluster_questions(questions)
    found = [tuple(questions[position] for position in positions) for positions in clusters]
    groups = [PendingGroup(number, members, _common_line(members)) for number, members in enumerate(found, 1)]
    if loose:
        groups.append(PendingGroup(LOOSE, tuple(questions[position] for position in loose), "unlike any other"))
    return tuple(groups)


def cluster_questions(questions: Sequence[str]) -> tuple[list[list[int]], list[int]]:
    """Cluster questions by wording: return the positions in each cluster, and of those that are in none."""
    lexicon = Lexicon()
    tokenized = [TokenizedQuestion.of(lexicon.add(question)) for question in questions]
    clusters: list[list[int]] = []
    loose, count = list(range(len(questions))), -1
    while len(clusters) > count and len(loose) >= FEWEST:
        count = len(clusters)
        loose = _cluster_by_windows(tokenized, loose, clusters)
    return sorted((sorted(positions) for positions in clusters), key=lambda positions: positions[0]), loose


def _cluster_by_windows(
    questions: Sequence[TokenizedQuestion], positions: list[int], clusters: list[list[int]]
) -> list[int]:
    """Go once through `positions`, a window at a time; adds to `clusters` and returns what joined none."""
    left: list[int] = []
    while positions:
        window, positions = positions[:_WINDOW], positions[_WINDOW:]
        found, loose = cluster_mixed([questions[position] for position in window])
        left += [window[index] for index in loose]
        for members in found:
            core = [window[index] for index in members]
            wording = Wording.of([questions[position] for position in core[:_SHOWING]])
            joining = {
                position
                for position in (*positions, *left)
                if logit(extract_features(wording, questions[position])) >= JOINS
            }
            clusters.append([*core, *sorted(joining)])
            positions = [position for position in positions if position not in joining]
            left = [position for position in left if position not in joining]
    return sorted(left)


def _common_line(questions: Sequence[str]) -> str:
    """Return the words that all questions share, in order, as the first has them."""
    ids: dict[str, int] = {}
    rows = [[ids.setdefault(word, len(ids)) for word in text.split()[:300]] for text in questions[:_SHOWING]]
    shared = rows[0]
    for row in rows[1:]:
        shared = longest_common_subsequence(shared, row)
    words, position = [], 0
    for word, token in zip(questions[0].split(), rows[0], strict=False):
        if position < len(shared) and token == shared[position]:
            words.append(word)
            position += 1
        elif not words or words[-1] != _GAP:
            words.append(_GAP)
    line = " ".join(words)
    return line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 1] + _GAP
