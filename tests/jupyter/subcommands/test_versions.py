"""`%latm versions`, diff, rollback and grow, through a real shell."""

import pytest
from cells import MODULE, NO_CASE, examples, fenced

from latm_magic.cache.records import Refusal

WIDE = MODULE.replace('question.partition("List: ")', 'question.replace("Words: ", "List: ").partition("List: ")')


@pytest.fixture
def twice(sorting):
    """Return a notebook whose tool has two versions."""
    pairs = [*examples(), ("Sort. List: a B", "a B")]
    sorting.session.add("sort_words", NO_CASE, pairs, description="Sort the words.")
    return sorting


def test_versions_when_listed_shows_which_is_current(twice):
    """Number, verification, who made it, and a suspect's reason."""
    shown = twice.printed("%latm versions sort_words")
    (first, second) = shown.strip().splitlines()[-2:]
    assert [first.split()[:3], second.split()[:4]] == [["1", "6/6", "you"], ["2", "current", "7/7", "you"]]
    twice.session.cache.tools.mark_suspect("sort_words", 2, "3 of its 5 checked answers agree")
    assert "Version 2 is suspect: 3 of its 5" in twice.printed("%latm versions sort_words")


def test_diff_when_shown_is_a_unified_diff(twice):
    """The last step without numbers, any two with them."""
    shown = twice.printed("%latm diff sort_words")
    assert "+    return sorted(words, key=str.lower)" in shown
    assert "-    return sorted(words, key=str.lower)" in twice.printed("%latm diff sort_words 2 1")
    assert "are the same" in twice.printed("%latm diff sort_words 1 1")


def test_rollback_when_run_changes_the_function_in_the_notebook(twice):
    """The function follows; a variable that is not a tool stays."""
    assert "at version 2 now" in twice.printed("%latm rollback sort_words 2")
    assert twice["sort_words"].version == 2
    twice["sort_words"] = 3
    twice.run("%latm rollback sort_words 1")
    assert twice["sort_words"] == 3


def test_grow_when_refused_questions_are_kept_shows_coverage(sorting):
    """The line that stays says how much is accepted before and after."""
    sorting.script(fenced(WIDE))
    sorting.session.cache.feedback.keep_refusals([Refusal("sort_words", 1, "Sort. Words: q p")])
    assert "it accepts 100.0% of the known questions, 85.7% before" in sorting.printed("%latm grow sort_words")


def test_rename_and_undo_when_run_move_the_notebooks_variable(twice):
    """The function follows its name there and back; a dropped one comes back."""
    assert "is called in_order now" in twice.printed("%latm rename sort_words in_order")
    assert twice["in_order"].name == "in_order"
    assert "sort_words" not in twice
    assert "is called sort_words again" in twice.printed("%latm undo")
    assert "in_order" not in twice
    twice.run("%latm rollback sort_words\n%latm drop sort_words")
    assert "sort_words" not in twice
    assert "at version 1" in twice.printed("%latm undo")
    assert twice["sort_words"].version == 1
    assert "at version 2 again" in twice.printed("%latm undo")
    twice["mine"] = 5
    assert "variable of yours" in twice.fail("%latm rename sort_words mine")
