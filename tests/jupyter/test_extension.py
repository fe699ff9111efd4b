"""Loading, unloading and reloading, and the way to the notebook's own session."""

import pytest
from cells import MODULE, cell_of, examples
from loopback import CANARY, LoopbackEndpoint, said

import latm_magic
from latm_magic.errors import LatmError, NotRecorded, SettingsError
from latm_magic.session import Session


def _names(shell):
    return {name for name in shell.user_ns if not name.startswith("_")}


def test_load_ext_when_run_adds_magics_and_names_nothing(ip, capsys):
    """The namespace is yours: loading puts nothing into it, and says nothing while there are no tools."""
    before = _names(ip)
    ip.run_cell("%load_ext latm_magic").raise_error()
    assert _names(ip) == before
    assert capsys.readouterr().out == ""
    assert {"latm", "latm_solve"} <= set(ip.magics_manager.magics["line"])
    assert {"latm", "latm_tool", "latm_solve"} <= set(ip.magics_manager.magics["cell"])


def test_load_ext_when_there_are_tools_says_how_to_use_them(ip, project, capsys):
    """A restart does not bring tools back by itself; one line says how."""
    with Session(project) as session:
        session.add("sort_words", MODULE, examples(), description="Sort.")
    ip.run_cell("%load_ext latm_magic").raise_error()
    assert capsys.readouterr().out == "1 tool: `%latm use *`\n"
    assert "sort_words" not in ip.user_ns


def test_load_ext_when_the_cache_is_damaged_says_so_and_loads(ip, project, capsys):
    """A cache that cannot be read fails what needs it, not the loading: settings may have to move it."""
    (project / ".latm").mkdir()
    (project / ".latm" / "cache.sqlite").write_bytes(b"no database at all" * 100)
    ip.run_cell("%load_ext latm_magic").raise_error()
    assert capsys.readouterr().out.startswith("CacheError: ")
    assert not ip.run_cell("%latm tools").success


def test_load_ext_when_the_project_file_is_wrong_fails_in_one_line_and_changes_nothing(ip, project, capsys):
    """A setting that cannot be taken is told by name, and the shell stays as it was."""
    (project / "pyproject.toml").write_text("[tool.latm_magic]\ntimeot_s = 3\n")
    outcome = ip.run_cell("%load_ext latm_magic")
    assert isinstance(outcome.error_in_exec, SettingsError)
    assert "Did you mean 'timeout_s'?" in capsys.readouterr().out.strip().splitlines()[-1]
    assert "latm" not in ip.magics_manager.magics["line"]


def test_unload_ext_when_run_leaves_no_trace(ip, capsys):
    """Magics, settings, completers and views go; tools that are variables stay."""
    configurables = list(ip.configurables)
    formatter = ip.display_formatter.mimebundle_formatter
    printers = {*formatter.type_printers, *formatter.deferred_printers}
    ip.run_cell("%load_ext latm_magic").raise_error()
    ip.run_cell("%unload_ext latm_magic").raise_error()
    assert ip.configurables == configurables
    assert {*formatter.type_printers, *formatter.deferred_printers} == printers
    assert not [name for table in ip.magics_manager.magics.values() for name in table if name.startswith("latm")]
    assert not [key for key in ip.strdispatchers["complete_command"].strs if "latm" in key]
    with pytest.raises(LatmError):
        latm_magic.current()


def test_reload_ext_when_run_gives_a_fresh_session_once(ip):
    """Reloading registers everything once more and not twice."""
    ip.run_cell("%load_ext latm_magic").raise_error()
    first = latm_magic.current()
    ip.run_cell("%reload_ext latm_magic").raise_error()
    assert latm_magic.current() is not first
    assert [type(known).__name__ for known in ip.configurables].count("Latm") == 1
    ip.run_cell("%latm tools").raise_error()


def test_current_when_asked_gives_the_session_behind_the_magics(notebook):
    """There is one session a notebook, and it is at hand from Python."""
    assert latm_magic.current() is notebook.session


def test_current_when_nothing_is_loaded_says_what_to_do(ip):
    """Before %load_ext the error names it."""
    with pytest.raises(LatmError, match="run %load_ext latm_magic first"):
        latm_magic.current()


