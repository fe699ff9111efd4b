"""`%latm SUBCOMMAND` and completion, through a real shell."""

import pytest
from cells import MODULE, examples
from IPython.core.completer import provisionalcompleter

from latm_magic.jupyter.completion import complete
from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS
from latm_magic.tool import Verification
from latm_magic.tools.function import Tool


@pytest.fixture
def ready(notebook):
    """Give a notebook whose cache holds two tools."""
    for name in ("sort_words", "sort_more"):
        notebook.session.add(name, MODULE.replace("sort_words", name), examples(), description=f"Sort for {name}.")
    return notebook


def completions(shell, typed):
    """Give what IPython offers where `typed` ends."""
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(typed, len(typed))]


def test_use_when_given_a_name_brings_one_tool_back(ready):
    """A tool comes back as a function, without being made again."""
    assert "sort_words(words: list[str])" in ready.printed("%latm use sort_words")
    assert ready.run("sort_words(words=['b', 'a'])") == ["a", "b"]
    assert "sort_more" not in ready


def test_use_when_given_a_star_brings_all_tools_back(ready):
    """`*` is all tools of the project."""
    ready.run("%latm use *")
    assert isinstance(ready["sort_words"], Tool)
    assert isinstance(ready["sort_more"], Tool)


def test_use_when_one_name_is_taken_brings_none(ready):
    """All names are checked first, and the error lists every one that is taken."""
    ready["sort_words"] = ready["sort_more"] = 3
    line = ready.fail("%latm use *")
    assert "'sort_more' is a variable of yours (int)" in line
    assert "'sort_words' is a variable of yours (int)" in line
    ready.run("%latm use * --replace")
    assert isinstance(ready["sort_more"], Tool)


def test_tools_when_listed_shows_each_with_its_verification(ready):
    """The list has name, version, verification, description and maker."""
    shown = ready.printed("%latm tools")
    assert "sort_words" in shown
    assert "6/6" in shown
    assert "Sort for sort_more." in shown
    assert "2 tools" in shown


def test_show_when_run_gives_the_tool_and_leaves_variables_alone(ready):
    """Looking at a tool changes nothing."""
    assert ready.run("%latm show sort_words").name == "sort_words"
    assert "sort_words" not in ready


def test_edit_when_run_puts_the_source_into_the_next_cell(ready, monkeypatch):
    """The next input is a %%latm_tool cell with the source; running it makes a version with the same examples."""
    cells = []
    monkeypatch.setattr(type(ready.shell), "set_next_input", lambda _shell, text, replace=False: cells.append(text))
    ready.run("%latm edit sort_words")
    assert cells == [f"%%latm_tool sort_words\n{MODULE}"]
    tool = ready.run(cells[0].replace("sorted(words)", "sorted(list(words))"))
    assert (tool.version, len(tool.record.samples)) == (2, 6)


def test_drop_when_run_takes_the_tool_out_of_cache_and_namespace(ready):
    """A dropped tool is gone; a variable of that name that is no tool stays."""
    ready.run("%latm use sort_words")
    ready["sort_more"] = 3
    ready.run("%latm drop sort_words")
    ready.run("%latm drop sort_more")
    assert "sort_words" not in ready
    assert ready["sort_more"] == 3
    assert ready.session.tools() == ()


def test_verify_when_run_gives_the_record(ready):
    """Every sample is run again."""
    verification = ready.run("%latm verify sort_words")
    assert isinstance(verification, Verification)
    assert verification.passed


def test_ledger_when_models_were_asked_shows_totals_and_the_direct_estimate(ready):
    """Calls, tokens and cost by role and tool; an unknown price is "unknown" and never 0."""
    ready.maker._endless = lambda _request: f"```python\n{MODULE.replace('sort_words', 'third')}```"
    ready["pairs"] = examples()
    ready.run("%%latm third --examples pairs\nSort.")
    ready.run("%latm_solve ['List: b a', 'List: d c']")
    shown = ready.printed("%latm ledger")
    assert "third" in shown
    assert "unknown" in shown
    assert "the 2 instances solved" in shown
    estimate = ready.session.direct_estimate()
    assert (estimate.instances, estimate.model, estimate.cost_usd) == (2, "scripted", None)


def test_ledger_when_nothing_was_asked_says_so(notebook):
    """An empty ledger is a sentence."""
    assert "No model was asked" in notebook.printed("%latm ledger")


def test_status_when_asked_names_what_is_up(ready):
    """Project, cache, models, sandbox and money; never a key."""
    shown = ready.printed("%latm status")
    for word in ("project", "cache", "2 tools", "maker", "sandbox", "spent"):
        assert word in shown


def test_config_when_listed_shows_values_and_their_sources(notebook):
    """Every setting with its value and where it came from; one name shows one."""
    notebook.run("%config Latm.timeout_s = 2.5")
    shown = notebook.printed("%latm config")
    assert all(name in shown for name in notebook.session.settings.names())
    row = next(line for line in shown.splitlines() if "timeout_s" in line)
    assert "2.5" in row
    assert "%config" in row
    assert "timeout_s = 2.5" in notebook.printed("%latm config Latm.timeout_s")


def test_help_when_asked_lists_every_subcommand(notebook):
    """`%latm help`, and `%latm` alone, list all magics with their Python calls."""
    shown = notebook.printed("%latm help")
    assert all(f"%latm {name}" in shown for name in SUBCOMMANDS)
    assert "session.make(" in shown
    assert notebook.printed("%latm") == shown


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
def test_completion_when_asked_knows_subcommands_options_and_tools(ready, typed, words):
    """Tab completes what may stand there."""
    assert words <= set(completions(ready.shell, typed))


def test_completion_when_an_expression_is_typed_knows_variables(ready):
    """Behind %latm_solve stands Python: variables are completed, attributes are IPython's."""
    ready["questions"] = ["x"]
    assert "questions" in completions(ready.shell, "%latm_solve quest")
    assert "questions" in completions(ready.shell, "%latm_solve [q for q in quest")
    assert "count" in "".join(completions(ready.shell, "%latm_solve questions.cou"))


def test_completion_when_the_cache_is_damaged_offers_nothing(notebook, project):
    """A completer never raises: the magic that is typed will."""
    (project / ".latm").mkdir()
    (project / ".latm" / "cache.sqlite").write_bytes(b"damaged" * 999)
    loaded = notebook.shell.magics_manager.registry["LatmMagics"].notebook
    assert complete(loaded, "%latm use ") == []


def test_a_subcommand_when_a_tab_follows_it_is_known(ready):
    """Any blank ends its name."""
    ready.run("%latm use\tsort_words")
    assert "sort_words" in ready
