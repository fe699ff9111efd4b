"""Disks that are full or cannot be written."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from cache_file import refused
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.environment import home_folder


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
    """Return a file system of 256 KB and a function that makes it read-only; skips where mounting is not allowed."""
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
