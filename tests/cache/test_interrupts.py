"""Changes that are interrupted leave nothing half done."""

from __future__ import annotations

import signal
import sqlite3

import pytest
from cache_file import content_of, hot_journal, python
from sample_tool import sample_tool


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
    before = content_of(folder)
    hot_journal(folder)
    assert content_of(folder) != before
    assert cache.tools.current() == (kept,)
    assert cache.tools.is_trusted(kept)
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "cache.sqlite"]
    assert cache.tools.keep(sample_tool()).version == 2


ENDLESS = """if True:
    import sys
    from pathlib import Path
    from sample_tool import sample_tool
    from latm_magic.cache.cache import Cache
    from latm_magic.environment import home_folder
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
