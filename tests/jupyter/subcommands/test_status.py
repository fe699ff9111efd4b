"""`%latm ledger`, status, config and help, through a real shell."""

from cells import MODULE, examples

from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS


def test_ledger_when_models_were_asked_shows_totals_and_the_direct_estimate(two_tools):
    """Calls, tokens and cost by role and tool; an unknown price is "unknown" and never 0."""
    two_tools.maker._endless = lambda _request: f"```python\n{MODULE.replace('sort_words', 'third')}```"
    two_tools["pairs"] = examples()
    two_tools.run("%%latm third --examples pairs\nSort.")
    two_tools.run("%latm_solve ['List: b a', 'List: d c']")
    shown = two_tools.printed("%latm ledger")
    assert "third" in shown
    assert "unknown" in shown
    assert "the 2 instances solved" in shown
    estimate = two_tools.session.direct_estimate()
    assert (estimate.instances, estimate.model, estimate.cost_usd) == (2, "scripted", None)


def test_ledger_when_nothing_was_asked_says_so(notebook):
    """An empty ledger is a sentence."""
    assert "No model was asked" in notebook.printed("%latm ledger")


def test_status_when_asked_names_what_is_up(two_tools):
    """Project, cache, models, sandbox and money; never a key."""
    shown = " ".join(two_tools.printed("%latm status").split())  # a long path wraps its line
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


def test_config_when_saved_says_where(notebook, project):
    """`NAME=VALUE` with blanks or quotes, as people type it; without a value it says how."""
    for typed in ("maker_model=m1", "maker_model = m1", "Latm.maker_model = 'm1'", 'maker_model="m1"'):
        (project / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        assert "maker_model = 'm1': [tool.latm_magic] in pyproject.toml" in notebook.printed(
            f"%latm config --save {typed}"
        )
        assert 'maker_model = "m1"' in (project / "pyproject.toml").read_text()
    assert "your own file" in notebook.printed("%latm config --save base_url=http://localhost:1/v1?api-version=1")
    assert "your own file" in notebook.printed("%latm config --mine max_attempts=3")
    assert "is taken out" in notebook.printed("%latm config --save max_attempts=None")
    assert "wants NAME=VALUE" in notebook.fail("%latm config --save user_model m2 max_attempts=2")
    assert "No setting 'nothing'" in notebook.fail("%latm config --save user_model=m3 nothing=1")
    shown = notebook.printed("%latm config --save user_model=m4 base_url='http://localhost:2/v1' max_attempts = 2")
    assert [said in shown for said in ("user_model = 'm4'", "'http://localhost:2/v1'", "max_attempts = 2")] == [
        True
    ] * 3
    assert notebook.session.settings.user_model == "m4"
    assert "wants NAME=VALUE" in notebook.fail("%latm config --save maker_model")
    assert "wants NAME=VALUE" in notebook.fail("%latm config --save")
    assert "for good with --save maker_model=" in notebook.fail("%latm config maker_model = x")
