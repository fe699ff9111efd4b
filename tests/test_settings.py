"""Settings: where they come from, which source wins, and what a project may not decide."""

import os
import sys
from pathlib import Path

import pytest
from traitlets import Float, Int, TraitError
from traitlets.config import Config, Configurable

from latm_magic import Session
from latm_magic.environment import api_key, home_folder
from latm_magic.errors import SettingsError
from latm_magic.project import Project, find_project
from latm_magic.sandbox.walls.walls import ALL
from latm_magic.settings import Latm, check_keywords
from latm_magic.sources import load_settings

NO_PROJECT = Project(folder=None)


def project_with(table):
    return Project(folder=None, settings=table)


def test_settings_when_set_in_all_places_follow_the_order():
    """Keyword beats environment, environment beats ipython_config.py, and that beats the project file."""
    parent = Configurable(config=Config({"Latm": {"maker_model": "a", "user_model": "a", "maker_temperature": 1}}))
    settings = load_settings(
        project_with({"maker_model": "b", "user_model": "b", "max_attempts": 2}),
        {"maker_model": "d"},
        parent=parent,
        environ={"LATM_MAKER_MODEL": "c"},
    )
    assert (settings.maker_model, settings.user_model, settings.max_attempts) == ("d", "a", 2)
    sources = {name: source for name, _, source, _ in settings.listing()}
    assert sources["maker_model"] == "keyword"
    assert sources["user_model"] == sources["maker_temperature"] == "ipython_config"
    assert sources["max_attempts"] == "[tool.latm_magic] in pyproject.toml"
    assert sources["timeout_s"] == "default"


def test_settings_when_changed_later_by_config_win_over_the_environment():
    """`%config Latm.x = ...` sets the trait itself, after everything else."""
    settings = load_settings(NO_PROJECT, environ={"LATM_TIMEOUT_S": "3"})
    settings.update_config(Config({"Latm": {"timeout_s": 7.0}}))
    assert settings.timeout_s == 7.0


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("LATM_BUDGET_USD", "0.5", "budget_usd", 0.5),
        ("LATM_MAX_ATTEMPTS", "2", "max_attempts", 2),
        ("LATM_STREAM", "true", "stream", True),
        ("LATM_EXTRA_MODULES", "numpy, dateutil", "extra_modules", ["numpy", "dateutil"]),
        ("LATM_PRICES", '{"m": {"input": 1, "output": 2}}', "prices", {"m": {"input": 1, "output": 2}}),
        ("LATM_RECORD", "x.jsonl", "record", "x.jsonl"),
        ("OPENAI_BASE_URL", "http://localhost:1/v1", "base_url", "http://localhost:1/v1"),
    ],
)
def test_settings_when_in_the_environment_are_read(variable, text, name, value):
    """Each kind of setting can be given as an environment variable."""
    assert getattr(load_settings(NO_PROJECT, environ={variable: text}), name) == value


def test_base_url_when_set_twice_is_our_own_variable():
    """LATM_BASE_URL goes before OPENAI_BASE_URL."""
    environ = {"OPENAI_BASE_URL": "http://a/v1", "LATM_BASE_URL": "http://b/v1"}
    assert load_settings(NO_PROJECT, environ=environ).base_url == "http://b/v1"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"maker_modle": "x"}, "Did you mean 'maker_model'"),
        ({"maker_model": 3}, "maker_model = 3 is not"),
        ({"timeout_s": -1}, "at least 0.01"),
        ({"budget_usd": "much"}, "budget_usd = 'much' is not"),
    ],
)
def test_the_project_file_when_mistyped_is_an_error(table, words):
    """An unknown or mistyped setting in the project file is an error in one line."""
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(project_with(table), environ={})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "base_url",
        "extra_modules",
        "require_walls",
        "record",
        "replay",
        "record_requests",
        "cache_dir",
        "tool_paths",
        "allow_imported_without_seccomp",
        "stream",
    ],
)
def test_the_project_file_when_it_sets_what_is_yours_is_refused(name):
    """Where requests go, walls, modules and recordings are not a cloned repository's to decide."""
    with pytest.raises(SettingsError, match="not a project's to set"):
        load_settings(project_with({name: Latm().traits()[name].default()}), environ={})


def test_keywords_when_mistyped_are_errors():
    """An unknown or mistyped keyword is an error with a did-you-mean."""
    with pytest.raises(SettingsError, match="Did you mean 'timeout_s'"):
        check_keywords(["timeout"])
    with pytest.raises(SettingsError, match="a float"):
        load_settings(NO_PROJECT, {"timeout_s": "long"}, environ={})
    with pytest.raises(SettingsError, match="LATM_STREAM='perhaps'"):
        load_settings(NO_PROJECT, environ={"LATM_STREAM": "perhaps"})


