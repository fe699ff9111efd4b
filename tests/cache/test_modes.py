"""Who may read what is written: a new cache is yours alone, a shared folder stays shared, for exports too."""

import os
import stat
import sys

import pytest
from sorting import SORTING

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")


@pytest.fixture(autouse=True)
def umask():
    """Set the umask that most systems have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder):
    """Return the modes of a folder and of the files in it."""
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "cache.sqlite")}


def test_a_cache_when_it_is_new_is_for_its_owner_alone(open_session, tmp_path):
    """The folder is closed when it is made, and the file is never wider than it."""
    open_session(tools=SORTING)
    assert modes(tmp_path / "project" / ".latm") == {0o700, 0o600}


@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o2770, 0o640), (0o700, 0o600)])
def test_a_cache_when_its_folder_is_there_is_as_readable_as_that(open_session, tmp_path, folder, file):
    """Whoever made the folder decided who may read, within the umask."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(folder)
    open_session(tools=SORTING, cache_dir=str(shared))
    assert modes(shared) == {folder, file}


def test_an_export_is_yours_alone_but_in_a_folder_that_others_write_into(open_session, tmp_path):
    """A team reads what is exported into its folder; what you opened or closed stays so."""
    session, path = open_session(tools=SORTING), tmp_path / "tools.ipynb"
    session.export(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    path.write_text("{}")
    session.export(path, force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    team = tmp_path / "team"
    team.mkdir()
    team.chmod(0o2775)
    session.export(team / "tools.ipynb")
    assert stat.S_IMODE((team / "tools.ipynb").stat().st_mode) == 0o644
