"""Records of kinds that come later: kept with their versions, sealed, and told when a newer version wrote them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Literal

import pytest

from latm_magic.cache.cache import Cache
from latm_magic.errors import CacheError

ODD = "{x} \0 $y '=>' --- שלום \ud800 \r\n"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a made-up trace."""

    text: str
    outcome: Literal["done", "skipped"] = "done"


@dataclass(frozen=True, slots=True)
class Trace:
    """A made-up record."""

    question: str
    steps: tuple[Step, ...] = ()
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class NewerStep:
    """What a later version makes of a step."""

    text: str
    outcome: Literal["done", "skipped", "dreamt"] = "done"


@dataclass(frozen=True, slots=True)
class NewerTrace:
    """What a later version makes of a trace."""

    question: str
    steps: tuple[NewerStep, ...] = ()
    cost_usd: float | None = None
    mood: str = ""


FIRST = Trace(ODD, (Step(ODD), Step("b", "skipped")), 0.5)


def test_a_document_is_given_back_as_it_was_kept(cache):
    """Each keeping is the next version of its kind and name; the newest is found, and every older one."""
    assert cache.documents.keep("trace", ODD, FIRST, "2026-11-22") == 1
    assert cache.documents.keep("trace", ODD, Trace("q")) == 2
    assert cache.documents.keep("trace", "other", Trace("other")) == 1
    assert cache.documents.keep("flow", ODD, Step("another kind")) == 1
    cache.close()
    assert cache.documents.names("trace") == ("other", ODD)
    assert cache.documents.find("trace", ODD, Trace) == Trace("q")
    assert cache.documents.find("trace", ODD, Trace, 1) == FIRST
    assert cache.documents.find("trace", ODD, Trace, 10**30) is None
    assert cache.documents.versions("trace", ODD, Trace) == (FIRST, Trace("q"))
    assert cache.documents.find("flow", ODD, Step) == Step("another kind")


def test_what_is_not_there_is_not_found_and_not_dropped(cache, folder):
    """Neither reading nor dropping makes a cache."""
    cache.documents.drop("trace", "q")
    assert cache.documents.names("trace") == cache.documents.versions("trace", "q", Trace) == ()
    assert cache.documents.find("trace", "q", Trace) is None
    assert not folder.exists()


def test_a_dropped_document_is_gone_with_its_versions(cache):
    """The other names and kinds stay."""
    for kind, name in (("trace", "a"), ("trace", "a"), ("trace", "b"), ("flow", "a")):
        cache.documents.keep(kind, name, Trace(name))
    cache.documents.drop("trace", "a")
    assert (cache.documents.names("trace"), cache.documents.names("flow")) == (("b",), ("a",))


def test_a_document_that_cannot_be_kept_is_told(cache, folder):
    """A value of the wrong kind is refused with its place."""
    with pytest.raises(CacheError, match="The trace 'q' cannot be kept: question: 5 where text belongs"):
        cache.documents.keep("trace", "q", Trace(5))
    assert not folder.exists()


def test_a_document_of_another_machine_is_passed_over(cache, folder, tmp_path):
    """What came with a copied cache is not there."""
    cache.documents.keep("trace", "q", FIRST)
    cache.close()
    shutil.copytree(folder, tmp_path / "clone")
    with Cache(tmp_path / "clone", tmp_path / "other home") as clone:
        assert clone.documents.names("trace") == ()
        assert clone.documents.find("trace", "q", Trace) is None


@pytest.mark.parametrize(
    "change", ["kind = 'flow'", "name = x'61'", "version = 2", "content = x'7b7d'", "created = ''"]
)
def test_a_document_that_was_edited_is_passed_over(cache, edit, change):
    """The seal is over every column."""
    cache.documents.keep("trace", "q", FIRST, "2026-11-22")
    edit(f"UPDATE document SET {change}")
    assert cache.documents.names("trace") == cache.documents.names("flow") == ()


@pytest.mark.parametrize("record", [NewerTrace("q", mood="fine"), NewerTrace("q", (NewerStep("a", "dreamt"),))])
def test_a_document_of_a_newer_version_is_told_as_that(cache, record):
    """Where it uses a field or a word that is not known here the message says to upgrade; else it is read."""
    cache.documents.keep("trace", "q", record)
    with pytest.raises(
        CacheError, match=r"The trace 'q' in .* was made by a newer latm_magic .*pip install -U"
    ) as told:
        cache.documents.find("trace", "q", Trace)
    assert "\n" not in str(told.value)
    cache.documents.keep("trace", "q", NewerTrace("q", (NewerStep("a"),)))
    assert cache.documents.find("trace", "q", Trace) == Trace("q", (Step("a"),))
    assert cache.documents.find("trace", "q", NewerTrace, 1) == record