def test_the_environment_when_unknown_warns():
    """An unknown LATM_ variable warns and is passed over."""
    with pytest.warns(UserWarning, match="Did you mean 'LATM_MAKER_MODEL'"):
        load_settings(NO_PROJECT, environ={"LATM_MAKER_MODL": "x"})


def test_the_key_when_given_is_never_a_setting():
    """The key comes from the keyword or the environment, and `%config` cannot show it."""
    assert api_key(None, {"OPENAI_API_KEY": "a"}) == "a"
    assert api_key(None, {"OPENAI_API_KEY": "a", "LATM_API_KEY": "b"}) == "b"
    assert api_key("c", {"OPENAI_API_KEY": "a"}) == "c"
    assert api_key(None, {}) == ""
    assert not [name for name in Latm.names() if "key" in name]
    environ = {"OPENAI_API_KEY": "canary-1", "LATM_API_KEY": "canary-2"}
    assert "canary" not in repr(load_settings(NO_PROJECT, environ=environ).listing())


def test_the_home_folder_is_the_named_one_or_yours(monkeypatch):
    """LATM_HOME names the folder; without it, it is .latm_magic in your home folder."""
    assert home_folder({"LATM_HOME": "/named"}) == Path("/named")
    monkeypatch.setenv("LATM_HOME", "")
    monkeypatch.setenv("HOME", "/somewhere")
    assert home_folder() == Path("/somewhere/.latm_magic")


def test_the_home_folder_is_unknown_where_the_system_does_not_say_it(monkeypatch):
    """Without LATM_HOME and without a home folder there is none."""

    def no_home(_path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    assert home_folder({}) is None


@pytest.mark.parametrize("marker", [".latm", ".git", "pyproject.toml"])
def test_the_project_when_searched_is_the_nearest_marked_folder(tmp_path, marker):
    """The project is the nearest folder upwards with a marker."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    target = tmp_path / "a" / marker
    if marker == "pyproject.toml":
        target.write_text('[tool.latm_magic]\nmaker_model = "m"\n')
    else:
        target.mkdir()
    project = find_project(inner)
    assert project.folder == tmp_path / "a"
    assert project.cache_folder == tmp_path / "a" / ".latm"
    assert project.settings == ({"maker_model": "m"} if marker == "pyproject.toml" else {})


@pytest.mark.parametrize("text", ["[tool.latm_magic", "tool.latm_magic = 3", "\xff"])
def test_the_project_file_when_broken_is_an_error(tmp_path, text):
    """A pyproject.toml that cannot be read says so in one line."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError):
        find_project(tmp_path)


def test_the_project_when_it_does_not_exist_is_an_error(tmp_path):
    """A folder that is not there is named."""
    with pytest.raises(SettingsError, match="does not exist"):
        find_project(tmp_path / "nowhere")


def test_the_walls_that_may_be_required_are_those_of_the_sandbox():
    """Every wall that the sandbox knows can be asked for, and no other."""
    assert load_settings(NO_PROJECT, {"require_walls": list(ALL)}, environ={}).require_walls == list(ALL)
    with pytest.raises(SettingsError, match="require_walls"):
        load_settings(NO_PROJECT, {"require_walls": ["moat"]}, environ={})


FLOATS = [name for name, trait in Latm.class_traits(config=True).items() if isinstance(trait, Float)]
INTEGERS = [name for name, trait in Latm.class_traits(config=True).items() if isinstance(trait, Int)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e300, 10**400, 16**5000], ids=range(6))
@pytest.mark.parametrize("name", FLOATS + INTEGERS)
def test_no_setting_is_without_an_end(name, value):
    """NaN passes every comparison and infinity every limit: no source can set them, nor a number that no clock takes."""
    before = getattr(Latm(), name)
    text = "1e400" if value > 1e300 else repr(value)
    sources = [
        lambda: load_settings(NO_PROJECT, {name: value}, environ={}),
        lambda: load_settings(project_with({name: value}), environ={}),
        lambda: load_settings(NO_PROJECT, environ={f"LATM_{name.upper()}": text}),
        lambda: load_settings(NO_PROJECT, parent=Configurable(config=Config({"Latm": {name: value}})), environ={}),
    ]
    for load in sources:
        with pytest.raises(SettingsError) as caught:
            load()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
    settings = Latm()
    with pytest.raises((TraitError, ValueError)):
        settings.update_config(Config({"Latm": {name: value}}))
    with pytest.raises((TraitError, ValueError)):
        setattr(settings, name, value)
    assert getattr(settings, name) == before


