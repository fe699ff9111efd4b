"""Saving a setting for good: which file it goes into, that nothing else of the file changes, and that no key is written."""

import os

import pytest

from latm_magic import Session
from latm_magic.errors import SettingsError

PYPROJECT = """# ours
[project]
name = "x"   # the name

[tool.latm_magic]
# which model
maker_model = "old"  # for now
max_attempts = 2

[tool.other]
z = [1,
  2]
"""


@pytest.fixture
def file(project):
    """Return the project's file, with comments."""
    (project / "pyproject.toml").write_text(PYPROJECT)
    return project / "pyproject.toml"


@pytest.fixture
def own(home):
    """Return your own file, which is not there yet."""
    return home / "config.toml"


def save(project, name, value, **options):
    """Save a setting with a session of its own."""
    with Session(project) as session:
        return session.save_setting(name, value, **options)


def value_of(project, name):
    """Return a setting, and its source, as the next session has it."""
    with Session(project) as session:
        return getattr(session.settings, name), session.settings.sources.get(name)


def test_a_setting_that_a_project_may_hold_goes_into_its_file_and_nothing_else_changes(project, file, own):
    """Comments, order, blanks and the other tables stay; a line of its own changes in place."""
    saved = save(project, "maker_model", "new")
    assert saved.place == "[tool.latm_magic] in pyproject.toml"
    assert file.read_text() == PYPROJECT.replace('"old"', '"new"')
    save(project, "user_model", "light")
    assert value_of(project, "user_model") == ("light", "[tool.latm_magic] in pyproject.toml")
    save(project, "user_model", None)
    assert file.read_text() == PYPROJECT.replace('"old"', '"new"')
    assert not own.exists()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("base_url", "http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("timeout_s", "30", 30.0),
        ("min_accuracy", "0.5", 0.5),
        ("stream", "true", True),
        ("extra_modules", "numpy, dateutil", ["numpy", "dateutil"]),
        ("tool_paths", "['a', 'b']", ["a", "b"]),
        ("prices", "{'m': {'input': 1, 'output': 2.5}}", {"m": {"input": 1, "output": 2.5}}),
    ],
)
def test_a_setting_that_is_yours_alone_goes_into_your_own_file(project, file, own, name, text, value):
    """Addresses, looser limits and what decides safety: no project may hold them. It is there the next time."""
    assert save(project, f"Latm.{name}", text).place == "your own file"
    assert file.read_text() == PYPROJECT
    assert value_of(project, name) == (value, "your own file")
    if os.name == "posix":
        assert own.stat().st_mode & 0o077 == own.parent.stat().st_mode & 0o077 == 0


def test_a_tighter_limit_is_the_projects_and_can_be_yours(project, file, own):
    """What your own file says already, or what you want for all projects, goes there."""
    assert save(project, "timeout_s", 1).path == file
    assert save(project, "max_retries", 1, mine=True).path == own
    assert save(project, "max_retries", 0).path == own
    assert value_of(project, "max_retries") == (0, "your own file")


