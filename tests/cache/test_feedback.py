"""What tools may learn from is kept with them, and given back only where it was kept on this machine."""

from __future__ import annotations

import shutil

import pytest
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import Audit, ConfirmedRoute, Correction, Refusal
from latm_magic.environment import home_folder
from latm_magic.errors import CacheError

ODD = "\0 \ud800 {} שלום " + "x" * 1000


@pytest.fixture(autouse=True)
def tool(cache):
    """Return a tool in the cache."""
    return cache.tools.keep(sample_tool())


def test_refusals_are_kept_by_tool_each_question_once(cache):
    """Refusals come oldest first, with the last version that refused, and go when a tool has learned from them."""
    cache.feedback.keep_refusals([Refusal("sort_words", 1, "one")])
    cache.feedback.keep_refusals(
        [Refusal("sort_words", 1, ODD), Refusal("sort_words", 2, "one"), Refusal("unknown", 1, "q")]
    )
    assert cache.feedback.refusals("sort_words") == (Refusal("sort_words", 1, ODD), Refusal("sort_words", 2, "one"))
    assert cache.feedback.refusals("unknown") == ()
    cache.feedback.drop_refusals("sort_words", [ODD, "never kept"])
    assert [refusal.question for refusal in cache.feedback.refusals("sort_words")] == ["one"]


def test_corrections_are_kept_by_tool_each_question_once(cache):
    """The last correction of a question counts."""
    cache.feedback.keep_corrections([Correction("sort_words", 1, "one", "first", "got")])
    cache.feedback.keep_corrections([Correction("sort_words", 1, ODD, ODD, ODD)])
    cache.feedback.keep_corrections([Correction("sort_words", 2, "one", "wanted", "got")])
    cache.feedback.keep_corrections([Correction("unknown", 1, "one", "wanted", "got")])
    wanted = Correction("sort_words", 1, ODD, ODD, ODD), Correction("sort_words", 2, "one", "wanted", "got")
    assert cache.feedback.corrections("sort_words") == wanted
    cache.feedback.drop_corrections("sort_words", ["one"])
    assert cache.feedback.corrections("sort_words") == wanted[:1]


def test_a_question_belongs_to_the_tool_that_was_last_decided(cache):
    """Decisions are kept one a question, for tools that exist."""
    cache.tools.keep(sample_tool("zebra"))
    cache.routes.keep([ConfirmedRoute(tool="sort_words", question="one", by="parser")])
    cache.routes.keep(
        [
            ConfirmedRoute(tool="sort_words", question=ODD, by="model"),
            ConfirmedRoute(tool="zebra", question="one", by="you"),
        ]
    )
    cache.routes.keep([ConfirmedRoute(tool="unknown", question="two", by="you")])
    assert cache.routes.confirmed() == (
        ConfirmedRoute(tool="sort_words", question=ODD, by="model"),
        ConfirmedRoute(tool="zebra", question="one", by="you"),
    )


def test_pending_questions_are_kept_once_until_dropped(cache):
    """A question that nothing fits is listed once, at the place where it first came."""
    cache.feedback.keep_pending(["one", ODD, "one"])
    cache.feedback.keep_pending(["two", "one"])
    assert cache.feedback.pending() == ("one", ODD, "two")
    cache.feedback.drop_pending([ODD, "never kept"])
    assert cache.feedback.pending() == ("one", "two")


def test_audits_are_kept_by_tool(cache):
    """Every check is kept, agreed or not."""
    audits = [
        Audit("sort_words", 1, ODD, agreed=True, tool_text="a", model_text="a"),
        Audit("sort_words", 1, "q", agreed=False, tool_text="a", model_text=ODD),
    ]
    cache.feedback.keep_audits([*audits, Audit("unknown", 1, "q", agreed=True, tool_text="", model_text="")])
    assert cache.feedback.audits("sort_words") == tuple(audits)
    assert cache.feedback.audits("unknown") == ()


