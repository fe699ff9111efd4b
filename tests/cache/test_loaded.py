"""The tools that a session holds in memory are those of the cache."""

from __future__ import annotations

import pytest
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache, LoadedTools
from latm_magic.cache.records import StoredAnswer
from latm_magic.environment import home_folder


@pytest.fixture
def loaded(cache):
    """Return the tools in memory of a cache that does not exist yet."""
    return LoadedTools(cache)


def test_tools_are_read_once_until_some_kernel_changes_one(cache, loaded, folder):
    """The same records are given until a tool is added, here or by another kernel."""
    assert loaded.tools() == ()
    cache.tools.keep(sample_tool())
    first = loaded.tools()
    assert loaded.tools() is first
    with Cache(folder, home_folder()) as other:
        newer = other.tools.keep(sample_tool(doc="Newer.", description="Newer."))
    assert loaded.tools() == (newer,)


def test_a_change_that_concerns_no_tool_reads_no_tool(cache, loaded):
    """Keeping an answer or a question leaves the tools in memory as they are."""
    cache.tools.keep(sample_tool())
    first = loaded.tools()
    cache.feedback.keep_pending(["q"])
    assert loaded.tools() is first


def test_trust_is_asked_of_the_cache_once_and_again_when_told_to_forget(cache, loaded, edit):
    """A verdict is remembered until everything is forgotten."""
    tool = cache.tools.keep(sample_tool())
    assert loaded.is_trusted(tool)
    edit("UPDATE tool_body SET seal = x''")
    assert loaded.is_trusted(tool)
    loaded.forget()
    assert not loaded.is_trusted(tool)
    assert loaded.tools() == (tool,)


def test_what_a_solve_begins_with_follows_every_kernel(cache, loaded, folder):
    """A mark, an answer and a tool that another kernel keeps are known at the next look; until then nothing is read."""
    tool = cache.tools.keep(sample_tool())
    first = loaded.now()
    assert (first.tools, first.suspects, first.has_answers) == ((tool,), {}, False)
    assert loaded.now() is first
    with Cache(folder, home_folder()) as other:
        other.tools.mark_suspect("sort_words", 1, "doubtful")
        assert loaded.now().suspects == {"sort_words": "doubtful"}
        other.answers.keep([StoredAnswer("q", None, None, "", "text", "direct", confirmed=True, created="")])
        assert loaded.now().has_answers
        other.tools.unmark_suspect("sort_words")
    assert not loaded.now().suspects
    assert loaded.now().tools is first.tools
