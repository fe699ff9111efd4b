"""`%latm correct` and confirm, through a real shell."""

from cells import NO_CASE, fenced


def test_correct_and_grow_when_run_make_a_next_version(sorting):
    """What you say is right is learned; the function in the notebook is the next version."""
    sorting.script(fenced(NO_CASE))
    sorting["answers"] = sorting.run('%latm_solve "Sort. List: a B"')
    shown = sorting.printed('%latm correct answers[0] "a B"')
    assert "B a" in shown
    assert "%latm grow sort_words" in shown
    tool = sorting.run("%latm grow sort_words")
    assert (tool.version, sorting["sort_words"].version) == (2, 2)
    assert sorting.run('%latm_solve "Sort. List: c D"')[0].text == "c D"


def test_correct_when_no_tool_answers_says_what_comes_of_it(sorting):
    """The answer is kept, and a tool learns it where it is named."""
    shown = sorting.printed('%latm correct "nobody knows" "this"')
    assert "--tool NAME" in shown
    assert "%latm grow sort_words" in sorting.printed('%latm correct "nobody knows" "this" --tool sort_words')


def test_confirm_when_run_says_that_answers_are_right(sorting):
    """A question, or answers that are in a variable."""
    assert "a b" in sorting.printed('%latm confirm "Sort. List: b a"')
    assert sorting.session.cache.answers.find_one("Sort. List: b a").confirmed


def test_corrections_are_listed_and_withdrawn(sorting):
    sorting.run('%latm correct "Sort. List: a B" "a B"')
    shown = sorting.printed("%latm corrections sort_words")
    assert "a B" in shown
    assert "%latm withdraw" in shown
    assert "no longer counts" in sorting.printed('%latm withdraw "Sort. List: a B" --tool sort_words')
    assert "nothing to learn from" in sorting.printed("%latm corrections sort_words")
