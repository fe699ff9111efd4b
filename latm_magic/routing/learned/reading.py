"""A question as numbers for a network: ids of its masked tokens in order, and of its tokens and pairs as a set.

Tokens are the lexical router's: case, spacing and the value of every number are masked. An id is the token's checksum,
so that there is no vocabulary to keep: what is learned of one token is at times learned of another too. 0 fills up.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from latm_magic.routing.lexical.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

BUCKETS = 8192
"""How many ids there are."""

HEAD, TAIL = 48, 16
"""Tokens that are read: an instruction stands at either end of a question."""

_BEGIN = 1
_STRIDE = 31_337


@lru_cache(maxsize=50_000)
def _id_of(token: str) -> int:
    return 2 + crc32(token.encode("utf-8", "replace")) % (BUCKETS - 2)


def sequence_of(question: str) -> tuple[int, ...]:
    """Return ids in order; at least one, whatever the text."""
    tokens = tokenize(question)
    read = tokens if len(tokens) <= HEAD + TAIL else tokens[:HEAD] + tokens[-TAIL:]
    return (_BEGIN, *map(_id_of, read))


def bag_of(sequence: Sequence[int]) -> list[int]:
    """Return the ids of a sequence and of each two that stand together, each once."""
    pairs = [2 + (first * _STRIDE + second) % (BUCKETS - 2) for first, second in pairwise(sequence)]
    return list(dict.fromkeys([*sequence, *pairs]))
