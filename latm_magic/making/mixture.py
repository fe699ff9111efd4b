"""Whether a column looks like two tasks: rows that belong together, and to which no example belongs, or too few do.

Two tests, either of which speaks. Rows of a regular wording are found as the router finds wordings. Messy rows are put
into two, three and four groups by how letters, digits and signs follow in them (k-means), and a group is strange where
so few examples would fall into it in one of a hundred draws, had they been drawn from the column. What a column of one
task is made of differs too, but its examples then lie in all large groups.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.making.column import LONGEST, spread
from latm_magic.routing.pending import cluster_questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.task import Task

    Vector = dict[str, float]

_LEAST_ROWS = 20
_MOST_ROWS = 200
_MOST_CLUSTERED = 400
_CHARACTERS = 2_000
_SHARE = 0.2
"""The share of the rows from which on a group can be a task of its own."""
_CHANCE = 0.01
_GROUPS = (2, 3, 4)
_ROUNDS = 20
_LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Strange:
    """Rows of a column that look like another task."""

    question: str
    """One that stands for them."""
    rows: tuple[str, ...]
    total: int
    """How many rows were looked at."""
    examples: int = 0
    """How many of the examples look like them."""


def strange_rows(questions: Sequence[str], task: Task) -> Strange | None:
    """Return the rows that look like another task than the examples; None where the column looks like one."""
    samples = list(dict.fromkeys(sample.question for sample in task.samples))
    known = set(samples)
    rows = [
        question for question in questions if len(question) <= LONGEST and question.strip() and question not in known
    ]
    if len(rows) < _LEAST_ROWS:
        return None
    return _of_another_wording(rows, samples) or _of_another_shape(spread(rows, _MOST_ROWS), samples)


def _of_another_wording(questions: Sequence[str], samples: list[str]) -> Strange | None:
    """Return the largest wording of which no example is, where it and those of the examples are a fifth each."""
    some = spread(questions, _MOST_CLUSTERED)
    clusters, _loose = cluster_questions([*samples, *some])
    least = _SHARE * len(some)
    is_known = any(
        cluster[0] < len(samples) and sum(place >= len(samples) for place in cluster) >= least for cluster in clusters
    )
    largest = max((cluster for cluster in clusters if cluster[0] >= len(samples)), key=len, default=[])
    if not (is_known and largest) or len(largest) < least:
        return None
    rows = tuple(some[place - len(samples)] for place in largest)
    return Strange(rows[0], rows, len(some))


def _of_another_shape(some: Sequence[str], samples: list[str]) -> Strange | None:
    """Return the group of rows that has by far too few of the examples, the least likely one."""
    texts = [*samples, *some]
    vectors = _vectors(texts)
    best, best_chance = None, _CHANCE
    for count in _GROUPS:
        groups, centres = _grouped(vectors, count)
        for group, centre in zip(groups, centres, strict=True):
            rows = [place for place in group if place >= len(samples)]
            share, inside = len(rows) / max(1, len(some)), len(group) - len(rows)
            if _SHARE <= share <= 1 - _SHARE and (chance := _at_most(inside, len(samples), share)) < best_chance:
                first = min(rows, key=lambda place: (_distance(vectors[place], centre), place))
                best = Strange(texts[first], tuple(texts[place] for place in rows), len(some), inside)
                best_chance = chance
    return best


def _at_most(count: int, draws: int, share: float) -> float:
    """Return the probability that at most `count` of `draws` fall into a group of that share."""
    return sum(math.comb(draws, k) * share**k * (1 - share) ** (draws - k) for k in range(count + 1))


def _vectors(texts: Sequence[str]) -> list[Vector]:
    """Return the pairs of neighbouring kinds of characters in each text, the rarer the heavier, and its length."""
    pairs = [_pairs(text) for text in texts]
    often = Counter(pair for own in pairs for pair in own)
    weight = {pair: math.log((1 + len(texts)) / (1 + count)) + 0.3 for pair, count in often.items()}
    lengths = [math.log2(len(text) + 1) for text in texts]
    mean = sum(lengths) / max(1, len(lengths))
    vectors = []
    for own, length in zip(pairs, lengths, strict=True):
        vector = {pair: math.sqrt(count) * weight[pair] for pair, count in own.items()}
        norm = math.sqrt(sum(value * value for value in vector.values()))
        vectors.append({pair: value / norm for pair, value in vector.items()} | {_LENGTH: (length - mean) / 6})
    return vectors


def _pairs(text: str) -> Counter[str]:
    kinds = f"^{''.join(map(_kind, text[:_CHARACTERS]))}$"
    return Counter(kinds[start : start + 2] for start in range(len(kinds) - 1))


def _kind(character: str) -> str:
    if character.isspace():
        return " "
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character


def _grouped(vectors: Sequence[Vector], count: int) -> tuple[list[list[int]], list[Vector]]:
    """Put vectors into groups by k-means; the first centres are the ones farthest from all, so the same each time."""
    middle = _mean(vectors)
    far = [_distance(vector, middle) for vector in vectors]
    centres: list[Vector] = []
    for _ in range(count):
        centres.append(vectors[max(range(len(vectors)), key=far.__getitem__)])
        distances = [_distance(vector, centres[-1]) for vector in vectors]
        far = distances if len(centres) == 1 else list(map(min, far, distances))
    groups: list[list[int]] = []
    for _ in range(_ROUNDS):
        before, groups = groups, [[] for _ in centres]
        norms = [sum(value * value for value in centre.values()) for centre in centres]
        for place, vector in enumerate(vectors):
            near = [norm - 2 * _product(vector, centre) for norm, centre in zip(norms, centres, strict=True)]
            groups[near.index(min(near))].append(place)
        if groups == before:
            break
        centres = [
            _mean([vectors[place] for place in group]) if group else centre
            for group, centre in zip(groups, centres, strict=True)
        ]
    return groups, centres


def _mean(vectors: Sequence[Vector]) -> Vector:
    total: Vector = {}
    for vector in vectors:
        for key, value in vector.items():
            total[key] = total.get(key, 0.0) + value
    return {key: value / len(vectors) for key, value in total.items()}


def _product(vector: Vector, other: Vector) -> float:
    return sum([value * other.get(key, 0.0) for key, value in vector.items()])


def _distance(vector: Vector, other: Vector) -> float:
    own, others = (sum([value * value for value in each.values()]) for each in (vector, other))
    return own + others - 2 * _product(vector, other)
