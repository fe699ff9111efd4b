"""What most tests need: a project and a home of their own, a session, and a real IPython shell."""

from __future__ import annotations

import os

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
    """Give the folder of a project of its own, which is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def session(project):
    """Give a session on that project, with no model of its own."""
    from latm_magic.session import Session

    with Session(project) as made:
        yield made


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
    """Give a real InteractiveShell in that project, fresh for each test; latm_magic is not loaded."""
    yield _shell
    if "latm_magic" in _shell.extension_manager.loaded:
        _shell.extension_manager.unload_extension("latm_magic")
    _shell.config.pop("Latm", None)  # what %config sets stays in the shell
    _shell.reset(new_session=True)