def test_config_when_set_reaches_the_session(notebook):
    """`%config Latm` sets the settings that the session uses, and remembers where they came from."""
    notebook.run("%config Latm.timeout_s = 1.5")
    assert notebook.session.settings.timeout_s == 1.5
    assert notebook.session.settings.sources["timeout_s"] == "%config"
    assert notebook.run("%config Latm.timeout_s") == 1.5


def test_config_when_a_value_is_refused_stops_what_follows(notebook, capsys):
    """IPython prints the error and goes on, with a budget that does not hold."""
    notebook.run("%config Latm.budget_usd = 'five'")
    assert "%config Latm.budget_usd = None" in notebook.fail("%latm tools")
    notebook.run("%config Latm.timeout_s = 2")
    notebook.fail('%latm_solve "q"')
    notebook.run("%config Latm.budget_usd = None")
    notebook.run("%latm tools")


def test_config_when_the_environment_set_a_value_wins_over_it(ip, monkeypatch):
    """%config comes before the environment, also for what else the environment set."""
    monkeypatch.setenv("LATM_TIMEOUT_S", "2")
    monkeypatch.setenv("LATM_MEMORY_MB", "256")
    ip.run_cell("%load_ext latm_magic\n%config Latm.timeout_s = 3").raise_error()
    settings = latm_magic.current().settings
    assert (settings.timeout_s, settings.memory_mb) == (3.0, 256)
    assert (settings.sources["timeout_s"], settings.sources["memory_mb"]) == ("%config", "LATM_MEMORY_MB")


def test_ipython_config_when_it_names_settings_is_taken(ip):
    """What ipython_config.py says of `Latm` is the ground that everything else stands on."""
    ip.config.Latm.max_attempts = 7
    try:
        ip.run_cell("%load_ext latm_magic").raise_error()
        assert latm_magic.current().settings.max_attempts == 7
    finally:
        del ip.config["Latm"]


def test_a_key_when_set_after_a_first_try_is_used(ip, project, monkeypatch):
    """A notebook may be tried without a key; %env then sets one, for the very next cell."""
    cell = f"%%latm sort_words\n{cell_of(examples(), 'A task that nobody recorded.')}"
    with LoopbackEndpoint(said(f"```python\n{MODULE}```")) as endpoint:
        ip.run_cell("%load_ext latm_magic").raise_error()
        assert isinstance(ip.run_cell(cell).error_in_exec, NotRecorded)
        monkeypatch.setenv("OPENAI_API_KEY", "replaced below, and put back after the test")
        ip.run_cell(f"%env OPENAI_API_KEY={CANARY}")
        ip.run_cell(f"%config Latm.base_url = {endpoint.base_url!r}")
        ip.run_cell("%config Latm.maker_model = 'loopback-1'")
        ip.run_cell(cell).raise_error()
        assert [asked.headers["authorization"] for asked in endpoint.chats] == [f"Bearer {CANARY}"]
        ip.run_cell("%env OPENAI_API_KEY=another-key-altogether")
        ip.run_cell(cell.replace("nobody", "no one")).raise_error()
        assert endpoint.chats[-1].headers["authorization"] == "Bearer another-key-altogether"
    assert latm_magic.current().status().has_key


def test_cache_dir_when_changed_moves_the_notebook_to_another_cache(notebook, project):
    """Errors of a cache advise it, so it counts at once: tools, answers and ledger are those of the new folder."""
    notebook.session.add("sort_words", MODULE, examples(), description="Sort.")
    notebook.run(f"%config Latm.cache_dir = {str(project / 'other')!r}")
    assert notebook.session.tools() == ()
    assert notebook.session.status().cache == str(project / "other")
    assert notebook.session.solve("Sort. List: b a")[0].way == "unknown"
    notebook.session.add("other_sort", MODULE.replace("sort_words", "other_sort"), examples(), description="Sort.")
    notebook.run("%config Latm.cache_dir = ''")
    assert [tool.name for tool in notebook.session.tools()] == ["sort_words"]
    assert notebook.session.solve("Sort. List: b a")[0].tool == "sort_words"


def test_prices_when_they_are_none_are_told_and_change_nothing(notebook, caplog):
    """A price that cannot be read leaves the old ones in force, and %latm config says so."""
    notebook.run("%config Latm.prices = {'m': {'input': 1.0, 'output': 2.0}}")
    notebook.run("%config Latm.prices = {'m': 3}")
    assert "It looks like" in caplog.text
    assert notebook.session.settings.prices == {"m": {"input": 1.0, "output": 2.0}}
