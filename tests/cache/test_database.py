"""The file of the cache: made on the first change and not before, and what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cache_file import content_of, finished, python, refused
from sample_tool import sample_tool

from latm_magic.cache import database as module
from latm_magic.cache.cache import Cache
from latm_magic.cache.database import _uri, tool_count
from latm_magic.environment import home_folder
from latm_magic.errors import LatmError


def test_reading_an_absent_cache_finds_nothing_and_makes_nothing(cache, folder):
    """An absent cache is an empty one."""
    assert (cache.tools.names(), cache.tools.summaries(), cache.tools.current(), cache.answers.find(["q"])) == (
        (),
        (),
        (),
        {},
    )
    assert cache.tools.find(sample_tool().task) is None
    assert not folder.exists()


def test_failing_to_find_makes_nothing(cache, folder):
    """Changing or dropping what is not there leaves no folder behind."""
    for call in (
        lambda: cache.tools.drop("sort_words"),
        lambda: cache.tools.set_current("sort_words", 1),
        lambda: cache.tools.trust("sort_words", 1),
    ):
        with pytest.raises(LatmError):
            call()
    assert not folder.exists()


def test_the_first_change_makes_the_folder_with_its_gitignore(cache, folder):
    """The folder holds the file and keeps itself out of git."""
    cache.tools.keep(sample_tool())
    cache.close()
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "cache.sqlite"]
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_with_other_files_gets_no_gitignore(tmp_path):
    """Where cache_dir names a folder that you use for something else, git goes on seeing it."""
    (tmp_path / "data.csv").write_text("yours")
    with Cache(tmp_path, home_folder()) as cache:
        cache.tools.keep(sample_tool())
    assert not (tmp_path / ".gitignore").exists()


def test_sqlite_is_loaded_when_there_is_a_file_to_open(folder):
    """A project without a cache does not wait for the import of sqlite3."""
    code = (
        "import sys; from pathlib import Path; from latm_magic.cache.cache import Cache;"
        "Cache(Path(sys.argv[1]), None).tools.names(); print('sqlite3' in sys.modules)"
    )
    assert finished(python(code, folder)) == "False\n"


def test_the_file_says_what_it_is(cache, edit):
    """Application id, format number and journal mode are in the file's header."""
    cache.tools.keep(sample_tool())
    assert edit("PRAGMA application_id") == [(int.from_bytes(b"LATM"),)]
    assert edit("PRAGMA user_version") == [(module.schema.FORMAT,)]
    assert edit("PRAGMA journal_mode") == [(b"delete",)]


def test_a_file_in_wal_mode_is_brought_back(cache, edit):
    """A file that another program switched to WAL, which network file systems cannot do, is switched back."""
    cache.tools.keep(sample_tool())
    cache.close()
    edit("PRAGMA journal_mode = WAL")
    assert cache.tools.names() == ("sort_words",)
    assert edit("PRAGMA journal_mode") == [(b"delete",)]


def test_an_empty_file_is_an_empty_cache(cache, folder):
    """A file of no bytes, as a kernel that was killed in time leaves it, is filled on the first change."""
    folder.mkdir(parents=True)
    (folder / "cache.sqlite").touch()
    assert cache.tools.names() == ()
    cache.tools.keep(sample_tool())
    assert cache.tools.names() == ("sort_words",)


def test_a_database_without_tables_is_an_empty_cache(cache, folder, edit):
    """So is a database that holds nothing."""
    folder.mkdir(parents=True)
    edit("VACUUM")
    assert (folder / "cache.sqlite").stat().st_size
    assert cache.tools.names() == ()
    cache.tools.keep(sample_tool())
    assert cache.tools.names() == ("sort_words",)


@pytest.mark.parametrize(
    "name", ["a b", "per%cent", "why?", "a#b", "a'b\"c", "ünï", "a&mode=memory", "new\nline", "\udcff"]
)
def test_the_folder_may_have_any_name(tmp_path, name):
    """Characters that mean something in a URI mean nothing here."""
    with Cache(tmp_path / name, home_folder()) as cache:
        cache.tools.keep(sample_tool())
    assert (tmp_path / name / "cache.sqlite").stat().st_size
    with Cache(tmp_path / name, home_folder()) as again:
        assert again.tools.names() == ("sort_words",)


def test_a_path_of_another_system_becomes_a_right_uri():
    """A drive letter gets the third slash that SQLite wants."""
    assert _uri(Path("C:/a b")) == "file:///C:/a%20b"


def test_tools_are_counted_without_reading_them(cache, folder, tmp_path):
    """A damaged tool counts too, and where there is no cache there are none."""
    cache.tools.keep(sample_tool())
    assert (tool_count(folder), tool_count(tmp_path / "absent")) == (1, 0)


def test_a_format_that_is_older_is_brought_up_to_date(cache, folder, monkeypatch, edit):
    """A later version's migrations run once, in one transaction, and everything that was kept is still there."""
    tool = cache.tools.keep(sample_tool())
    cache.close()
    later = (*module.schema.MIGRATIONS, ("CREATE TABLE extra (id INTEGER)", "INSERT INTO extra VALUES (5)"))
    monkeypatch.setattr(module.schema, "MIGRATIONS", later)
    monkeypatch.setattr(module.schema, "FORMAT", len(module.schema.MIGRATIONS))
    assert cache.tools.get("sort_words") == tool
    assert (edit("PRAGMA user_version"), edit("SELECT id FROM extra")) == ([(len(later),)], [(5,)])
    with Cache(folder, home_folder()) as other:
        assert other.tools.is_trusted(tool)
    assert edit("SELECT id FROM extra") == [(5,)]


def test_a_migration_that_fails_leaves_the_older_format(cache, folder, monkeypatch, edit):
    """What could not be brought up to date is as it was."""
    cache.tools.keep(sample_tool())
    cache.close()
    before = content_of(folder)
    broken = (*module.schema.MIGRATIONS, ("CREATE TABLE extra (id INTEGER)", "NO SQL"))
    monkeypatch.setattr(module.schema, "MIGRATIONS", broken)
    monkeypatch.setattr(module.schema, "FORMAT", len(module.schema.MIGRATIONS))
    refused(cache.tools.names, "is damaged", "syntax error")
    cache.close()
    assert content_of(folder) == before