def test_without_a_project_file_all_is_yours(tmp_path, own):
    """No pyproject.toml is made; one that is a link is not written through."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / ".latm").mkdir()
    assert save(tmp_path / "bare", "maker_model", "m").path == own
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("")
    (tmp_path / "bare" / "pyproject.toml").symlink_to(elsewhere)
    assert save(tmp_path / "bare", "max_attempts", 2).path == own
    assert elsewhere.read_text() == ""


def test_a_saved_setting_counts_at_once(project, file):
    """The session that saves uses it."""
    with Session(project) as session:
        session.save_setting("maker_model", "new")
        session.save_setting("profiles.local.base_url", "http://localhost:1/v1")
        session.save_setting("profiles.local.maker_model", "qwen")
        session.save_setting("profile", "local")
        assert session.settings.base_url == "http://localhost:1/v1"
        session.save_setting("profiles.local.user_model", "small")
        assert session.settings.user_model == "small"
        assert "goes before it: save profiles.local.maker_model" in session.save_setting("maker_model", "other").note
    assert value_of(project, "maker_model") == ("qwen", "profile local")
    save(project, "profile", None)
    assert value_of(project, "maker_model") == ("other", "[tool.latm_magic] in pyproject.toml")


def test_what_goes_before_a_saved_setting_is_told(project, file, monkeypatch):
    """An environment variable would win the next time."""
    monkeypatch.setenv("LATM_MAKER_MODEL", "environment")
    assert "LATM_MAKER_MODEL" in save(project, "maker_model", "new").note


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("maker_modle", "x", "Did you mean 'maker_model'"),
        ("timeout_s", "long", "timeout_s = 'long' is not"),
        ("max_attempts", 99, "at most 20"),
        ("profile", "nowhere", "no profile 'nowhere'"),
        ("base_url", "http://me:secret-canary@host/v1", "holds? a key|held a key"),
        ("base_url", "http://host/v1?code=canary-123", "held a key"),
        ("base_url", "http://[canary", "not a web address"),
        ("maker_model", "sk-proj-canary1234567890abcdef", "held a key"),
        ("maker_model", "my-own-canary-9f8e7d", "held a key"),
        ("extra_modules", "sk-proj-canary1234567890abcdef", "held a key"),
        ("api_key", "canary", "No setting 'api_key'"),
        ("profiles.local.api_key", "canary", "no setting 'api_key'"),
        ("profiles.local.key_variable", "sk-proj-canary1234567890abcdef", "not the name of an environment variable"),
        ("profiles.local.maker_model", "my-own-canary-9f8e7d", "held a key"),
        ("profiles.local.base_url", 5, "is not text"),
        ("profiles.local", "x", "is not profiles.NAME.FIELD"),
        ("profiles.a b.base_url", "x", "is not profiles.NAME.FIELD"),
        ("maker_model", "\ud800", "cannot be changed here"),
        ("prices", {"m": {"input": float("nan"), "output": 1}}, "cannot be changed here"),
    ],
)
def test_what_cannot_be_saved_is_one_line_and_changes_no_file(project, file, own, name, value, words, monkeypatch):
    """No key in any place: neither one that looks like one, nor the one that is set; and it is not repeated."""
    monkeypatch.setenv("OPENAI_API_KEY", "my-own-canary-9f8e7d")
    with pytest.raises(SettingsError, match=words) as caught:
        save(project, name, value)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)
    assert file.read_text() == PYPROJECT
    assert not own.exists()


@pytest.mark.parametrize(
    "text",
    ["", "# only a comment", "[tool]\n", "tool.latm_magic.max_attempts = 2\n", "[tool]\nlatm_magic = {max_attempts = 2}\n",
     "[project]\r\nname = 'x'\r\n", "[[tool.other]]\na = 1\n[[tool.other]]\na = 2\n", "[tool.latm_magic.prices.m]\ninput=1\noutput=2\n"],
)  # fmt: skip
def test_every_way_to_write_a_file_is_kept(project, text):
    """Dotted, inline, empty or with line ends of Windows: the value is there, and what stood there too."""
    (project / "pyproject.toml").write_bytes(text.encode())
    save(project, "maker_model", 'a "quoted" \\ name')
    assert value_of(project, "maker_model")[0] == 'a "quoted" \\ name'
    kept = (project / "pyproject.toml").read_bytes().decode()
    assert all(line in kept for line in text.splitlines() if "{" not in line)
    assert ("\r\n" in text) <= ("\r\n" in kept)


def test_your_own_file_keeps_its_profiles_below(project, own):
    """A setting of yours stands above the tables."""
    own.parent.mkdir()
    own.write_text('# mine\n[profiles.local] # here\nbase_url = "http://localhost:1/v1"\n')
    save(project, "stream", "true")
    save(project, "profiles.cloud.base_url", "http://cloud/v1")
    save(project, "profiles.cloud.key_variable", "CLOUD_KEY")
    assert value_of(project, "stream") == (True, "your own file")
    assert "# mine" in own.read_text()
    assert "[profiles.local] # here" in own.read_text()
    with Session(project, profile="cloud") as session:
        assert session.settings.endpoint.key_variable == "CLOUD_KEY"


def test_a_file_that_cannot_be_written_is_one_line(project, own):
    """A folder that is a file, for one."""
    own.parent.write_text("")
    with pytest.raises(SettingsError, match="cannot be") as caught:
        save(project, "stream", "true")
    assert "\n" not in str(caught.value)
