"""A column of unlabelled questions that takes part in a making: which of them a maker is shown.

The choice is a pure function of the questions, bounded, and the same each time. No question is cut: one that is too
long is left out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeVar

from latm_magic.routing.pending import cluster_questions

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

Item = TypeVar("Item")

MOST_ROWS = 100_000
"""Different questions of a column that a proposal is run on, spread over it."""
_MOST_CHOSEN_FROM = 2_000
_MOST_CLUSTERED = 400
LONGEST = 20_000
"""Characters: a longer question is no help to a maker, and is not sent."""
_EXTREMES = 3
"""How many of the longest and of the shortest are chosen."""


@dataclass(frozen=True, slots=True)
class Column:
    """The different questions of a column, and those that a maker is shown with the first request."""

    questions: tuple[str, ...]
    """In the column's order; at most `MOST_ROWS`."""
    shown: tuple[str, ...] = ()
    share: bool = True
    """Whether questions may be sent to a maker at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a column and what a module gave for it."""

    question: str
    gave: str
    """The answer's text, or why there is none, in one line."""


def choose_questions(
    questions: Sequence[str], leave_out: Container[str], most: int, most_tokens: int
) -> tuple[str, ...]:
    """Return at most `most` questions, of at most `most_tokens` tokens together, that show how different they all are.

    First one of each wording, in turn with those that bring what none before has shown; the longest and the shortest
    come last, with room kept for them. The same questions give the same choice.
    """
    found = [q for q in dict.fromkeys(questions) if q not in leave_out and len(q) <= LONGEST]
    found = [q for q in spread(found, _MOST_CHOSEN_FROM) if tokens(q) <= most_tokens]
    by_length = sorted(found, key=lambda question: (len(question), question))
    extremes = [*by_length[: -_EXTREMES - 1 : -1], *by_length[:_EXTREMES]][: max(0, most // 4)]
    middle = _in_turn(_one_of_each_wording(found), _rare(found, most))
    chosen: dict[str, None] = {}
    left = most_tokens
    for question in chain(extremes, middle):
        size = tokens(question)
        if len(chosen) < most and size <= left and question not in chosen:
            chosen[question] = None
            left -= size
    places = {question: place for place, question in enumerate(found)}
    return tuple(sorted(chosen, key=places.__getitem__))


def tokens(text: str) -> int:
    """Return about how many tokens a text is: four of its bytes a token, and a few for its place in a list."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4) + 4


def spread(items: Sequence[Item], most: int) -> Sequence[Item]:
    """Return at most `most` of the items, in their order, spread at random over them, and always the same ones."""
    if len(items) <= most:
        return items
    return [items[place] for place in sorted(random.Random(len(items)).sample(range(len(items)), most))]  # noqa: S311


def _one_of_each_wording(questions: Sequence[str]) -> list[str]:
    """Return the first question of each wording, the wording with the most questions first."""
    some = spread(questions, _MOST_CLUSTERED)
    clusters, _loose = cluster_questions(some)
    return [some[positions[0]] for positions in sorted(clusters, key=lambda each: (-len(each), each[0]))]


def _rare(questions: Sequence[str], most: int) -> list[str]:
    """Return `most` questions, each the one that brings most of what the ones before it have not shown."""
    marks = [_marks(question) for question in questions]
    weight = {mark: count**0.5 for mark, count in Counter(chain.from_iterable(marks)).items()}
    gains = [sum(weight[mark] for mark in sorted(own)) for own in marks]
    chosen: list[str] = []
    seen: set[str] = set()
    waiting = set(range(len(questions)))
    while waiting and len(chosen) < most:
        # What a question brings only falls, so one that still brings as much as the next could is the best.
        order = sorted(waiting, key=lambda place: (-gains[place], place))
        best, best_gain = order[0], -1.0
        for place in order:
            if gains[place] <= best_gain:
                break
            gains[place] = sum(weight[mark] for mark in sorted(marks[place] - seen))
            if gains[place] > best_gain:
                best, best_gain = place, gains[place]
        waiting.discard(best)
        seen |= marks[best]
        chosen.append(questions[best])
    return chosen


def _marks(question: str) -> frozenset[str]:
    """Return what a maker can learn from a question: its words, and how its letters, digits and signs follow."""
    text = question[:2_000]
    shape = re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", lambda word: _case(word[0]), text))
    pieces = re.findall(r"[aAxX9]|\s+|[^\w\s]", shape)
    threes = {"".join(pieces[start : start + 3]) for start in range(max(1, len(pieces) - 2))}
    words = {word.lower() for word in re.findall(r"[^\W\d_]+", text)}
    return frozenset(threes | words)


def _case(word: str) -> str:
    return "A" if word.isupper() else "X" if word[:1].isupper() else "a"


def _in_turn(one: Iterable[str], other: Iterable[str]) -> Iterable[str]:
    pairs = zip_longest(one, other)
    return (question for pair in pairs for question in pair if question is not None)
