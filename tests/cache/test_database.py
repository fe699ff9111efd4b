"""The file of the cache: made late, shared by many, and never the worse for what happens to it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sample_tool import sample_tool

from latm_magic.cache import database as module
from latm_magic.cache.cache import Cache
from latm_magic.cache.database import Database, _uri, tool_count
from latm_magic.errors import CacheError, LatmError
from latm_magic.models.ledger import Entry
from latm_magic.settings import home_folder

TESTS = Path(__file__).resolve().parents[1]


def python(code, *arguments, **options):
    """Start a process that may import the package and the tests' helpers."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS / "support")])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finished(child):
    """Give what a child printed; fails with its errors where it failed."""
    out, errors = child.communicate(timeout=50)
    assert child.returncode == 0, errors
    return out


def refused(call, *words):
    """Check that a call raises a CacheError of one line that holds these words."""
    with pytest.raises(CacheError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    return message


# Made on the first change, and not before


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


def test_the_cache_stays_where_it_was_when_the_notebook_changes_its_directory(tmp_path, monkeypatch):
    """A relative folder is taken from where the cache was made."""
    monkeypatch.chdir(tmp_path)
    cache = Cache(Path(".latm"), home_folder())
    cache.tools.keep(sample_tool())
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert cache.tools.names() == ("sort_words",)
    cache.close()
    assert cache.tools.names() == ("sort_words",)
    cache.close()


def test_a_folder_that_is_deleted_under_us_is_an_absent_cache(cache, folder):
    """Deleting .latm by hand empties the cache, also for a kernel that has it open."""
    cache.tools.keep(sample_tool())
    shutil.rmtree(folder)
    assert cache.tools.names() == ()
    assert cache.tools.keep(sample_tool("zebra")).version == 1
    assert cache.tools.names() == ("zebra",)


def test_a_file_that_is_replaced_under_us_is_opened_anew(cache, folder, tmp_path):
    """A backup that was put in place is what is read from then on."""
    cache.tools.keep(sample_tool())
    with Cache(tmp_path / "backup", home_folder()) as backup:
        backup.tools.keep(sample_tool("zebra"))
    (tmp_path / "backup" / "cache.sqlite").replace(folder / "cache.sqlite")
    assert cache.tools.names() == ("zebra",)


def test_a_closed_cache_opens_again(cache):
    """Closing twice is nothing, and the next use opens the file."""
    cache.tools.keep(sample_tool())
    cache.close()
    cache.close()
    assert cache.tools.names() == ("sort_words",)


# What is not ours is told, and left as it is


def _bytes(folder):
    return (folder / "cache.sqlite").read_bytes()


def _assert_left_alone(cache, folder, *words):
    before = _bytes(folder)
    refused(cache.tools.names, *words)
    refused(lambda: cache.tools.keep(sample_tool()), *words)
    cache.close()
    assert _bytes(folder) == before


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
    journal = _hot_journal(folder) + _naming(precious)
    (folder / "cache.sqlite-journal").write_bytes(journal)
    message = refused(cache.tools.names, "cache.sqlite-journal was not written by latm_magic")
    assert "move it and cache.sqlite away" in message
    cache.close()
    refused(lambda: cache.tools.keep(sample_tool()), "was not written by latm_magic")
    assert precious.read_text() == "yours"
    # The same journal, where nobody looks at it first: this is what is refused above.
    with closing(sqlite3.connect(folder / "cache.sqlite")) as connection:
        connection.execute("SELECT * FROM tool").fetchall()
    assert not precious.exists()


def _hot_journal(folder):
    """Give the journal that a writer leaves which is killed when parts of its change are in the file."""
    code = """if True:
        import sys, sqlite3
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE tool_body SET body = body || zeroblob(200000)")
        connection.execute("UPDATE tool_version SET description = zeroblob(200000)")
        print("ready", flush=True)
        sys.stdin.read()
    """
    child = python(code, folder / "cache.sqlite")
    assert child.stdout.readline() == "ready\n"
    child.kill()
    child.communicate()
    journal = (folder / "cache.sqlite-journal").read_bytes()
    assert journal.startswith(module._JOURNAL_MAGIC)
    return journal + b"\0" * (-len(journal) % 512)


def _naming(path):
    """Give the record at a journal's end that names the journal of a change over several files."""
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
    (folder / "cache.sqlite").write_bytes(_bytes(folder)[:keep])
    before = _bytes(folder)
    refused(cache.tools.current, "is damaged", "It was left as it is", "backup", "cache_dir")
    cache.close()
    assert _bytes(folder) == before


def test_a_file_with_garbage_inside_is_damaged(cache, folder):
    """Pages that were overwritten are told as damaged."""
    for number in range(5):
        cache.tools.keep(sample_tool(f"tool_{number}"))
    cache.close()
    content = _bytes(folder)
    (folder / "cache.sqlite").write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    _assert_left_alone(cache, folder, "is damaged")


def test_a_missing_table_is_damaged(cache, edit):
    """A file of ours from which a table was taken is told as damaged."""
    cache.tools.keep(sample_tool())
    edit("DROP TABLE tool_body")
    refused(cache.tools.current, "is damaged (no such table: tool_body)", "backup")


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
    before = _bytes(folder)
    broken = (*module.schema.MIGRATIONS, ("CREATE TABLE extra (id INTEGER)", "NO SQL"))
    monkeypatch.setattr(module.schema, "MIGRATIONS", broken)
    monkeypatch.setattr(module.schema, "FORMAT", len(module.schema.MIGRATIONS))
    refused(cache.tools.names, "is damaged", "syntax error")
    cache.close()
    assert _bytes(folder) == before


# The disk


def test_a_full_database_changes_nothing(cache):
    """SQLITE_FULL, brought about by a limit on pages: the message says what to do, and what was kept stays."""
    kept = cache.tools.keep(sample_tool())
    with cache._database.change() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    cache._database._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    refused(
        lambda: cache.tools.keep(sample_tool(source="x" * 100_000)),
        "is full",
        "nothing was changed",
        "free some space",
        "cache_dir",
    )
    assert cache.tools.versions("sort_words") == (kept,)
    cache.tools.keep(sample_tool())


@pytest.fixture
def small_disk(tmp_path):
    """Give a file system of 256 KB and a function that makes it read-only; skips where mounting is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk takes root")

    def lock():
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)

    yield place, lock
    subprocess.run(["umount", str(place)], check=True)


def _fill(place):
    with pytest.raises(OSError, match="No space left"):
        (place / "ballast").write_bytes(b"x" * 1_000_000)


def test_a_full_disk_changes_nothing(small_disk):
    """On a disk that is really full, the error says so, what was kept is still there, and room makes it work again."""
    place, _ = small_disk
    with Cache(place / "project" / ".latm", home_folder()) as cache:
        kept = cache.tools.keep(sample_tool())
        refused(lambda: cache.tools.keep(sample_tool(source="x" * 300_000)), "is full", "free some space", "cache_dir")
        _fill(place)
        refused(cache.prepare, "is full", "cache_dir")
        refused(lambda: cache.tools.keep(sample_tool("zebra", source="x" * 20_000)), "is full", "cache_dir")
        assert cache.tools.current() == (kept,)
        assert cache.tools.is_trusted(kept)
        (place / "ballast").unlink()
        cache.tools.keep(sample_tool("zebra"))
        assert cache.tools.names() == ("sort_words", "zebra")


def test_a_disk_that_is_full_from_the_start_is_told(small_disk):
    """Making the first file on a full disk is an error of one line, and leaves an empty cache."""
    place, _ = small_disk
    _fill(place)
    with Cache(place / "project" / ".latm", home_folder()) as cache:
        refused(lambda: cache.tools.keep(sample_tool()), "is full", "cache_dir")
        assert cache.tools.names() == ()
        (place / "ballast").unlink()
        cache.tools.keep(sample_tool())


def test_a_read_only_disk_can_be_read(small_disk):
    """A project on a read-only disk gives its tools; changing them, or starting a cache there, says what to do."""
    place, lock = small_disk
    with Cache(place / "project" / ".latm", home_folder()) as cache:
        kept = cache.tools.keep(sample_tool())
        cache.close()
        lock()
        assert cache.tools.current() == (kept,)
        refused(cache.prepare, "cannot be opened or written", "cache_dir")
        refused(lambda: cache.tools.keep(sample_tool()), "cannot be opened or written", "cache_dir")
        refused(lambda: cache.tools.drop("sort_words"), "cannot be opened or written", "cache_dir")
        assert cache.tools.current() == (kept,)
    with Cache(place / "other" / ".latm", home_folder()) as absent:
        assert absent.tools.names() == ()
        refused(
            lambda: absent.tools.keep(sample_tool()), "cannot be opened or written (read-only file system)", "cache_dir"
        )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_can_be_read(cache, folder):
    """The same without root: a folder whose permissions forbid writing."""
    kept = cache.tools.keep(sample_tool())
    cache.close()
    folder.chmod(0o555)
    try:
        assert cache.tools.current() == (kept,)
        refused(lambda: cache.tools.keep(sample_tool()), "cannot be opened or written", "cache_dir")
    finally:
        folder.chmod(0o755)


# Many at once


def test_a_file_that_stays_locked_is_told(cache, folder):
    """A program that does not let go of the file gives an error after the waiting time, and nothing is lost."""
    kept = cache.tools.keep(sample_tool())
    other = sqlite3.connect(folder / "cache.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    refused(cache.tools.names, "is locked", "0.1 seconds", "Try again", "close the other notebooks")
    refused(lambda: cache.tools.keep(sample_tool()), "is locked")
    other.execute("COMMIT")
    other.close()
    assert cache.tools.current() == (kept,)


def test_a_reader_that_stays_holds_up_a_writer(cache, folder):
    """A change that cannot be committed while another program reads is taken back whole."""
    kept = cache.tools.keep(sample_tool())
    other = sqlite3.connect(folder / "cache.sqlite", isolation_level=None)
    reading = other.execute("SELECT name FROM tool UNION ALL SELECT name FROM tool")
    reading.fetchone()
    refused(lambda: cache.tools.keep(sample_tool()), "is locked")
    other.close()
    assert cache.tools.versions("sort_words") == (kept,)


WRITER = """if True:
    import sys
    from pathlib import Path
    from sample_tool import sample_tool
    from latm_magic.cache.cache import Cache
    from latm_magic.cache.records import StoredAnswer
    from latm_magic.settings import home_folder
    folder, number = Path(sys.argv[1]), sys.argv[2]
    with Cache(folder, home_folder(), busy_timeout_s=60) as cache:
        sys.stdin.readline()
        for step in range(10):
            tool = cache.tools.keep(sample_tool())
            cache.tools.keep(sample_tool(f"tool_{number}_{step}"))
            cache.answers.keep([StoredAnswer(f"{number} {step}", None, None, "", "text", "direct", False, "")])
            assert cache.tools.is_trusted(tool)
"""


def test_several_processes_write_at_once(cache, folder, edit):
    """Nothing is lost and no version number given twice when several kernels start a cache and write to it together."""
    children = [python(WRITER, folder, number) for number in range(4)]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        finished(child)
    assert [tool.version for tool in cache.tools.versions("sort_words")] == list(range(1, 41))
    assert len(cache.tools.names()) == 41
    assert len(cache.answers.find(f"{number} {step}" for number in range(4) for step in range(10))) == 40
    assert all(cache.tools.is_trusted(tool) for tool in cache.tools.current())
    assert edit("PRAGMA integrity_check") == [(b"ok",)]


def test_several_threads_use_one_cache(cache):
    """Threads of one kernel share a cache, reading and writing."""
    entry = Entry("", "user", "", "model", 1, 0, 1, None, 0.0, recorded=False, ok=True)
    faults = []

    def work(number):
        try:
            for step in range(5):
                cache.tools.keep(sample_tool())
                cache.ledger.add(entry)
                cache.feedback.keep_pending([f"{number} {step}"])
                assert cache.tools.get("sort_words").version
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (
        len(cache.tools.versions("sort_words"))
        == len(cache.feedback.pending())
        == len(list(cache.ledger.entries()))
        == 30
    )


FORKER = """if True:
    import os, sys, threading, warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads is what is tested
    from pathlib import Path
    from sample_tool import sample_tool
    from latm_magic.cache.cache import Cache
    from latm_magic.settings import home_folder
    cache = Cache(Path(sys.argv[1]), home_folder(), busy_timeout_s=60)
    cache.tools.keep(sample_tool())
    stop = threading.Event()
    def write():
        while not stop.is_set():
            cache.feedback.keep_pending([os.urandom(8).hex()])
    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            try:
                assert cache._database._connection is None
                cache.tools.keep(sample_tool())
                assert cache.tools.is_trusted(cache.tools.get("sort_words"))
            except BaseException as fault:
                print(fault, file=sys.stderr)
                os._exit(1)
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    stop.set()
    for thread in threads:
        thread.join()
    print(codes, len(cache.tools.versions("sort_words")))
"""


def test_a_cache_survives_forks_while_threads_write(folder, edit):
    """No connection crosses a fork: children and parent all go on, and the file stays whole."""
    assert finished(python(FORKER, folder)) == f"{[0] * 8} 9\n"
    assert edit("PRAGMA integrity_check") == [(b"ok",)]


def test_before_a_fork_the_file_is_closed_and_a_child_gets_a_fresh_lock(cache):
    """The hooks close every open database, and hold the lock until the fork is over."""
    cache.tools.keep(sample_tool())
    process = module._Process()
    process.databases.add(cache._database)
    process.before_fork()
    assert cache._database._connection is None
    held = process.lock
    process.in_child()
    assert process.lock is not held
    process.lock.acquire()
    process.in_parent()


def test_a_system_without_forks_needs_no_hooks(monkeypatch):
    """Where processes are not forked there is nothing to register."""
    monkeypatch.delattr(os, "register_at_fork")
    assert not module._Process().databases


# Interrupted


def test_an_interrupt_in_the_middle_of_a_change_takes_it_back(cache):
    """KeyboardInterrupt leaves the cache as it was before, and usable."""
    kept = cache.tools.keep(sample_tool())
    with pytest.raises(KeyboardInterrupt), cache._database.change() as connection:
        _delete_and_interrupt(connection)
    assert cache.tools.current() == (kept,)
    cache.tools.keep(sample_tool())


def _delete_and_interrupt(connection):
    connection.execute("DELETE FROM tool")
    raise KeyboardInterrupt


def test_a_mistake_of_ours_is_not_told_as_a_fault_of_the_disk(cache):
    """An error that is neither the disk's nor the file's is raised as it is."""
    cache.tools.keep(sample_tool())
    with pytest.raises(sqlite3.ProgrammingError):
        cache._database.rows("SELECT ?", ())


def test_a_kernel_that_is_killed_in_the_middle_of_a_change_leaves_none_of_it(cache, folder):
    """After kill -9 with half of a change already in the file, everything is as before."""
    kept = cache.tools.keep(sample_tool())
    cache.close()
    before = _bytes(folder)
    _hot_journal(folder)
    assert _bytes(folder) != before
    assert cache.tools.current() == (kept,)
    assert cache.tools.is_trusted(kept)
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "cache.sqlite"]
    assert cache.tools.keep(sample_tool()).version == 2


ENDLESS = """if True:
    import sys
    from pathlib import Path
    from sample_tool import sample_tool
    from latm_magic.cache.cache import Cache
    from latm_magic.settings import home_folder
    cache = Cache(Path(sys.argv[1]), home_folder())
    while True:
        print(cache.tools.keep(sample_tool(doc="x" * 100_000)).version, flush=True)
"""


@pytest.mark.parametrize("lines", [0, 1, 2, 5, 9])
def test_a_kernel_that_is_killed_while_it_writes_loses_nothing_it_finished(cache, folder, edit, lines):
    """After kill -9 at any moment, every version that was reported as kept is there, whole and trusted."""
    child = python(ENDLESS, folder)
    for _ in range(lines):
        child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    told = child.stdout.read().split()
    child.communicate()
    finished_versions = lines + len(told)
    versions = cache.tools.versions("sort_words") if cache.tools.names() else ()
    assert finished_versions <= len(versions) <= finished_versions + 1
    assert all(cache.tools.is_trusted(tool) for tool in versions)
    cache.tools.keep(sample_tool())
    assert edit("PRAGMA integrity_check") == [(b"ok",)]


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


def test_the_revision_stays_the_same_until_somebody_changes_the_cache(cache, folder):
    """A change here, a change by another process and another file each give another revision; reading gives none."""
    assert cache.revision() == ()
    cache.tools.keep(sample_tool())
    seen = [cache.revision()]
    cache.tools.current()
    assert cache.revision() == seen[0]
    cache.tools.keep(sample_tool())
    seen.append(cache.revision())
    with Cache(folder, home_folder()) as other:
        other.feedback.keep_pending(["q"])
    seen.append(cache.revision())
    shutil.rmtree(folder)
    assert cache.revision() == ()
    cache.tools.keep(sample_tool())
    seen.append(cache.revision())
    assert len(set(seen)) == 4


def test_a_cache_that_moves_leaves_what_it_had_where_it_was(cache, folder, tmp_path):
    """`move_to` makes it the cache in another folder; going back finds the tools again."""
    cache.tools.keep(sample_tool())
    cache.move_to(tmp_path / "elsewhere")
    assert (cache.tools.names(), cache.folder) == ((), tmp_path / "elsewhere")
    cache.move_to(folder)
    assert cache.tools.names() == ("sort_words",)


def test_tools_are_counted_without_reading_them(cache, folder, tmp_path):
    """A damaged tool counts too, and where there is no cache there are none."""
    cache.tools.keep(sample_tool())
    assert (tool_count(folder), tool_count(tmp_path / "absent")) == (1, 0)
