"""Everyday changes from Python: a tool renamed, and the last step undone, also after a restart; with real workers."""

import pytest
from sorting import EXAMPLES, SORTING

from latm_magic.cache.records import Audit, ConfirmedRoute, Refusal
from latm_magic.errors import TaskError, ToolNotFound

CORRECTED = ("Sort: z y", "z y")


@pytest.fixture
def busy(two_versions):
    """Return a session whose tool has two versions, a correction, a refusal, a route and a mark."""
    session = two_versions
    session.correct(*CORRECTED, tool="sort_words")
    session.cache.feedback.keep_refusals([Refusal("sort_words", 2, "odd")])
    session.cache.feedback.keep_audits([Audit("sort_words", 2, "Sort: a", agreed=True, tool_text="a", model_text="a")])
    session.cache.routes.keep([ConfirmedRoute(tool="sort_words", question="Sort: q", by="you")])
    session.cache.tools.mark_suspect("sort_words", 2, "for a test")
    return session


def everything(session, name):
    """Return all that is kept of a tool, whatever its name."""
    cache = session.cache
    return (
        [(tool.version, tool.source, session.cache.tools.is_trusted(tool.record)) for tool in session.versions(name)],
        session.tool(name).version,
        [(each.question, each.wanted) for each in session.corrections(name)],
        [each.question for each in cache.feedback.refusals(name)],
        [each.question for each in cache.feedback.audits(name)],
        sorted(each.question for each in cache.routes.confirmed() if each.tool == name),
        [(each.question, each.text) for each in cache.answers.of(name)],
        cache.tools.suspects().get(name),
        session.solve([CORRECTED[0], "Sort: b a"]).texts,
    )


def test_a_tool_when_renamed_keeps_all_that_it_has(busy):
    """Versions, answers, corrections, refusals, audits, routes and its mark; it works, and grows, as before."""
    before = everything(busy, "sort_words")
    tool = busy.rename("sort_words", "in_order")
    assert (tool.name, tool(["b", "a"])) == ("in_order", ["a", "b"])
    assert everything(busy, "in_order") == before
    with pytest.raises(ToolNotFound):
        busy.tool("sort_words")
    assert busy.verify("in_order").passed
    assert busy.undo().tool == "sort_words"
    assert everything(busy, "sort_words")[:-2] == before[:-2]
    assert busy.cache.tools.suspects() == {}  # it was verified again


@pytest.mark.parametrize(("new", "says"), [("sort_words", "already"), ("2x", "cannot name"), ("class", "keyword")])
def test_a_tool_when_renamed_to_what_cannot_be_stays(session, new, says):
    """The name is checked before anything changes."""
    with pytest.raises(TaskError, match=says):
        session.rename("sort_words", new)
    assert session.tool("sort_words").version == 1


def test_a_drop_when_undone_brings_all_back_also_after_a_restart(busy, open_session):
    """With the seals: what was trusted is."""
    before = everything(busy, "sort_words")
    busy.drop("sort_words")
    busy.close()
    again = open_session()
    assert again.tools() == ()
    assert again.undo().told == "sort_words is back, at version 2, with all its versions and answers."
    assert everything(again, "sort_words") == before


def test_a_drop_when_another_has_followed_is_kept_no_longer(session):
    """Of dropped tools, the last one can be brought back."""
    session.add("other", SORTING["sort_words"][0].replace("sort_words", "other"), EXAMPLES)
    session.drop("sort_words")
    session.drop("other")
    assert session.undo().tool == "other"
    with pytest.raises(TaskError, match="Nothing to undo"):
        session.undo()


def test_a_drop_when_the_name_was_taken_since_brings_it_back_beside_the_new_one(session):
    """Nothing is overwritten, and nothing is lost."""
    session.drop("sort_words")
    session.add("sort_words", SORTING["sort_words"][0], EXAMPLES)
    assert session.undo().told.endswith("The one that was made since is called sort_words_2 now.")
    assert [tool.name for tool in session.tools()] == ["sort_words", "sort_words_2"]


def test_a_correction_when_undone_is_as_if_it_was_never_said(session):
    """What counted before counts again: an earlier correction of the same question too."""
    session.correct("Sort: z y", "first", tool="sort_words")
    session.correct("Sort: z y", "second", tool="sort_words")
    assert session.solve("Sort: z y")[0].text == "second"
    assert "Sort: z y" in session.undo().told
    assert [each.wanted for each in session.corrections("sort_words")] == ["first"]
    assert session.solve("Sort: z y")[0].text == "first"
    session.undo()
    assert session.corrections("sort_words") == ()
    assert session.solve("Sort: z y")[0].text == "y z"


def test_a_version_when_it_replaced_another_is_undone_one_step_at_a_time(two_versions):
    """A rollback first, then the version that replaced the one before."""
    assert two_versions.rollback("sort_words").version == 1
    with pytest.raises(TaskError, match="first version"):
        two_versions.rollback("sort_words")
    assert two_versions.undo().told == "sort_words is at version 2 again; version 1 is kept."
    assert two_versions.undo().told == "sort_words is at version 1 again; version 2 is kept."
    assert two_versions.tool("sort_words").version == 1


def test_a_shared_tool_is_answered_by_every_method(open_session, tmp_path):
    """What only looks takes it; what would change it says in one line what it is."""
    theirs = open_session("theirs", tools=SORTING)
    theirs.export(tmp_path / "shared.ipynb")
    session = open_session("mine", tool_paths=[str(tmp_path / "shared.ipynb")])
    assert [tool.version for tool in session.versions("sort_words")] == [0]
    assert session.verify("sort_words").passed
    assert session.export(tmp_path / "again.ipynb", "sort_words").tools == ("sort_words",)
    assert len(session.samples("sort_words")) == len(EXAMPLES)
    for call in (
        lambda: session.diff("sort_words"),
        lambda: session.drop("sort_words"),
        lambda: session.rollback("sort_words"),
        lambda: session.rename("sort_words", "other"),
        lambda: session.remove_example("sort_words", 1),
    ):
        with pytest.raises(TaskError, match="is shared"):
            call()
