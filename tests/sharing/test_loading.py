"""Loading notebooks: names that are taken, several notebooks at once, and what becomes of pending questions."""

from __future__ import annotations

import pytest
from cells import MODULE, examples
from shared_notebooks import edited, outcomes, with_source

from latm_magic.errors import NotebookError, TaskError

OTHER = MODULE.replace("sorted(words)", "sorted(words, key=str)")


@pytest.fixture
def clashing(exported, open_session):
    """Return a session that has another tool of the notebook's name."""
    there = open_session()
    there.add("sort_words", OTHER, examples(4), description="My own.")
    return there


def test_a_name_when_you_have_it_stays_yours(clashing, exported):
    """Nothing is replaced unasked, and what is other is shown."""
    (tool,) = clashing.load(exported).tools
    assert (tool.outcome, tool.version) == ("kept yours", None)
    assert "-# My own.\n+# Sort the words." in tool.difference
    assert "-    return sorted(words, key=str)\n+    return sorted(words)" in tool.difference
    assert "samples: 2 more, 0 fewer" in tool.difference
    assert clashing.tool("sort_words").description == "My own."


def test_a_difference_when_too_long_is_counted(clashing, exported):
    """Two modules of thousands of lines are not compared line by line."""
    edited(exported, with_source(MODULE + "# x\n" * 1_500))
    (tool,) = clashing.load(exported).tools
    assert tool.difference == "too long to compare: 15 lines here, 1,515 there"


def test_a_name_when_replaced_becomes_the_next_version(clashing, exported):
    """The notebook's tool is version 2 as it is, and yours stays in the cache."""
    assert outcomes(clashing.load(exported, clash="replace")) == [("sort_words", "admitted", 2)]
    assert [tool.description for tool in clashing.cache.tools.versions("sort_words")] == ["My own.", "Sort the words."]
    assert clashing.tool("sort_words").description == "Sort the words."


def test_a_name_when_renamed_stands_beside_yours(clashing, exported):
    """A free name is found, or yours is taken; the tool solves under it, and can be exported and loaded again."""
    assert outcomes(clashing.load(exported, clash="rename")) == [("sort_words_2", "admitted", 1)]
    loaded = clashing.load(exported, rename={"sort_words": "arrange"})
    assert outcomes(loaded) == [("arrange", "admitted", 1)]
    assert clashing.tool("arrange").record.function == "sort_words"
    assert clashing.solve(["List: b a"], tool="arrange")[0].text == "a b"
    assert clashing.tool("arrange")(words=["b", "a"]) == ["a", "b"]
    again = exported.with_name("again.ipynb")
    clashing.export(again, ["arrange"])
    clashing.drop("arrange")
    assert outcomes(clashing.load(again)) == [("arrange", "admitted", 1)]


def test_a_name_when_it_leaves_the_function_unknown_is_refused(here, open_session, tmp_path):
    """Of a module with two functions that nobody calls, the tool's own name is what tells them apart."""
    here.add("sort_words", MODULE + "\n\ndef other(x):\n    return x\n", examples(), description="Sort.", replace=True)
    here.export(tmp_path / "tools.ipynb")
    (tool,) = open_session().load(tmp_path / "tools.ipynb", rename={"sort_words": "arrange"}).tools
    assert tool.outcome == "refused"
    assert "rename it there" in tool.reason


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rename": {"sort_word": "x"}}, NotebookError, "Did you mean 'sort_words'"),
        ({"rename": {"sort_words": "a b"}}, TaskError, "cannot name a function"),
        ({"clash": "overwrite"}, NotebookError, "none of keep, replace and rename"),
    ],
)
def test_options_when_odd_are_errors_of_one_line(exported, open_session, options, error, words):
    """A misspelt name is no silence."""
    with pytest.raises(error, match=words) as caught:
        open_session().load(exported, **options)
    assert "\n" not in str(caught.value)


