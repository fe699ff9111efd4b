"""Your own file and its profiles: named endpoints, which key goes where, and what a project cannot choose."""

import sys
from itertools import count
from types import SimpleNamespace

import pytest
from loopback import said
from traitlets.config import Config, Configurable

from latm_magic import Session, environment
from latm_magic.errors import ModelError, SettingsError
from latm_magic.project import Project
from latm_magic.sources import load_settings

NO_PROJECT = Project(folder=None)
CLOUD, LOCAL = "sk-cloud-canary-1234567890", "sk-local-canary-0987654321"


@pytest.fixture
def own(home):
    """Return a function that writes your own file."""

    def write(text):
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text(text)

    return write


@pytest.fixture
def two(serve, own, monkeypatch):
    """Return two endpoints, each with a profile: `cloud` has a key of its own, `local` asks for none."""
    cloud, local = serve(said("unknown")), serve(said("unknown"))
    own(
        f'[profiles.cloud]\nbase_url = "{cloud.base_url}"\nmaker_model = "big"\nuser_model = "small"\n'
        f'key_variable = "CLOUD_KEY"\n[profiles.local]\nbase_url = "{local.base_url}"\nmaker_model = "qwen"\n'
    )
    monkeypatch.setenv("CLOUD_KEY", CLOUD)
    monkeypatch.setenv("OPENAI_API_KEY", LOCAL)
    return SimpleNamespace(cloud=cloud, local=local)


def keys_at(endpoint):
    """Return what an endpoint got as its keys."""
    return {request.headers["authorization"].removeprefix("Bearer ") for request in endpoint.requests}


def ask(session):
    """Have a session ask the strong model a question that was never asked."""
    session.solve(f"What is the matter with {next(_numbers)}?", direct=True)


_numbers = count()


def test_a_profile_when_chosen_brings_address_models_and_its_own_key(project, two):
    """Each endpoint gets the key that is meant for it: the general key goes to no profile's address."""
    with Session(project, profile="cloud") as session:
        assert session.status().models == (("maker", "big"), ("user", "small"), ("dispatcher", "small"))
        ask(session)
    with Session(project, profile="local") as session:
        ask(session)
    assert keys_at(two.cloud) == {CLOUD}
    assert keys_at(two.local) == {"none"}
    assert two.local.chats[0].body["model"] == "qwen"


def test_a_profile_when_changed_in_a_session_takes_what_comes_next(project, two):
    """Switching brings the other address, models and key; without a profile all is as it was before."""
    with Session(project) as session:
        before = session.settings.listing()
        for name in ("cloud", "local", "cloud"):
            session.settings.profile = name
            ask(session)
        assert session.status().source.endswith("(profile cloud)")
        session.settings.profile = ""
        assert session.settings.listing() == before
    assert (len(two.cloud.chats), len(two.local.chats)) == (2, 1)
    assert keys_at(two.cloud) == {CLOUD}


def test_a_key_goes_nowhere_but_to_its_address(project, two, monkeypatch):
    """An address that you set over the profile's gets the general key; one of a session goes to no other profile."""
    with Session(project, profile="cloud", base_url=two.local.base_url) as session:
        ask(session)
    assert keys_at(two.local) == {LOCAL}
    with Session(project, profile="local", api_key="sk-given-canary-55555") as session:
        session.settings.profile = "cloud"
        ask(session)
    monkeypatch.setenv("OPENAI_BASE_URL", two.local.base_url)
    with Session(project, profile="cloud") as session:
        ask(session)
    assert keys_at(two.cloud) == {CLOUD}


