"""The ways in which answers come, and what the rest of the package reads of them."""

from typing import get_args

from latm_magic.answer import WAYS, Answer, Answers, Way


def test_the_table_holds_every_way():
    """A way without an entry, or an entry without a way, cannot be."""
    assert set(WAYS) == set(get_args(Way))


def test_the_totals_name_every_way_in_the_order_of_the_table():
    """The line of totals counts each way in its own words."""
    answers = Answers.of([Answer("q", way) for way in reversed(WAYS)])
    assert answers.summary == (
        "1 by parser, 1 from the cache, 1 by dispatcher model, 1 by user model, 1 direct, 1 unknown, 1 not asked, 1 failed; 0 USD"
    )
    assert [answer.answered for answer in answers] == [WAYS[way].is_answer for way in answers.ways]
