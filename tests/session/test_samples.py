"""One example of a tool added or removed, from Python and with magics; no model is asked."""

import pytest

from latm_magic.errors import TaskError


def test_an_example_when_the_tool_passes_it_is_a_sample_of_the_next_version(session):
    """The same module, verified on all of them."""
    before = session.tool("sort_words")
    added = session.add_example("sort_words", "Sort: z x y", "x y z")
    assert (added.correction, added.tool.version) == (None, 2)
    assert added.tool.source == before.source
    assert session.samples("sort_words")[-1].question == "Sort: z x y"
    with pytest.raises(TaskError, match="already"):
        session.add_example("sort_words", "Sort: z x y", "other")
    assert session.undo().tool == "sort_words"
    assert session.tool("sort_words").version == 1


def test_an_example_when_the_tool_fails_it_becomes_a_correction(session):
    """Grow learns it; the version stays."""
    added = session.add_example("sort_words", "Sort: z x y", "z y x")
    assert added.correction.is_correction
    assert session.tool("sort_words").version == 1
    assert [each.wanted for each in session.corrections("sort_words")] == ["z y x"]


def test_an_example_when_removed_is_gone_from_the_next_version(session):
    """By the number that the list shows; a wrong number is said to be one."""
    with pytest.raises(TaskError, match="at least three"):
        session.remove_example("sort_words", 1)
    session.add_example("sort_words", "Sort: z x y", "x y z")
    first, *others = session.samples("sort_words")
    assert session.remove_example("sort_words", 1).version == 3
    assert first not in session.samples("sort_words")
    assert {each.question for each in session.samples("sort_words")} == {each.question for each in others}
    with pytest.raises(TaskError, match="No example 99"):
        session.remove_example("sort_words", 99)


def test_a_cell_with_one_example_more_than_the_tool_has_asks_no_model(session):
    """All its examples stand there again, as in the cell that made it: the current version is tried on them first."""
    known = session.tool("sort_words")
    pairs = [(sample.question, sample.answer) for sample in known.record.samples]
    tool = session.make("sort_words", known.description, [*pairs, ("Sort: z x y", "x y z")])
    assert (tool.version, tool.source, tool.verification.right) == (2, known.source, len(pairs) + 1)
