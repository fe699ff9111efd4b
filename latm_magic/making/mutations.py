"""Questions that a tool should probably refuse: its own samples, changed so that they ask for something else.

A parser is tested for accepting by its samples; these test it for refusing. Nothing is run here, and whether an answer
to one of them is wrong only a person or the maker can say: some tools rightly answer a question with a number less.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice, pairwise, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.verification import Change

MOST_MUTATIONS = 12
_BASES = 3
"""Samples that are changed: the first ones, which the maker saw."""
_SHARED = 2 / 3
"""Share of the samples in which a word must stand to be a word of the task and not of one question's data."""
_LONGEST = 20_000
"""Characters of a sample that is changed; a longer one says nothing more."""
_OPPOSITES = (
    ("ascending", "descending"),
    ("alphabetical", "random"),
    ("alphabetically", "randomly"),
    ("first", "last"),
    ("largest", "smallest"),
    ("longest", "shortest"),
    ("highest", "lowest"),
    ("earliest", "latest"),
    ("maximum", "minimum"),
    ("most", "least"),
    ("more", "less"),
    ("before", "after"),
    ("with", "without"),
    ("increasing", "decreasing"),
    ("even", "odd"),
    ("true", "false"),
    ("start", "end"),
    ("begin", "finish"),
    ("left", "right"),
    ("all", "none"),
    ("add", "subtract"),
    ("include", "exclude"),
    ("uppercase", "lowercase"),
)
_OPPOSITE = dict(chain.from_iterable(((a, b), (b, a)) for a, b in _OPPOSITES))
_OTHER_WORDS = ("shuffle", "describe", "translate", "colour")
"""Words that change what is asked for, whatever that was."""
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d[\d.,:]*\d|\d")


@dataclass(frozen=True, slots=True)
class Mutation:
    """A question made of samples."""

    question: str
    change: Change
    sample: str
    """The sample's question that it was made of; of two joined, the first."""
    other: str = ""
    """Of two joined, the second."""


def mutate(questions: Sequence[str]) -> tuple[Mutation, ...]:
    """Return at most `MOST_MUTATIONS` changed questions, none of which is one of `questions`; the same each time.

    Only words that most questions share are replaced, reversed or negated: another word among a question's own data
    makes a question of the same kind.
    """
    shared = _shared_words(questions)
    bases = [question for question in questions if len(question) <= _LONGEST][:_BASES]
    each = [list(_changes(question, shared)) for question in bases]
    joined = [Mutation(f"{a}\n{b}", "two joined", a, b) for a, b in pairwise(bases)]
    # Every change of the first sample comes before the same change of the second one.
    spread = chain.from_iterable(zip_longest(*each, joined))
    known, found = set(questions), []
    for mutation in spread:
        if mutation is not None and mutation.question not in known:
            known.add(mutation.question)
            found.append(mutation)
    return tuple(islice(found, MOST_MUTATIONS))


def _shared_words(questions: Sequence[str]) -> frozenset[str]:
    counts = Counter(word for question in questions for word in set(_WORD.findall(question.lower())))
    least = max(2, _SHARED * len(questions))
    return frozenset(word for word, count in counts.items() if count >= least)


def _changes(question: str, shared: frozenset[str]) -> Iterator[Mutation]:
    words = [match for match in _WORD.finditer(question) if match[0].lower() in shared]
    if words:
        first = words[0]
        begins = not question[: first.start()].strip()
        negation = f"Do not {first[0].lower()}" if begins else f"not {first[0]}"
        yield Mutation(question[: first.start()] + negation + question[first.end() :], "negated", question)
    for match in words:
        if opposite := _OPPOSITE.get(match[0].lower()):
            yield Mutation(_replaced(question, match, opposite), "reversed", question)
            break
    for match in _content_words(words):
        other = next(word for word in _OTHER_WORDS if word != match[0].lower())
        yield Mutation(_replaced(question, match, other), "a word replaced", question)
    if number := _NUMBER.search(question):
        dropped = question[: number.start()] + question[number.end() :]
        if dropped.strip():
            yield Mutation(dropped, "a number dropped", question)


def _content_words(words: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Return the first and the longest of the task's words."""
    if not words:
        return []
    longest = max(words, key=lambda match: len(match[0]))
    return [words[0]] if longest is words[0] else [words[0], longest]


def _replaced(question: str, match: re.Match[str], word: str) -> str:
    cased = word.capitalize() if match[0][:1].isupper() else word
    return question[: match.start()] + cased + question[match.end() :]
