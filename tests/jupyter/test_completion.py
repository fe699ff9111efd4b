"""Completion behind the magics, through a real shell."""

import pytest
from IPython.core.completer import provisionalcompleter

from latm_magic.jupyter import extension
from latm_magic.jupyter.completion import offered


def completions(shell, typed):
    """Return what IPython offers where `typed` ends."""
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(typed, len(typed))]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("%latm ", {"use", "show", "drop", "help"}),
        ("%latm s", {"show", "status"}),
        ("%latm use ", {"sort_words", "sort_more"}),
        ("%latm use sort_m", {"sort_more"}),
        ("%latm use --re", {"--replace"}),
        ("%latm show sort_w", {"sort_words"}),
        ("%latm drop ", {"sort_words"}),
        ("%latm verify ", {"sort_words"}),
        ("%latm config time", {"timeout_s"}),
        ("%latm_solve --tool ", {"sort_words"}),
        ("%%latm_solve --tool ", {"sort_words"}),
        ("%%latm_solve --li", {"--lines"}),
        ("%%latm_tool ", {"sort_words"}),
        ("%%latm x --min", {"--min-accuracy"}),
    ],
)
def test_completion_when_asked_knows_subcommands_options_and_tools(two_tools, typed, words):
    """Tab completes what may stand there."""
    assert words <= set(completions(two_tools.shell, typed))


def test_completion_when_an_expression_is_typed_knows_variables(two_tools):
    """Behind %latm_solve stands Python: variables are completed, attributes are IPython's."""
    two_tools["questions"] = ["x"]
    assert "questions" in completions(two_tools.shell, "%latm_solve quest")
    assert "questions" in completions(two_tools.shell, "%latm_solve [q for q in quest")
    assert "count" in "".join(completions(two_tools.shell, "%latm_solve questions.cou"))


def test_completion_when_the_cache_is_damaged_offers_nothing(notebook, project):
    """A completer never raises: the magic that is typed will."""
    (project / ".latm").mkdir()
    (project / ".latm" / "cache.sqlite").write_bytes(b"damaged" * 999)
    assert completions(notebook.shell, "%latm use ") == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("%latm use ", ["sort_more", "sort_words", "--replace"]),
        ("%latm use --", ["--replace"]),
        ("%latm use nothing_like_it", []),
        ("%latm rollback sort_words ", ["1"]),
        ("%latm diff sort_words ", ["1"]),
        ("%latm load x.ipynb --clash ", ["keep", "replace", "rename"]),
        ("%latm load x.ipynb --clash re", ["replace", "rename"]),
        ("%latm load x.ipynb --clash=k", ["keep"]),
        ("%latm export ./too", ["./tools.ipynb"]),
        ("%latm export tools.ipynb sort_m", ["sort_more"]),
        ("%latm pending 1 ", ["--dismiss", "--tool"]),
        ("%latm pending 1 --tool ", ["sort_more", "sort_words"]),
        ("%latm use sort_words  # so", []),
        ("x = %latm_solve --tool ", ["sort_more", "sort_words"]),
        ('df["y"] = %latm_solve --ex', ["--explain"]),
        ('df["100%"], b = %latm_solve --tool=sort_w', ["sort_words"]),
        ('%latm_solve df["q"] --exp', ["--explain"]),
        ('%latm_solve df["a b"] --tool ', ["sort_more", "sort_words"]),
        ("x = 1\n%latm_solve quest", ["questions"]),
        ("df = %latm_solve --tool sort_words quest", ["questions"]),
        ("%latm_solve [q for q in quest", ["questions"]),
        ("%latm correct quest", ["questions"]),
        ("%latm show sort_words ", []),
        ("%latm config time", ["timeout_s"]),
    ],
)
def test_completion_when_asked_offers_what_belongs_there_and_nothing_else(two_tools, project, typed, words):
    """No keyword, builtin or name of Python between them, as IPython's own offers would be."""
    (project / "tools.ipynb").touch()
    two_tools["questions"] = ["x"]
    assert completions(two_tools.shell, typed) == words


def test_completion_when_asked_for_options_has_them_and_your_variables_alone(two_tools):
    """Behind %latm_solve stands a question or an option."""
    two_tools["questions"] = ["x"]
    found = completions(two_tools.shell, "%latm_solve ")
    assert {"questions", "--tool"} <= set(found)
    assert {"and", "if", "abs", "ArithmeticError", "In", "get_ipython"}.isdisjoint(found)
    assert all(word.startswith("--") for word in completions(two_tools.shell, "%latm_solve --"))


@pytest.mark.parametrize(
    "typed", ["x = 1", "y = 5 %lat", "def f(): return quest", "%%latm x\nquest", "s = '%latm ' + q"]
)
def test_completion_when_it_is_not_ours_is_ipythons(two_tools, typed):
    """Also in the body of a cell, and where the magic is part of a text."""
    two_tools["quest"] = 1
    loaded = two_tools.shell.magics_manager.registry["LatmMagics"].notebook
    assert offered(loaded, typed) is None


def test_completion_when_python_goes_on_is_that_of_the_expression(two_tools):
    """Keys and attributes, put where they stand in the line."""
    two_tools["table"] = {"long key": ["x"]}
    with provisionalcompleter():
        line = 'df = %latm_solve --tool sort_words table["lo'
        found = two_tools.shell.Completer.completions(line, len(line))
        assert f"{line}ng key" in {(line[: each.start] + each.text).rstrip('"]') for each in found}
        line = "%latm_solve table.val"
        found = two_tools.shell.Completer.completions(line, len(line))
        assert "%latm_solve table.values" in {line[: each.start] + each.text for each in found}


def test_completion_when_asked_the_old_way_offers_the_same(two_tools):
    """`shell.complete`, which older front ends call."""
    assert two_tools.shell.complete("", "%latm use ", 10)[1] == ["sort_more", "sort_words", "--replace"]
    assert two_tools.shell.complete("sort_m", "x = %latm_solve --tool sort_m", 29)[1] == ["sort_more"]


def test_completion_when_unloaded_is_the_shells_own_again(two_tools):
    """Nothing of ours stays behind."""
    extension.unload(two_tools.shell)
    assert not {"complete", "completions"} & set(vars(two_tools.shell.Completer))
