"""Kernels, threads and forks that share one cache."""

from __future__ import annotations

import os
import sqlite3
import threading

from cache_file import finished, python, refused
from sample_tool import sample_tool

from latm_magic.cache import database as module
from latm_magic.models.ledger import Entry


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
    from latm_magic.environment import home_folder
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
    from latm_magic.environment import home_folder
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
