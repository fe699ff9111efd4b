"""Links in the cache's place: a cloned folder can bring some, and nothing outside of it may come to harm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from sample_tool import sample_tool

from latm_magic.cache import database as module
from latm_magic.cache.cache import Cache
from latm_magic.environment import home_folder
from latm_magic.errors import CacheError
from latm_magic.project import Project
from latm_magic.sources import load_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="making a link needs rights there")
SIDE_FILES = ("", "-journal", "-wal", "-shm")


def looks(folder):
    """Return all that is done with a cache by looking at it and by keeping a tool, each with a cache of its own."""

    def on(act):
        with Cache(folder, home_folder()) as cache:
            return act(cache)

    return (
        lambda: on(lambda cache: cache.tools.names()),
        lambda: on(lambda cache: cache.tools.keep(sample_tool())),
        lambda: module.tool_count(folder),
        lambda: module.Database(folder).revision(),
        lambda: module.Database(folder).exists,
    )


def refused(call):
    with pytest.raises(CacheError, match="is a link") as caught:
        call()
    assert "\n" not in str(caught.value)


def content(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def outside(tmp_path):
    """Return a folder outside of the project that holds a cache and an empty file."""
    folder = tmp_path / "outside"
    with Cache(folder, home_folder()) as cache:
        cache.tools.keep(sample_tool())
    (folder / "empty").touch()
    return folder


@pytest.mark.parametrize("target", ["cache.sqlite", "empty", "absent"])
@pytest.mark.parametrize("suffix", SIDE_FILES)
def test_a_link_in_the_place_of_a_file_is_refused_and_not_followed(folder, outside, suffix, target):
    """Whatever a link leads to, and whichever of the four files it stands for, nothing is made, filled or deleted."""
    folder.mkdir(parents=True)
    if suffix:
        shutil.copy(outside / "cache.sqlite", folder / "cache.sqlite")
    (folder / f"cache.sqlite{suffix}").symlink_to(outside / target)
    before = content(outside)
    for look in looks(folder):
        refused(look)
    assert content(outside) == before


@pytest.mark.parametrize("target", ["outside", "absent"])
def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path, outside, target):
    """The folder's own name may not lead elsewhere either, to a cache of another project for one."""
    folder = tmp_path / "project" / ".latm"
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / target)
    before = content(tmp_path)
    for look in looks(folder):
        refused(look)
    assert content(tmp_path) == before


@pytest.mark.parametrize("suffix", SIDE_FILES)
def test_a_file_that_becomes_a_link_while_the_cache_is_open_is_refused(folder, outside, suffix):
    """A cache that is in use looks each time."""
    with Cache(folder, home_folder()) as cache:
        cache.tools.keep(sample_tool())
        (folder / f"cache.sqlite{suffix}").unlink(missing_ok=True)
        (folder / f"cache.sqlite{suffix}").symlink_to(outside / "absent")
        refused(cache.tools.names)
        refused(lambda: cache.tools.keep(sample_tool()))
    assert not (outside / "absent").exists()


def test_a_link_cannot_lead_sqlite_to_a_journal_that_deletes_a_file(tmp_path, folder, outside):
    """SQLite looks for the journal beside what a link leads to, and deletes the file that a planted one names."""
    real, precious = outside / "cache.sqlite", tmp_path / "precious"
    precious.write_text("yours")
    _plant_journal(real, precious)
    folder.mkdir(parents=True)
    (folder / "cache.sqlite").symlink_to(real)
    for look in looks(folder):
        refused(look)
    assert precious.read_text() == "yours"


def _plant_journal(database, named):
    code = (
        "import sys, sqlite3; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('PRAGMA cache_size=1');"
        "c.execute('BEGIN IMMEDIATE'); c.execute('CREATE TABLE big (x)');"
        "c.executemany('INSERT INTO big VALUES (zeroblob(200000))', [()] * 3); print('ready', flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "ready\n"
        writer.kill()
    journal = database.with_name(f"{database.name}-journal")
    name = os.fsencode(str(named))
    record = (0x40000000 // 4096 + 1).to_bytes(4, "big") + name + len(name).to_bytes(4, "big")
    data = journal.read_bytes()
    data += b"\0" * (-len(data) % 512) + record + sum(name).to_bytes(4, "big") + module._JOURNAL_MAGIC
    journal.write_bytes(data)


@pytest.mark.parametrize("suffix", SIDE_FILES)
def test_what_is_neither_file_nor_link_is_told(folder, suffix):
    """A pipe would make us wait for ever, a folder is no file."""
    folder.mkdir(parents=True)
    path = folder / f"cache.sqlite{suffix}"
    for make, unmake in ((os.mkfifo, os.unlink), (os.mkdir, os.rmdir)):
        make(path)
        for look in looks(folder):
            with pytest.raises(CacheError, match="is not a file"):
                look()
        unmake(path)


def test_a_folder_that_you_named_may_be_a_link(tmp_path, outside):
    """`cache_dir` is yours to set, and no project's: where you let it lead is followed."""
    (tmp_path / "mine").symlink_to(outside)
    settings = load_settings(Project(tmp_path), {"cache_dir": str(tmp_path / "mine")}, environ={})
    with Cache(settings.cache_folder(Project(tmp_path)), home_folder()) as cache:
        assert cache.tools.names() == ("sort_words",)


@pytest.mark.parametrize("suffix", SIDE_FILES)
def test_a_file_that_becomes_a_link_after_a_quiet_time_is_refused(folder, outside, suffix, monkeypatch):
    """Where nothing came or went for long, only the folder and the file are looked at, and what comes is seen."""
    monkeypatch.setattr(module, "_SETTLED_S", -1.0)
    with Cache(folder, home_folder()) as cache:
        cache.tools.keep(sample_tool())
        assert cache.tools.names() == cache.tools.names() == ("sort_words",)
        (folder / f"cache.sqlite{suffix}").unlink(missing_ok=True)
        (folder / f"cache.sqlite{suffix}").symlink_to(outside / "absent")
        refused(cache.tools.names)
        refused(lambda: cache.tools.keep(sample_tool()))
    assert not (outside / "absent").exists()