def test_a_tool_when_its_cache_came_from_elsewhere_is_not_known(here, exported, open_session, tmp_path, monkeypatch):
    """A cloned cache with the same tool in it vouches for nothing: the tool is verified, as one of somebody else's."""
    here.close()
    monkeypatch.setenv("LATM_HOME", str(tmp_path / "another home"))
    again = open_session("here")
    assert not again.cache.tools.is_trusted(again.tool("sort_words").record)
    (tool,) = again.load(exported).tools
    assert tool.outcome == "kept yours"
    assert tool.judged.verification.passed


def test_a_tool_when_named_as_a_builtin_is_taken_under_another_name_alone(open_session, tmp_path):
    """It would hide `print` in each notebook that uses all tools."""
    other = open_session("other")
    other.add("print", MODULE.replace("sort_words", "print"), examples(), description="Sort.")
    other.export(tmp_path / "prints.ipynb")
    here = open_session("mine")
    (tool,) = here.load(tmp_path / "prints.ipynb").tools
    assert (tool.outcome, tool.reason.partition(":")[0]) == (
        "refused",
        "'print' is a Python builtin, which it would hide",
    )
    assert outcomes(here.load(tmp_path / "prints.ipynb", rename={"print": "sort_words"})) == [
        ("sort_words", "admitted", 1)
    ]


@pytest.mark.parametrize(
    "path", ["a\0.ipynb", "x" * 300 + ".ipynb", "/" + "x/" * 3000 + "n.ipynb", "~nobody_here/n.ipynb"]
)
def test_a_path_when_there_can_be_no_such_file_is_told_in_one_short_line(here, path):
    """A NUL, a name or path that is too long, the home of nobody: for loading and for exporting."""
    for act in (here.load, here.export):
        with pytest.raises((NotebookError, TaskError)) as caught:
            act(path)
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)


def test_a_folder_when_loaded_gives_what_each_notebook_holds(here, exported, open_session, tmp_path):
    """One broken notebook leaves the others alone; what is offered twice is admitted once."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        (folder / name).write_bytes(exported.read_bytes())
    (folder / "broken.ipynb").write_text('{"cells": [')
    there = open_session()
    loaded = there.load(folder)
    assert outcomes(loaded) == [("sort_words", "admitted", 1)]
    assert "damaged" in loaded.notebooks[2].notes[0]
    with pytest.raises(NotebookError, match="damaged"):
        there.load(folder / "broken.ipynb")


def test_two_tools_when_they_claim_one_name_are_both_refused(exported, open_session, tmp_path):
    """Which of the two was meant is yours to say: load one notebook, or rename."""
    other = edited(exported, with_source(OTHER), tmp_path / "other.ipynb")
    there = open_session()
    loaded = there.load([exported, other])
    assert [tool.outcome for tool in loaded.tools] == ["refused", "refused"]
    assert "more than one tool of this name" in loaded.tools[0].reason
    assert there.cache.tools.names() == ()


def test_a_path_when_relative_is_looked_for_here_and_in_the_project(exported, open_session, tmp_path, monkeypatch):
    """Notebooks lie beside the notebook that loads them, or in the project's folder."""
    there = open_session()
    (there.project.folder / "mine.ipynb").write_bytes(exported.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert outcomes(there.load("mine.ipynb", dry_run=True)) == [("sort_words", "admitted", None)]
    assert outcomes(there.load("tools.ipynb")) == [("sort_words", "admitted", 1)]
    with pytest.raises(NotebookError, match="No file"):
        there.load("absent.ipynb")


def test_a_tool_when_loaded_takes_its_questions_out_of_what_is_pending(exported, open_session):
    """Questions that no tool fitted are pending no more once a loaded tool's parser answers them."""
    there = open_session()
    question = examples()[0][0]
    there.cache.feedback.keep_pending([question, "Who wrote Middlemarch?"])
    there.load(exported)
    assert there.cache.feedback.pending() == ("Who wrote Middlemarch?",)
