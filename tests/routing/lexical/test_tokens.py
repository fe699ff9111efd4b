"""How questions are tokenized, and what two have in common."""

import random

from latm_magic.routing.lexical.tokens import (
    Lexicon,
    lcs_length,
    longest_common_subsequence,
    merge_unknown,
    position_bits,
    tokenize,
)


def test_masking_drops_case_spacing_and_numbers():
    """What changes from instance to instance is masked; what a wording repeats is kept."""
    assert tokenize("Sort  12 Words: (A) x's,\n3.5") == [
        "sort",
        "0",
        "words",
        ":",
        "(a)",
        "x's",
        ",",
        "\n",
        "0",
        ".",
        "0",
    ]
    lexicon = Lexicon(["sort", ":"])
    assert merge_unknown(lexicon.ids("sort: one two three"))[0] == merge_unknown(lexicon.ids("Sort : four"))[0]
    assert Lexicon(lexicon.added()) == lexicon


def test_common_subsequences_are_longest():
    """The bit-parallel length and sequence agree with the textbook table."""
    draw = random.Random(24)
    for _ in range(300):
        one = draw.choices(range(1, 5), k=draw.randint(0, 12))
        other = draw.choices(range(1, 5), k=draw.randint(0, 12))
        table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
        for i, left in enumerate(one):
            for j, right in enumerate(other):
                table[i + 1][j + 1] = table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
        common = longest_common_subsequence(one, other)
        assert len(common) == lcs_length(position_bits(one), len(one), other) == table[-1][-1]
        for whole in (one, other):
            rest = iter(whole)
            assert all(number in rest for number in common)
