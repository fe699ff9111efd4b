"""Answers of models are kept, and count while their tool version is the current one."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import StoredAnswer


@pytest.fixture
def tool(cache):
    """Return a tool in the cache."""
    return cache.tools.keep(sample_tool())


def answer_of(tool, question="q", text="answer", **changes):
    """Return an answer that a tool gave, changed as asked."""
    stored = StoredAnswer(
        question, tool.name, tool.version, tool.fingerprint, text, "user", confirmed=False, created="2026-01-02"
    )
    return replace(stored, **changes)


def direct(question="q", text="direct", **changes):
    """Return an answer without a tool, changed as asked."""
    return replace(
        StoredAnswer(question, None, None, "", text, "direct", confirmed=False, created="2026-01-02"), **changes
    )


def test_an_answer_is_given_back_as_it_was_kept(cache, tool):
    """All its fields come back, for exactly this question."""
    cache.answers.keep([answer_of(tool)])
    cache.answers.keep([direct("other", confirmed=True)])
    assert cache.answers.find_one("q") == answer_of(tool)
    assert cache.answers.find_one("other") == direct("other", confirmed=True)
    assert cache.answers.find_one("q ") is None


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "\ud83d\ude00", "{} $x", "שלום", "x" * 1_000_000])
def test_any_text_survives(cache, tool, text):
    """Questions and answers may be any text."""
    cache.answers.keep([answer_of(tool, text, text, created=text)])
    assert cache.answers.find_one(text) == answer_of(tool, text, text, created=text)


def test_an_answer_does_not_outlive_its_version(cache, tool):
    """A newer version has no answers yet; going back brings the older one's back."""
    cache.answers.keep([answer_of(tool)])
    newer = cache.tools.keep(sample_tool(doc="Newer."))
    assert cache.answers.find_one("q") is None
    cache.answers.keep([answer_of(newer, text="newer")])
    assert cache.answers.find_one("q").text == "newer"
    cache.tools.set_current("sort_words", 1)
    assert cache.answers.find_one("q").text == "answer"


def test_an_answer_does_not_outlive_its_tool(cache, tool):
    """A tool of the same name and number that was made anew does not inherit answers, nor gets late ones."""
    cache.answers.keep([answer_of(tool)])
    cache.tools.drop("sort_words")
    assert cache.answers.find_one("q") is None
    cache.tools.keep(sample_tool(description="Other."))
    cache.answers.keep([answer_of(tool)])
    assert cache.answers.find_one("q") is None


def test_an_answer_of_an_unknown_tool_is_not_kept(cache, tool, edit):
    """What a tool that is not in the cache answered is left out, the rest is kept."""
    cache.answers.keep([replace(answer_of(tool), tool="\ud800"), answer_of(tool, version=7), answer_of(tool, "kept")])
    assert edit("SELECT question FROM answer") == [(b"kept",)]


def test_a_later_answer_takes_the_place_of_the_earlier(cache, tool, edit):
    """The same version's answer to the same question is kept once."""
    cache.answers.keep([answer_of(tool)])
    cache.answers.keep([answer_of(tool, text="later")])
    cache.answers.keep([direct(), direct(text="later")])
    assert edit("SELECT COUNT(*) FROM answer") == [(2,)]


def test_of_several_answers_a_confirmed_one_comes_first_then_the_newest(cache, tool):
    """A direct answer that you confirmed is not overruled by a newer one."""
    cache.answers.keep([direct(confirmed=True), answer_of(tool)])
    assert cache.answers.find_one("q").text == "direct"
    cache.answers.keep([direct()])
    assert cache.answers.find_one("q").text == "direct"
    cache.answers.keep([answer_of(tool)])
    assert cache.answers.find_one("q").text == "answer"


def test_many_questions_are_asked_at_once(cache, tool):
    """Answers come by question, whatever their number, each question once."""
    kept = [answer_of(tool, f"q{number}", str(number)) for number in range(1500)]
    cache.answers.keep(kept)
    found = cache.answers.find(["none", *(answer.question for answer in kept), "q0"])
    assert found == {answer.question: answer for answer in kept}


def test_no_questions_and_no_answers_are_no_work(cache, folder):
    """Nothing asked gives nothing; nothing to keep makes no file."""
    assert cache.answers.find([]) == {}
    cache.answers.keep([])
    assert not folder.exists()


def test_an_answer_of_another_machine_does_not_count(cache, tool, folder, tmp_path):
    """What came with a copied cache is not given as an answer."""
    cache.answers.keep([answer_of(tool), direct("other")])
    cache.close()
    shutil.copytree(folder, tmp_path / "clone")
    with Cache(tmp_path / "clone", tmp_path / "other home") as clone:
        assert clone.answers.find(["q", "other"]) == {}
        clone.answers.keep([answer_of(tool, text="mine")])
        assert clone.answers.find_one("q").text == "mine"


@pytest.mark.parametrize(
    "change",
    ["text = 'evil'", "confirmed = 1", "way = 'direct'", "question = 'p'", "text = 5", "seal = 'x'", "seal = ''"],
)
def test_an_answer_that_was_edited_does_not_count(cache, tool, edit, change):
    """A seal covers every field, so a changed row is passed over."""
    cache.answers.keep([answer_of(tool)])
    edit(f"UPDATE answer SET {change}")
    assert cache.answers.find_one("q") is None


def test_an_answer_of_a_newer_version_does_not_count(cache, tool):
    """A way of answering that this version does not know is passed over; other answers count, to that question too."""
    cache.answers.keep([direct(), direct("other")])
    cache.answers.keep([answer_of(tool, way="by a flow")])
    assert cache.answers.find(["q", "other"]) == {"q": direct(), "other": direct("other")}
