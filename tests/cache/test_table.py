"""Records as rows: fields that later versions add need no new format, and older versions say so when they meet them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sample_tool import sample_tool

from latm_magic.cache.records import Audit, Refusal
from latm_magic.cache.table import RecordRows
from latm_magic.errors import CacheError


@dataclass(frozen=True, slots=True)
class NewerRefusal:
    """What a later version makes of a refusal."""

    tool: str
    version: int
    question: str
    why: str = ""
    steps: tuple[str, ...] = ()


@pytest.fixture
def newer(cache):
    """Return the rows of refusals as a later version has them."""
    cache.tools.keep(sample_tool())
    return RecordRows(cache._database, cache._seal, "refusal", NewerRefusal, "A refusal")


def test_a_field_that_a_later_version_adds_is_kept_without_a_column(newer):
    """What has a default stands in `more`, sealed with the rest."""
    kept = [NewerRefusal("sort_words", 1, "q"), NewerRefusal("sort_words", 1, "\ud800", "vague", ("a", "b"))]
    newer.keep(kept)
    assert newer.select() == tuple(kept)


def test_an_older_version_reads_what_does_not_use_it_and_tells_the_rest(cache, newer):
    """A record at its defaults is the same, seal included; else the message says to upgrade."""
    newer.keep([NewerRefusal("sort_words", 1, "q")])
    assert cache.feedback.refusals("sort_words") == (Refusal("sort_words", 1, "q"),)
    newer.keep([NewerRefusal("sort_words", 1, "q", why="vague")])
    with pytest.raises(
        CacheError, match=r"A refusal in .* was made by a newer latm_magic \(unknown key 'why'\): upgrade"
    ):
        cache.feedback.refusals("sort_words")


@pytest.mark.parametrize("more", [b"{}", b'{"why":"other"}', "", None])
def test_a_row_whose_later_fields_were_edited_is_passed_over(newer, edit, more):
    """The seal is over `more` too."""
    newer.keep([NewerRefusal("sort_words", 1, "q", why="vague")])
    edit("UPDATE refusal SET more = ?", more)
    assert newer.select() == ()


@pytest.mark.parametrize("more", [b"5", b"[]", b"{", b"\xff", 5, b'{"question":5}'])
def test_later_fields_that_are_not_sealed_are_checked_when_read(cache, edit, more):
    """What is no object of fields is damage, and none takes the place of a column."""
    cache.tools.keep(sample_tool())
    audit = Audit("sort_words", 1, "q", agreed=True, tool_text="a", model_text="b")
    cache.feedback.keep_audits([audit])
    edit("UPDATE audit SET more = ?", more)
    if more == b'{"question":5}':
        assert cache.feedback.audits("sort_words") == (audit,)
    else:
        with pytest.raises(CacheError, match="An audit in .* is damaged"):
            cache.feedback.audits("sort_words")