def test_a_mark_belongs_to_a_version(cache):
    """A suspect version is listed while it is the current one, until the mark is taken away."""
    cache.tools.mark_suspect("sort_words", 1, "first reason")
    cache.tools.mark_suspect("sort_words", 1, ODD)
    cache.tools.mark_suspect("sort_words", 9, "no such version")
    assert cache.tools.suspects() == {"sort_words": ODD}
    cache.tools.keep(sample_tool(doc="Newer."))
    assert cache.tools.suspects() == {}
    cache.tools.set_current("sort_words", 1)
    cache.tools.unmark_suspect("sort_words")
    assert cache.tools.suspects() == {}


def test_the_router_is_given_back_as_it_was_saved(cache):
    """The last saved bytes count."""
    assert cache.routes.router_state() is None
    cache.routes.keep_router_state(b"first")
    cache.routes.keep_router_state(b"\0\xff" * 500_000)
    assert cache.routes.router_state() == b"\0\xff" * 500_000


def test_nothing_to_keep_or_to_drop_makes_no_file(tmp_path):
    """Reading and dropping from a cache that does not exist finds nothing and makes nothing."""
    with Cache(tmp_path / "absent", home_folder()) as cache:
        cache.feedback.keep_pending([])
        cache.feedback.keep_refusals([])
        cache.feedback.drop_pending(["q"])
        cache.feedback.drop_refusals("sort_words", ["q"])
        cache.tools.unmark_suspect("sort_words")
        assert (
            cache.feedback.pending(),
            cache.routes.confirmed(),
            cache.tools.suspects(),
            cache.routes.router_state(),
        ) == ((), (), {}, None)
        assert (cache.feedback.refusals("a"), cache.feedback.corrections("a"), cache.feedback.audits("a")) == (
            (),
            (),
            (),
        )
    assert not (tmp_path / "absent").exists()


def _learn(cache):
    cache.feedback.keep_refusals([Refusal("sort_words", 1, "q")])
    cache.feedback.keep_corrections([Correction("sort_words", 1, "q", "wanted", "got")])
    cache.routes.keep([ConfirmedRoute(tool="sort_words", question="q", by="you")])
    cache.routes.keep_router_state(b"router")


def _learned(cache):
    return [
        cache.feedback.refusals("sort_words"),
        cache.feedback.corrections("sort_words"),
        cache.routes.confirmed(),
        cache.routes.router_state(),
    ]


def test_what_another_machine_learned_is_passed_over(cache, folder, tmp_path):
    """A copied cache cannot teach the tools and the router of this machine anything; it can be learned anew."""
    _learn(cache)
    cache.close()
    shutil.copytree(folder, tmp_path / "clone")
    with Cache(tmp_path / "clone", tmp_path / "other home") as clone:
        assert not any(_learned(clone))
        _learn(clone)
        assert all(_learned(clone))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE refusal SET question = 'evil'",
        "UPDATE correction SET wanted = 'evil'",
        "UPDATE decision SET by = 'model'",
        "UPDATE router SET content = x'80'",
    ],
)
def test_what_was_edited_is_passed_over(cache, edit, statement):
    """A lesson whose row was changed by another hand is not given back."""
    _learn(cache)
    edit(statement)
    assert sum(not lesson for lesson in _learned(cache)) == 1


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE pending SET question = 5", lambda cache: cache.feedback.pending()),
        ("UPDATE pending SET question = x'ff'", lambda cache: cache.feedback.pending()),
        ("UPDATE audit SET question = 5", lambda cache: cache.feedback.audits("sort_words")),
        ("UPDATE audit SET version = 1.5", lambda cache: cache.feedback.audits("sort_words")),
        ("UPDATE mark SET reason = 1", lambda cache: cache.tools.suspects()),
    ],
)
def test_what_is_not_sealed_is_checked_when_read(cache, edit, statement, read):
    """A value of the wrong kind is an error that says what to do."""
    cache.feedback.keep_pending(["q"])
    cache.feedback.keep_audits([Audit("sort_words", 1, "q", agreed=True, tool_text="", model_text="")])
    cache.tools.mark_suspect("sort_words", 1, "reason")
    edit(statement)
    with pytest.raises(CacheError, match=r"is damaged \(.*move the file away, or set cache_dir"):
        read(cache)
