"""`%latm help`, in each of the ways that people ask, and what they typed for something else."""

import pytest

from latm_magic.jupyter.subcommands.registry import ALIASES, SUBCOMMANDS


def test_help_when_asked_for_all_is_in_groups(notebook):
    """By what you want to do; each line without its options."""
    lines = notebook.printed("%latm help").splitlines()
    assert [line for line in lines if line in {"make", "use", "mend", "share", "look"}] == [
        "make",
        "use",
        "mend",
        "share",
        "look",
    ]
    assert notebook.printed("%latm --help") == notebook.printed("%latm -h")


@pytest.mark.parametrize(
    "asked",
    ["%latm help grow", "%latm grow -h", "%latm grow --help", "%latm grow sort --help", "%latm grow?", "%latm grow??"],
)
def test_help_when_asked_of_a_subcommand_tells_its_options(notebook, asked):
    """Usage, what it does, each option, and the Python call."""
    shown = notebook.printed(asked)
    assert "\n%latm grow [--on EXPR]" in shown
    assert "Coverage rounds" in shown
    assert "session.grow(name" in shown


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("%%latm --help", "--min-accuracy"),
        ("%%latm --help\nbody", "--min-accuracy"),
        ("%%latm sort_words -h", "--by-hand"),
        ("%%latm_tool --help", "--description"),
        ("%%latm_solve --help", "--lines"),
        ("%latm_solve --help", "--explain"),
        ("%latm_solve -h", "--explain"),
        ("%latm help latm_solve", "--explain"),
        ("%latm help %%latm", "--by-hand"),
        ("%latm help list", "List the cached tools"),
        ("%latm load?", "Where you have a tool of that name"),
        ("x = 1\n%latm load?", "Where you have a tool of that name"),
    ],
)
def test_help_when_asked_of_any_magic_is_shown(notebook, asked, says):
    """Also where IPython would want a body, or look the last word up."""
    assert says in notebook.printed(asked)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_when_asked_of_each_subcommand_is_shown(notebook, name):
    """Every option with its help, percent signs and all."""
    shown = notebook.printed(f"%latm {name}?")
    assert f"\n%latm {name}" in shown
    assert "%%l" not in shown.replace("%%latm", "")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("set", "Did you mean 'config'?"),
        ("remove", "Did you mean 'drop'?"),
        ("history", "Did you mean 'versions'?"),
        ("info", "Did you mean 'show'?"),
        ("toolz", "Did you mean 'tools'?"),
        ("sort_words", "It is a tool: %latm show sort_words"),
        ("other", "%%latm other makes a tool"),
    ],
)
def test_a_word_that_is_no_subcommand_is_answered_with_the_one_that_is_meant(two_tools, typed, says):
    """And never with a tool of that name to be made."""
    assert says in two_tools.fail(f"%latm {typed}")
    assert "versions" not in two_tools.fail("%latm --version")


@pytest.mark.parametrize("alias", ALIASES)
def test_a_subcommand_when_typed_by_its_other_name_is_the_same(two_tools, alias):
    """list, ls, delete."""
    two_tools.run(f"%latm {alias}" + " sort_more" * (alias == "delete"))
    assert len(two_tools.session.tools()) == (1 if alias == "delete" else 2)


def test_a_subcommand_when_typed_in_a_function_sees_its_variables(sorting):
    """As %latm_solve does."""
    sorting.run("def tell(q, right):\n    %latm correct q right\n    %latm withdraw q\ntell('Sort. List: b a', 'b a')")
    sorting.run("def name_it(mine):\n    %latm show {mine}\nname_it('sort_words')")
