"""A question as the router reads it: masked tokens, their numbers, and what two readings have in common, in order.

Masking keeps what a wording repeats and drops what changes from instance to instance: case, spacing and the value of
every number. A token is a word, a number (all numbers are the token `0`), an option such as `(A)`, a line break, or one
other character. What is no word is a *mark*. Marks have numbers below zero, words above; 0 is a word nobody knows.

Of a long question the first `HEAD` and the last `TAIL` characters are read: an instruction stands at either end.
What is made of readings is left to `wording`.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "HEAD",
    "TAIL",
    "Lexicon",
    "Reading",
    "common_length",
    "common_sequence",
    "masked",
    "places",
    "reading",
    "shorten",
    "tokens",
]

HEAD, TAIL = 3000, 1500
"""Characters of a question that are read: its first 3,000 and, if it is longer than both together, its last 1,500."""

MOST_TOKENS = 900
"""Tokens of a question that are kept: the first and the last 450. Binary rubbish is one token a character."""

UNKNOWN_WORD, UNKNOWN_MARK, BEGIN, END = 0, -28, -29, -30
LAYOUT = ("\n", *(f"({letter})" for letter in string.ascii_lowercase))
"""Marks that lay a question out: a line break and the options (A) to (Z). Their numbers are -1 to -27."""

_STRIDE = 1 << 32
# Scripts that write no spaces between words are read character by character: Thai, Japanese, Chinese.
_TOKEN = re.compile(
    r"\([a-z]\)|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+|\n|[^\w\s]|_"
)


class Reading(NamedTuple):
    """What the evidences need to know of one question."""

    numbers: list[int]
    """Token numbers in order; a run of unknown words counts as one."""
    pairs: set[int]
    """Every token and every pair of neighbours, begin and end included, as one number each."""
    marks: dict[int, int]
    """How often each mark occurs."""
    layout: int
    """How many line breaks and options there are."""
    strange: int
    """How many unknown words there are besides the first of each run, to the next power of two less one."""


class Lexicon(dict[str, int]):
    """Numbers of the tokens. Looking a token up never adds it; `number` does."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        super().__init__((mark, -1 - place) for place, mark in enumerate(LAYOUT))
        self._words, self._marks = 0, END
        for token in kept:
            self.number(token)

    def __missing__(self, token: str) -> int:
        return UNKNOWN_WORD if token[0].isalpha() else UNKNOWN_MARK

    def number(self, token: str) -> int:
        """Give the token's number, a new one if it is new."""
        if token not in self:
            if token[0].isalpha():
                self._words += 1
                self[token] = self._words
            else:
                self._marks -= 1
                self[token] = self._marks
        return self[token]

    def kept(self) -> list[str]:
        """Give the tokens in the order that makes the same lexicon again."""
        return list(self)[len(LAYOUT) :]

    def numbers(self, question: str) -> list[int]:
        """Give a question's token numbers; words that no tool owns are unknown words."""
        return [self[token] for token in tokens(question)]


def shorten(question: str) -> str:
    """Give the part of a question that is read."""
    return question if len(question) <= HEAD + TAIL else f"{question[:HEAD]}\n{question[-TAIL:]}"


def tokens(question: str) -> list[str]:
    """Split a question into masked tokens; any text will do, the empty one gives none."""
    found = _TOKEN.findall(shorten(question).lower())
    if len(found) > MOST_TOKENS:
        found = found[: MOST_TOKENS // 2] + found[-MOST_TOKENS // 2 :]
    return ["0" if token[0].isdecimal() else token for token in found]


def masked(numbers: Sequence[int]) -> tuple[list[int], int]:
    """Make one unknown word of each run of them, so that a list of ten reads like one of nine; gives `strange` too."""
    kept: list[int] = []
    last = BEGIN
    for number in numbers:
        if number or last:
            kept.append(number)
        last = number
    return kept, (1 << (len(numbers) - len(kept)).bit_length()) - 1


def reading(numbers: list[int], strange: int = 0) -> Reading:
    """Make a reading of masked token numbers."""
    marks: dict[int, int] = {}
    for number in numbers:
        if number < 0:
            marks[number] = marks.get(number, 0) + 1
    following = [*numbers, END]
    pairs = {first * _STRIDE + second for first, second in zip([BEGIN, *numbers], following, strict=True)}
    pairs.update(following)
    return Reading(numbers, pairs, marks, sum([count for mark, count in marks.items() if mark > UNKNOWN_MARK]), strange)


def places(template: Sequence[int]) -> dict[int, int]:
    """Give, for each token of a template, the bits of the places where it stands."""
    bits: dict[int, int] = {}
    for place, number in enumerate(template):
        bits[number] = bits.get(number, 0) | (1 << place)
    return bits


def common_length(bits: Mapping[int, int], length: int, numbers: Iterable[int]) -> int:
    """Give the length of the longest common subsequence of a template, as `places`, and token numbers.

    Bit-parallel (Hyyrö 2004): one step of whole-number arithmetic a token, whatever the template's length.
    """
    row = full = (1 << length) - 1
    for found in map(bits.get, numbers):
        if found:
            taken = row & found
            row = ((row + taken) | (row - taken)) & full
    return length - row.bit_count()


def common_sequence(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Give a longest common subsequence; what both begin and end with is in it as it is."""
    least = min(len(one), len(other))
    start = 0
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    middle = _middle_sequence(one[start : len(one) - end], other[start : len(other) - end])
    return [*one[:start], *middle, *one[len(one) - end :]]


def _middle_sequence(template: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """Walk the rows of `common_length` back from the end."""
    if not template or not numbers:
        return []
    bits = places(template)
    row = full = (1 << len(template)) - 1
    rows = []
    for number in numbers:
        taken = row & bits.get(number, 0)
        row = ((row + taken) | (row - taken)) & full
        rows.append(row)
    common: list[int] = []
    place, step = len(template) - 1, len(numbers) - 1
    while place >= 0 and step >= 0:
        if rows[step] >> place & 1:
            place -= 1
        elif step and not rows[step - 1] >> place & 1:
            step -= 1
        else:
            common.append(template[place])
            place, step = place - 1, step - 1
    return common[::-1]
