"""What is not ours, or is damaged, is told and left as it is."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from cache_file import content_of, hot_journal, refused
from sample_tool import sample_tool

from latm_magic.cache import database as module
from latm_magic.cache.cache import Cache
from latm_magic.cache.database import Database
from latm_magic.environment import home_folder


def _assert_left_alone(cache, folder, *words):
    before = content_of(folder)
    refused(cache.tools.names, *words)
    refused(lambda: cache.tools.keep(sample_tool()), *words)
    cache.close()
    assert content_of(folder) == before


@pytest.mark.parametrize("content", [b"just text", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 4096, b"x" * 100_000])
def test_a_file_that_is_no_database_is_told(cache, folder, content):
    """What is not SQLite's is not touched."""
    folder.mkdir(parents=True)
    (folder / "cache.sqlite").write_bytes(content)
    _assert_left_alone(cache, folder, str(folder), "cache_dir", "It was left as it is")


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE bookmarks (url)"],
        ["CREATE TABLE bookmarks (url)", "PRAGMA user_version = 1"],
        ["PRAGMA application_id = 252006673", "PRAGMA user_version = 1"],
        ["PRAGMA application_id = 1279349837"],
        ["PRAGMA application_id = 1279349837", "PRAGMA user_version = -1"],
    ],
)
def test_a_database_of_another_program_is_told(cache, folder, edit, statements):
    """A database without our id and a format number is not touched, whatever its tables."""
    folder.mkdir(parents=True)
    for statement in statements:
        edit(statement)
    _assert_left_alone(cache, folder, "is not a cache of latm_magic", "cache_dir")


def test_a_newer_format_is_told(cache, folder, edit):
    """A cache that a later version wrote is not touched; the message says to upgrade."""
    cache.tools.keep(sample_tool())
    cache.close()
    edit("PRAGMA user_version = 7")
    _assert_left_alone(
        cache, folder, "has format 7", f"up to {module.schema.FORMAT}", "pip install -U latm_magic", "cache_dir"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER planted AFTER INSERT ON tool BEGIN DELETE FROM tool; END",
        "CREATE VIEW planted AS SELECT * FROM tool",
    ],
)
def test_a_cache_with_sql_of_its_own_is_told(cache, folder, edit, statement):
    """A trigger or a view, which would run whatever its writer likes, makes the file none of ours."""
    cache.tools.keep(sample_tool())
    cache.close()
    edit(statement)
    _assert_left_alone(cache, folder, "is not a cache of latm_magic")


def test_a_journal_that_names_another_file_is_refused(cache, folder, tmp_path):
    """A planted journal cannot make SQLite delete a file of yours, neither at first nor while the cache is open."""
    cache.tools.keep(sample_tool())
    precious = tmp_path / "precious"
    precious.write_text("yours")
    journal = hot_journal(folder) + _naming(precious)
    (folder / "cache.sqlite-journal").write_bytes(journal)
    message = refused(cache.tools.names, "cache.sqlite-journal was not written by latm_magic")
    assert "move it and cache.sqlite away" in message
    cache.close()
    refused(lambda: cache.tools.keep(sample_tool()), "was not written by latm_magic")
    assert precious.read_text() == "yours"
    # The same journal, where nobody looks at it first: this is what is refused above. Newer SQLite takes care itself.
    with closing(sqlite3.connect(folder / "cache.sqlite")) as connection:
        connection.execute("SELECT * FROM tool").fetchall()
    assert not precious.exists() or sqlite3.sqlite_version_info > (3, 46)


def _naming(path):
    """Return the record at a journal's end that names the journal of a change over several files."""
    name = bytes(path)
    parts = [(0x40000000 // 4096 + 1).to_bytes(4), name, len(name).to_bytes(4), sum(name).to_bytes(4)]
    return b"".join(parts) + module._JOURNAL_MAGIC


def test_a_journal_that_goes_away_while_we_look_is_none(cache, folder, monkeypatch):
    """Another kernel that commits at that moment is no fault."""
    cache.tools.keep(sample_tool())
    identity = module._identity
    monkeypatch.setattr(module, "_identity", lambda path: (1, 1) if path.name.endswith("-journal") else identity(path))
    assert cache.tools.names() == ("sort_words",)


@pytest.mark.parametrize("name", ["cache.sqlite", "cache.sqlite-journal"])
def test_what_is_no_file_is_told(cache, folder, name):
    """A folder or a pipe in the place of the file is an error, and does not hang the kernel."""
    (folder / name).mkdir(parents=True)
    refused(cache.tools.names, f"{name} is not a file", "cache_dir")
    (folder / name).rmdir()
    os.mkfifo(folder / name)
    refused(lambda: cache.tools.keep(sample_tool()), f"{name} is not a file")


def test_a_folder_that_is_a_file_is_told(tmp_path):
    """Where the folder cannot be, neither reading nor writing works, and both say so."""
    (tmp_path / ".latm").write_text("yours")
    cache = Cache(tmp_path / ".latm", home_folder())
    refused(cache.tools.names, "cannot be opened or written (not a directory)", "cache_dir")
    refused(lambda: cache.tools.keep(sample_tool()), "cannot be opened or written", "cache_dir")
    assert (tmp_path / ".latm").read_text() == "yours"


def test_a_path_that_no_file_can_have_is_told(tmp_path):
    """NUL in the setting is an error of one line."""
    refused(Cache(tmp_path / "a\0b", home_folder()).tools.names, "cannot name a file", "cache_dir")


@pytest.mark.parametrize("keep", [1000, 4096, 10_000])
def test_a_truncated_file_is_damaged(cache, folder, keep):
    """A file that lost its end is told as damaged, by reading and by writing, and left as it is."""
    for number in range(5):
        cache.tools.keep(sample_tool(f"tool_{number}"))
    cache.close()
    (folder / "cache.sqlite").write_bytes(content_of(folder)[:keep])
    before = content_of(folder)
    refused(cache.tools.current, "is damaged", "It was left as it is", "backup", "cache_dir")
    cache.close()
    assert content_of(folder) == before


def test_a_file_with_garbage_inside_is_damaged(cache, folder):
    """Pages that were overwritten are told as damaged."""
    for number in range(5):
        cache.tools.keep(sample_tool(f"tool_{number}"))
    cache.close()
    content = content_of(folder)
    (folder / "cache.sqlite").write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    _assert_left_alone(cache, folder, "is damaged")


def test_a_missing_table_is_damaged(cache, edit):
    """A file of ours from which a table was taken is told as damaged."""
    cache.tools.keep(sample_tool())
    edit("DROP TABLE tool_body")
    refused(cache.tools.current, "is damaged (no such table: tool_body)", "backup")


def test_a_text_beyond_sqlites_limit_is_told(cache):
    """What is larger than SQLite keeps is an error of one line."""
    cache.tools.keep(sample_tool())
    cache._database._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100_000)
    refused(lambda: cache.tools.keep(sample_tool(source="x" * 200_000)), "is too large", "nothing was changed")


def test_an_error_code_that_is_unknown_is_told_as_damage(folder):
    """Whatever SQLite may come up with is told with its own words."""
    fault = sqlite3.OperationalError("odd")
    fault.sqlite_errorcode = 999
    database = Database(folder)
    told = module._explained(fault, database.path, 5.0)
    assert "is damaged (odd)" in str(told)
