"""A question as the router reads it: masked tokens and their ids, and what two questions have in common, in order.

Masking keeps what a wording repeats and drops what changes from instance to instance: case, spacing and the value of
every number. A token is a word, a number (all numbers are the token `0`), an option such as `(A)`, a line break, or one
other character. A token that is not a word is a *mark*. Ids of marks are below zero, ids of words above; 0 is a word
that is not in the lexicon.

Of a long question the first `HEAD` and the last `TAIL` characters are read: an instruction stands at either end.
How questions are compared is left to `features`.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HEAD, TAIL = 3000, 1500
"""Characters of a question that are read: its first 3,000 and, if it is longer than both together, its last 1,500."""

MOST_TOKENS = 900
"""Tokens of a question that are kept: the first and the last 450. Binary data is one token a character."""

UNKNOWN_WORD, UNKNOWN_MARK, BEGIN, END = 0, -28, -29, -30
LAYOUT = ("\n", *(f"({letter})" for letter in string.ascii_lowercase))
"""Marks that lay a question out: a line break and the options (A) to (Z). Their ids are -1 to -27."""

_STRIDE = 1 << 32
# Scripts that write no spaces between words are read character by character: Thai, Japanese, Chinese.
_TOKEN = re.compile(
    r"\([a-z]\)|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+|\n|[^\w\s]|_"
)


class TokenizedQuestion(NamedTuple):
    """What the features need to know of one question."""

    ids: list[int]
    """Token ids in order; a run of unknown words counts as one."""
    bigrams: set[int]
    """Every bigram, begin and end included, and every single token, as one number each."""
    marks: dict[int, int]
    """How often each mark occurs."""
    layout: int
    """How many line breaks and options there are."""
    dropped: int
    """How many unknown words `merge_unknown` dropped."""

    @classmethod
    def of(cls, ids: list[int], dropped: int = 0) -> TokenizedQuestion:
        """Return the question of these ids, runs of unknown words merged."""
        marks: dict[int, int] = {}
        for token in ids:
            if token < 0:
                marks[token] = marks.get(token, 0) + 1
        following = [*ids, END]
        bigrams = {first * _STRIDE + second for first, second in zip([BEGIN, *ids], following, strict=True)}
        bigrams.update(following)
        return cls(ids, bigrams, marks, sum([count for mark, count in marks.items() if mark > UNKNOWN_MARK]), dropped)


class Lexicon(dict[str, int]):
    """Ids of the tokens. Looking a token up never adds it; `add` does."""

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        super().__init__((mark, -1 - position) for position, mark in enumerate(LAYOUT))
        self._words, self._marks = 0, END
        for token in tokens:
            self._add(token)

    def __missing__(self, token: str) -> int:
        return UNKNOWN_WORD if token[0].isalpha() else UNKNOWN_MARK

    def _add(self, token: str) -> int:
        if token not in self:
            if token[0].isalpha():
                self._words += 1
                self[token] = self._words
            else:
                self._marks -= 1
                self[token] = self._marks
        return self[token]

    def add(self, question: str) -> list[int]:
        """Return a question's token ids, new ones for new tokens."""
        return [self._add(token) for token in tokenize(question)]

    def ids(self, question: str) -> list[int]:
        """Return a question's token ids; words that are not in the lexicon are unknown words."""
        return [self[token] for token in tokenize(question)]

    def added(self) -> list[str]:
        """Return the tokens that were added, in the order that makes the same lexicon again."""
        return list(self)[len(LAYOUT) :]


def truncate(question: str) -> str:
    """Return the part of a question that is read."""
    return question if len(question) <= HEAD + TAIL else f"{question[:HEAD]}\n{question[-TAIL:]}"


def tokenize(question: str) -> list[str]:
    """Split a question into masked tokens; any text will do, the empty one has none."""
    found = _TOKEN.findall(truncate(question).lower())
    if len(found) > MOST_TOKENS:
        found = found[: MOST_TOKENS // 2] + found[-MOST_TOKENS // 2 :]
    return ["0" if token[0].isdecimal() else token for token in found]


def merge_unknown(ids: Sequence[int]) -> tuple[list[int], int]:
    """Make one unknown word of each run of them, so that a list of ten reads like one of nine.

    Returns with the ids how many were dropped, rounded up to the next power of two less one.
    """
    merged: list[int] = []
    last = BEGIN
    for token in ids:
        if token or last:
            merged.append(token)
        last = token
    return merged, (1 << (len(ids) - len(merged)).bit_length()) - 1


def position_bits(template: Sequence[int]) -> dict[int, int]:
    """Return, for each token of a template, the positions where it stands, as the bits of one number."""
    bits: dict[int, int] = {}
    for position, token in enumerate(template):
        bits[token] = bits.get(token, 0) | (1 << position)
    return bits


def lcs_length(bits: Mapping[int, int], length: int, ids: Iterable[int]) -> int:
    """Return the length of the longest common subsequence of a template, as `position_bits`, and token ids.

    Bit-parallel (Hyyrö 2004): one step of whole-number arithmetic a token, whatever the template's length.
    """
    row = full = (1 << length) - 1
    for found in map(bits.get, ids):
        if found:
            taken = row & found
            row = ((row + taken) | (row - taken)) & full
    return length - row.bit_count()


def longest_common_subsequence(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Return a longest common subsequence; what both begin and end with is in it as it is."""
    least = min(len(one), len(other))
    start = 0
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    middle = _middle_subsequence(one[start : len(one) - end], other[start : len(other) - end])
    return [*one[:start], *middle, *one[len(one) - end :]]


def _middle_subsequence(template: Sequence[int], ids: Sequence[int]) -> list[int]:
    """Walk the rows of `lcs_length` back from the end."""
    if not template or not ids:
        return []
    bits = position_bits(template)
    row = full = (1 << len(template)) - 1
    rows = []
    for token in ids:
        taken = row & bits.get(token, 0)
        row = ((row + taken) | (row - taken)) & full
        rows.append(row)
    common: list[int] = []
    position, step = len(template) - 1, len(ids) - 1
    while position >= 0 and step >= 0:
        if rows[step] >> position & 1:
            position -= 1
        elif step and not rows[step - 1] >> position & 1:
            step -= 1
        else:
            common.append(template[position])
            position, step = position - 1, step - 1
    return common[::-1]
