"""Questions that no tool fits, grouped by likeness, so that a tool can be made of those that are alike.

The wordings are found as the router finds those of a tool (`grouping`). Which questions are pending is the cache's to
know, and what is made of a group is `session/pending.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.routing.lexical.calibration import score
from latm_magic.routing.lexical.clustering import FEWEST, JOINS, regroup
from latm_magic.routing.lexical.features import Wording, evidence
from latm_magic.routing.lexical.tokens import Lexicon, Reading, common_sequence, masked, reading, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LOOSE", "PendingGroup", "alike", "group_pending"]

LOOSE = 0
"""The number of the group of questions that are unlike any other."""

_WINDOW = 48
"""Questions that are compared each with each; the others are held against the wordings found among them."""
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
    groups, loose = alike(questions)
    found = [
        PendingGroup(number, tuple(questions[place] for place in places), _line([questions[p] for p in places]))
        for number, places in enumerate(groups, 1)
    ]
    if loose:
        found.append(PendingGroup(LOOSE, tuple(questions[place] for place in loose), "unlike any other"))
    return tuple(found)


def alike(questions: Sequence[str]) -> tuple[list[list[int]], list[int]]:
    """Give the places of questions that are put alike, a list a wording, and the places of those that are not."""
    lexicon = Lexicon()
    readings = [reading(*masked([lexicon.number(token) for token in tokens(question)])) for question in questions]
    groups: list[list[int]] = []
    loose, count = list(range(len(questions))), -1
    while len(groups) > count and len(loose) >= FEWEST:
        count = len(groups)
        loose = _pass(readings, loose, groups)
    return sorted((sorted(group) for group in groups), key=lambda group: group[0]), loose


def _pass(readings: Sequence[Reading], places: list[int], groups: list[list[int]]) -> list[int]:
    """Go once through `places`, a window at a time; adds to `groups` and gives what joined none."""
    left: list[int] = []
    while places:
        window, places = places[:_WINDOW], places[_WINDOW:]
        found, loose = regroup([readings[place] for place in window])
        left += [window[place] for place in loose]
        for members in found:
            group = [window[place] for place in members]
            wording = Wording.of([readings[place] for place in group[:_SHOWING]])
            joining = {place for place in (*places, *left) if score(evidence(wording, readings[place])) >= JOINS}
            groups.append([*group, *sorted(joining)])
            places = [place for place in places if place not in joining]
            left = [place for place in left if place not in joining]
    return sorted(left)


def _line(questions: Sequence[str]) -> str:
    """Give the words that all questions share, in order, as the first has them."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in text.split()[:300]] for text in questions[:_SHOWING]]
    shared = rows[0]
    for row in rows[1:]:
        shared = common_sequence(shared, row)
    words, place = [], 0
    for word, number in zip(questions[0].split(), rows[0], strict=False):
        if place < len(shared) and number == shared[place]:
            words.append(word)
            place += 1
        elif not words or words[-1] != _GAP:
            words.append(_GAP)
    line = " ".join(words)
    return line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 1] + _GAP
