"""Versions of a tool from Python: listed, compared, gone back to; with real workers."""

import pytest

from latm_magic.errors import TaskError


def test_versions_when_listed_are_tools_oldest_first(two_versions):
    """Each version can be looked at, and called."""
    one, two = two_versions.versions("sort_words")
    assert (one.version, two.version) == (1, 2)
    assert (one(["a", "B"]), two(["a", "B"])) == (["B", "a"], ["a", "B"])


def test_a_difference_when_shown_has_source_and_samples(two_versions):
    """A unified diff of the sources, and the samples that only one has."""
    lines = two_versions.diff("sort_words").splitlines()
    assert lines[:2] == ["--- sort_words, version 1", "+++ sort_words, version 2"]
    assert "-    return sorted(words)" in lines
    assert "+    return sorted(words, key=str.lower)" in lines
    assert lines[-3:] == [
        "--- samples of sort_words, version 1",
        "+++ samples of sort_words, version 2",
        '+right: "Sort: a B" => "a B"',
    ]


def test_a_difference_when_versions_are_named_goes_either_way(two_versions):
    """Any two versions can be compared; the same one with itself differs in nothing."""
    assert '-right: "Sort: a B" => "a B"' in two_versions.diff("sort_words", 2, 1)
    assert two_versions.diff("sort_words", 1) == two_versions.diff("sort_words", 1, 2)
    assert two_versions.diff("sort_words", 2, 2) == ""
    two_versions.rollback("sort_words", 1)
    assert two_versions.diff("sort_words") == two_versions.diff("sort_words", 2, 1)


def test_a_tool_when_rolled_back_answers_as_it_did(two_versions):
    """Going back changes the current version alone; the newer one stays and can be gone to again."""
    assert two_versions.solve("Sort: c D")[0].text == "c D"
    tool = two_versions.rollback("sort_words", 1)
    assert (tool.version, two_versions.tool("sort_words").version) == (1, 1)
    assert [(a.text, a.version) for a in two_versions.solve(["Sort: c D"])] == [("D c", 1)]
    assert two_versions.rollback("sort_words", 2).version == 2
    assert two_versions.solve("Sort: c D")[0].text == "c D"


def test_a_tool_when_it_has_one_version_has_no_difference(session):
    """There is nothing to compare, unless you name a version."""
    with pytest.raises(TaskError, match="one version only"):
        session.diff("sort_words")
    assert session.diff("sort_words", 1) == ""