@pytest.mark.parametrize("by", ["keyword", "environment", "ipython_config", "own"])
def test_a_profile_stands_just_below_what_is_set_where_it_is_chosen(by, own):
    """What you say by name wins over the profile of the same rank, and the profile over all ranks below."""
    own(
        ('profile = "local"\n' if by == "own" else "")
        + 'maker_model = "own"\ndispatcher_model = "own"\n[profiles.local]\nbase_url = "http://local/v1"\n'
        'maker_model = "p"\nuser_model = "p"\n'
    )
    chosen = {"profile": "local", "maker_model": "named"}
    parent = Configurable(config=Config({"Latm": chosen if by == "ipython_config" else {}}))
    environ = {f"LATM_{name.upper()}": value for name, value in chosen.items()} if by == "environment" else {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        table = {"maker_model": "project", "user_model": "project", "dispatcher_model": "project"}
        settings = load_settings(Project(None, table), chosen if by == "keyword" else {}, parent=parent)
    assert settings.base_url == "http://local/v1"
    assert (settings.maker_model, settings.user_model) == ("own" if by == "own" else "named", "p")
    assert settings.dispatcher_model == "own"
    assert settings.sources["user_model"] == "profile local"


def test_your_own_file_stands_above_the_project_and_below_the_environment(own, monkeypatch):
    """It may loosen what a project may not, and hold what only you may set."""
    own('timeout_s = 9\nbase_url = "http://mine/v1"\nuser_model = "mine"\nmaker_model = "mine"\n')
    monkeypatch.setenv("LATM_MAKER_MODEL", "environment")
    settings = load_settings(Project(None, {"timeout_s": 1, "user_model": "theirs"}))
    assert (settings.timeout_s, settings.base_url) == (9, "http://mine/v1")
    assert (settings.user_model, settings.maker_model) == ("mine", "environment")
    assert settings.sources["timeout_s"] == "your own file"


@pytest.mark.parametrize(
    "table",
    [
        {"profile": "cloud"},
        {"profiles": {"x": {"base_url": "http://evil"}}},
        {"key_variable": "HOME"},
        {"base_url": "x"},
    ],
)
def test_a_project_chooses_no_profile_address_or_key(table, two):
    """A cloned repository decides neither where requests go nor which key goes along."""
    with pytest.raises(SettingsError, match="not a project's to set|no setting") as caught:
        load_settings(Project(None, table))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no profile 'x'.*profiles.NAME"),
        ("[profiles.y]\nbase_url='http://y/v1'", "no profile 'x'.*There are: y"),
        ("[profiles.x]\nmaker_model='m'", "names no base_url"),
        ("[profiles.x]\nbase_url=1", "base_url is not text"),
        ("[profiles.x]\nbase_url='http://x/v1'\nkey='sk-canary-12345678'", "no setting 'key'"),
        ("[profiles.x]\nbase_url='http://x/v1'\nkey_variable='sk-canary-12345678'", "not the name of an environment"),
        ("[profiles]\nx = 5", "is not a table"),
        ("profiles = 5", "is not a table"),
        ("maker_modle = 'm'", "Did you mean 'maker_model'"),
        ("timeout_s = 'long'", "your own file: timeout_s = 'long' is not"),
        ("[", "config.toml .* cannot be read"),
    ],
)
def test_your_own_file_when_it_cannot_be_used_says_so_in_one_line(text, words, own, project):
    """What is wrong, where, and what to do; a key in the wrong place is not repeated."""
    own(text)
    with pytest.raises(SettingsError, match=words) as caught:
        Session(project, **({"profile": "x"} if "profile" in text + words else {}))
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_profile_when_unknown_leaves_what_was_chosen(project, two):
    """A name that is wrong changes nothing."""
    with Session(project, profile="local") as session:
        with pytest.raises(SettingsError, match="Did you mean 'cloud'"):
            session.settings.profile = "clod"
        with pytest.raises(SettingsError, match="no profile"):
            session.settings.update_config(Config({"Latm": {"profile": "nothing"}}))
        assert (session.settings.profile, session.settings.maker_model) == ("local", "qwen")
        assert session.settings.sources["profile"] == "keyword"


def test_a_key_when_missing_is_one_line_and_nothing_is_asked(project, two, monkeypatch):
    """No recording and no other key takes its place."""
    monkeypatch.delenv("CLOUD_KEY")
    with Session(project, profile="cloud") as session:
        assert not session.status().has_key
        with pytest.raises(ModelError, match="profile 'cloud' is missing.*CLOUD_KEY.*keyring set latm_magic") as caught:
            session.make("name", "Sort.", [("a b", "a b"), ("b a", "a b"), ("c a", "a c")])
    assert "\n" not in str(caught.value)
    assert not two.cloud.requests


def test_a_key_comes_from_the_keyring_where_the_variable_is_not_set(project, two, monkeypatch):
    """The environment goes first; a keyring that is locked is no key, and what it says is shown nowhere."""
    held = {("latm_magic", "CLOUD_KEY"): "sk-ring-canary-77777777"}
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lambda *names: held.get(names)))
    monkeypatch.setattr(environment, "_from_keyring", {})
    with Session(project, profile="cloud") as session:
        ask(session)
        monkeypatch.delenv("CLOUD_KEY")
        ask(session)
        assert "canary" not in repr(session.status()) + repr(session.settings.listing())
    assert keys_at(two.cloud) == {CLOUD, "sk-ring-canary-77777777"}


def test_a_keyring_that_fails_is_no_key(monkeypatch):
    """Whatever a keyring raises, the key is just not there."""

    def locked(*_names):
        raise RuntimeError("the keyring is locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    assert environment.named_key("NOWHERE_KEY", {}) == ""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert environment.named_key("NOWHERE_KEY", {}) == ""


def test_config_when_it_names_a_profile_is_heard(ip, two, caplog):
    """`%config Latm.profile` and LATM_PROFILE are the everyday ways."""
    ip.run_line_magic("load_ext", "latm_magic")
    ip.run_line_magic("config", "Latm.profile = 'local'")
    from latm_magic import current

    assert current().settings.maker_model == "qwen"
    ip.run_line_magic("config", "Latm.profile = 'nope'")  # IPython logs what is wrong
    assert "no profile 'nope'" in caplog.text
    with pytest.raises(SettingsError, match="^profile cannot be what %config was told: set it again, or leave it"):
        current()
    ip.run_line_magic("config", "Latm.profile = 'local'")
    assert current().settings.profile == "local"
