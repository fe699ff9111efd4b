"""What the cache remembers of shared tools: sealed, bounded, and nothing that this version cannot read."""

from sample_tool import sample_tool

from latm_magic.cache import tools
from latm_magic.sharing.team import SharedTools

DIGEST = bytes(32)


def test_a_shared_tool_when_kept_is_given_back(cache):
    """It comes back as it was kept, under its own digest alone, and a later one takes its place."""
    tool = sample_tool(version=0)
    assert cache.shared.find(DIGEST) is None
    cache.shared.keep(DIGEST, tool)
    assert (cache.shared.find(DIGEST), cache.shared.find(b"x" * 32)) == (tool, None)
    cache.shared.keep(DIGEST, sample_tool("other", version=0))
    assert cache.shared.find(DIGEST).name == "other"


def test_a_shared_tool_when_its_row_was_changed_is_forgotten(cache, edit):
    """A row that was edited, or moved to another digest, is as if it were not there."""
    cache.shared.keep(DIGEST, sample_tool(version=0))
    edit("UPDATE shared SET digest = ?", b"y" * 32)
    assert cache.shared.find(b"y" * 32) is None
    edit("UPDATE shared SET digest = ?, body = replace(CAST(body AS TEXT), 'Sort', 'Mix')", DIGEST)
    assert cache.shared.find(DIGEST) is None


def test_a_shared_tool_when_another_version_wrote_it_is_verified_again(cache, edit):
    """A record with a key that is unknown here, sealed though it is, is no error."""
    cache.shared.keep(DIGEST, sample_tool(version=0))
    body = b'{"unknown": 1}'
    edit("UPDATE shared SET body = ?, seal = ?", body, cache._seal.sign("shared", DIGEST, body))
    assert cache.shared.find(DIGEST) is None


def test_shared_tools_when_many_are_kept_make_room(cache, monkeypatch, edit):
    """The oldest go first."""
    monkeypatch.setattr(tools, "_MOST_SHARED", 2)
    for number in range(4):
        cache.shared.keep(bytes([number]) * 32, sample_tool(version=0))
    assert [cache.shared.find(bytes([number]) * 32) is not None for number in range(4)] == [False, False, True, True]


def test_a_shared_folder_when_it_cannot_be_listed_is_told(cache, tmp_path, monkeypatch):
    """What is wrong with one path is a line, and the next path is read."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    monkeypatch.setattr("latm_magic.sharing.notebook_read.MAX_NOTEBOOKS", 1)
    notes = []
    shared = SharedTools(lambda: [tmp_path, tmp_path / "a.ipynb"], str, cache, lambda: None, notes.append)
    assert shared.offers() == shared.offers() == ()
    assert [words in note.text for words, note in zip(("2 notebooks", "names no version"), notes, strict=True)] == [
        True
    ] * 2
