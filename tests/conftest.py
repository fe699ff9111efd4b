"""What most tests need: a project and a home of their own, a session, and a real IPython shell."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Keep keys, endpoints and settings of whoever runs the tests out of them; gives the folder of the seal's key."""
    for variable in [name for name in os.environ if name.startswith(("LATM_", "OPENAI_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("LATM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the folder of a project of its own, which is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def session(project):
    """Return a session on that project, with no model of its own."""
    from latm_magic.session import Session

    with Session(project) as made:
        yield made


@pytest.fixture
def open_session(tmp_path):
    """Return a function that opens a session on a project of its own, by name; all are closed at the end.

    `maker`, `user` and `dispatcher` are scripts of models, which `session.scripts` holds by role; None leaves the role
    to the settings. `tools` are added where they are not in the cache yet: source, examples and description by name.
    One model is asked at a time, so that scripts play in order, unless `concurrency` says otherwise.
    """
    from latm_magic.session import Session
    from latm_magic.testing import ScriptedModel

    opened = []

    def open_one(project="project", *, maker=(), user=(), dispatcher=(), tools=None, **settings):
        folder = tmp_path / project
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").touch()
        given = {"maker": maker, "user": user, "dispatcher": dispatcher}
        models = {role: ScriptedModel(script) for role, script in given.items() if script is not None}
        session = Session(folder, **models, **{"concurrency": 1, **settings})
        opened.append(session)
        session.scripts = models
        for name, (source, examples, description) in (tools or {}).items():
            if name not in session.cache.tools.names():
                session.add(name, source, examples, description=description)
        return session

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def serve():
    """Return a function that starts an endpoint with a script of turns; all end with the test."""
    from loopback import LoopbackEndpoint

    with ExitStack() as started:
        yield lambda *turns, **options: started.enter_context(LoopbackEndpoint(*turns, **options))


@pytest.fixture(scope="session")
def _shell(tmp_path_factory):
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell.instance(config=config)
    yield shell
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()
    del os.environ["IPYTHONDIR"]


@pytest.fixture
def ip(_shell, project):
    """Return a real InteractiveShell in that project, fresh for each test; latm_magic is not loaded."""
    yield _shell
    if "latm_magic" in _shell.extension_manager.loaded:
        _shell.extension_manager.unload_extension("latm_magic")
    _shell.config.pop("Latm", None)  # what %config sets stays in the shell
    _shell.reset(new_session=True)
