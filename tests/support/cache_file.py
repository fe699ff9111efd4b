"""The file of a cache from outside: what is in it, who else writes to it, and how its faults are told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from latm_magic.cache import database
from latm_magic.errors import CacheError

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
    """Return what a child printed; fails with its errors where it failed."""
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


def content_of(folder):
    """Return the bytes of the cache's file."""
    return (folder / "cache.sqlite").read_bytes()


def hot_journal(folder):
    """Return the journal that a writer leaves which is killed when parts of its change are in the file."""
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
    assert journal.startswith(database._JOURNAL_MAGIC)
    return journal + b"\0" * (-len(journal) % 512)
