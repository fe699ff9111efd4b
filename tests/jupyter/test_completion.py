"""Completion behind the magics, through a real shell."""

import pytest
from IPython.core.completer import provisionalcompleter

from latm_magic.jupyter.completion import complete


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
    loaded = notebook.shell.magics_manager.registry["LatmMagics"].notebook
    assert complete(loaded, "%latm use ") == []
