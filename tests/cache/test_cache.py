"""A cache that moves, is replaced or deleted, and is opened again."""

from __future__ import annotations

import shutil
from pathlib import Path

from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.environment import home_folder


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