LOOSER = {
    "budget_usd": 1e9, "memory_mb": 1_000_000, "timeout_s": 1e6, "min_accuracy": 0, "deadline_s": 1e5, "max_retries": 9,
    "max_attempts": 20, "max_tokens": 10**6, "max_workers": 999, "concurrency": 64, "audit_bound": 0.1,
    "show_held_out": True, "column_questions": 99, "column_tokens": 9999, "coverage_rounds": 9, "share_questions": True,
    "ask_above": 999,
}  # fmt: skip
TIGHTER = {
    "budget_usd": 0.5, "memory_mb": 256, "timeout_s": 1, "min_accuracy": 1, "deadline_s": 10, "max_retries": 0,
    "max_attempts": 1, "max_tokens": 100, "max_workers": 1, "concurrency": 1, "audit_bound": 0.95,
    "show_held_out": False, "column_questions": 1, "column_tokens": 10, "coverage_rounds": 0, "share_questions": False,
    "ask_above": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", LOOSER)
def test_a_project_tightens_limits_and_loosens_none(name):
    """What costs money, time or memory, or makes tools worse, is a project's to limit and not to allow."""
    tight = load_settings(project_with({name: TIGHTER[name]}), environ={})
    assert (getattr(tight, name), tight.sources[name]) == (TIGHTER[name], "[tool.latm_magic] in pyproject.toml")
    if LOOSER[name] != getattr(Latm(), name) and name not in (
        "budget_usd",
        "max_workers",
    ):  # without one, any is a limit
        with pytest.raises(SettingsError, match="Set it yourself") as caught:
            load_settings(project_with({name: LOOSER[name]}), environ={})
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", LOOSER)
def test_a_project_stands_below_all_that_you_set(name):
    """What you set counts, wherever you set it, whether the project would loosen or tighten it."""
    yours = {**TIGHTER, "timeout_s": 2.0, "memory_mb": 300, "max_attempts": 2, "budget_usd": 1.0}
    for table in (LOOSER, TIGHTER):
        project = project_with({name: table[name]})
        for settings in (
            load_settings(project, parent=Configurable(config=Config({"Latm": {name: yours[name]}})), environ={}),
            load_settings(project, environ={f"LATM_{name.upper()}": str(yours[name])}),
            load_settings(project, {name: yours[name]}, environ={}),
        ):
            assert getattr(settings, name) == yours[name]


@pytest.mark.parametrize(
    "text",
    [
        "tool = 5",
        "[tool]\nlatm_magic = [1]",
        "[[tool]]\nlatm_magic = 1",
        "[[tool.latm_magic]]\ntimeout_s = 1",
        "x = " + "[" * 50_000 + "]" * 50_000,
        "x = " + "{a=" * 20_000 + "1" + "}" * 20_000,
        "x = " + "9" * 10_000,
        "[tool.latm_magic]\nmax_tokens = 0x" + "f" * 10_000,
        "[tool.latm_magic]\nprices = 0x" + "f" * 10_000,
        "[tool.latm_magic]\ntimeout_s = 1" + "0" * 400,
        "[tool.latm_magic]\nmaker_model = 1979-05-27",
        '[tool.latm_magic]\n"a\\nb" = 1',
        "#" * 1_000_001,
        "\ufeff[tool.latm_magic]\nx",
    ],
    ids=lambda text: text[:32].encode("unicode_escape").decode(),
)
def test_a_project_file_that_is_malformed_is_one_line(tmp_path, text):
    """Whatever a cloned file holds, it is refused in one line of some hundred characters."""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(find_project(tmp_path), environ={})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_project_file_that_is_no_file_is_one_line(tmp_path):
    """A pipe and a link to a device would be read for ever; a folder has nothing to read."""
    path = tmp_path / "pyproject.toml"
    for make, undo in (
        (os.mkfifo, os.unlink),
        (os.mkdir, os.rmdir),
        (lambda path: path.symlink_to("/dev/zero"), os.unlink),
    ):
        make(path)
        with pytest.raises(SettingsError, match="cannot be read"):
            find_project(tmp_path)
        undo(path)


def test_prices_of_a_project_are_told_apart():
    """Prices that you set, at any time, are yours; a project's may only raise."""
    prices = {"m": {"input": 1.0, "output": 1.0}}
    settings = load_settings(project_with({"prices": prices}), environ={})
    assert settings.prices_are_a_projects
    settings.prices = {"m": {"input": 0.0, "output": 0.0}}
    assert not settings.prices_are_a_projects
    assert not load_settings(project_with({"prices": prices}), {"prices": {}}, environ={}).prices_are_a_projects
    assert not load_settings(NO_PROJECT, environ={}).prices_are_a_projects


def test_a_session_with_keywords_takes_no_project_for_them(tmp_path):
    """A keyword of a session stands above the project file before that is judged, and a looser file is one line."""
    (tmp_path / "pyproject.toml").write_text("[tool.latm_magic]\ntimeout_s = 30\nmax_attempts = 2\n")
    with Session(tmp_path, timeout_s=10) as session:
        assert (session.settings.timeout_s, session.settings.max_attempts) == (10, 2)
    with pytest.raises(SettingsError, match="timeout_s = 30.* not a project's to raise from 5.0") as caught:
        Session(tmp_path)
    assert "\n" not in str(caught.value)
