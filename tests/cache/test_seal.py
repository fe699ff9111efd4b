"""A seal shows what was kept on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from latm_magic.cache.seal import Seal


def test_a_seal_matches_what_it_was_given_for(home):
    """The same parts match under the same key, also for another reader of that key."""
    seal = Seal(home).sign("tool", b"content", 1, None)
    assert Seal(home).matches(seal, "tool", b"content", 1, None)


@pytest.mark.parametrize(
    "parts",
    [
        ("tool", b"other", 1),
        ("answer", b"content", 1),
        ("tool", b"content"),
        ("toolcontent", 1),
        ("tool", b"content", 1.0),
    ],
)
def test_a_seal_matches_nothing_else(home, parts):
    """Other parts, other borders between them and other kinds do not match."""
    seal = Seal(home)
    assert not seal.matches(seal.sign("tool", b"content", 1), *parts)


@pytest.mark.parametrize("stored", [None, b"", "text", 7, b"x" * 32])
def test_what_is_no_seal_does_not_match(home, stored):
    """A column that holds anything else than our seal is not trusted."""
    seal = Seal(home)
    seal.sign("tool")
    assert not seal.matches(stored, "tool")


def test_the_key_is_made_when_first_signed_and_only_you_may_read_it(home):
    """Looking makes no key; signing makes one of 32 bytes with mode 600, and leaves nothing else."""
    seal = Seal(home)
    assert not seal.matches(b"x" * 32, "tool")
    assert not home.exists()
    seal.sign("tool")
    (key,) = home.iterdir()
    assert (key.name, key.stat().st_size, key.stat().st_mode & 0o777) == ("seal.key", 32, 0o600)
    assert seal.note == ""


def test_another_home_has_another_key(tmp_path):
    """What one person sealed is not trusted by the next."""
    seal = Seal(tmp_path / "one").sign("tool")
    other = Seal(tmp_path / "two")
    other.sign("tool")
    assert not other.matches(seal, "tool")


def _assert_lives_in_this_process(seal, why):
    mark = seal.sign("tool")
    assert seal.matches(mark, "tool")
    assert seal.sign("tool") == mark
    assert why in seal.note
    assert "\n" not in seal.note


def test_a_home_that_cannot_be_written_gives_a_key_for_this_process(tmp_path):
    """Without a place for the key everything works, and nothing is trusted by the next process."""
    (tmp_path / "file").write_text("in the way")
    seal = Seal(tmp_path / "file" / "home")
    _assert_lives_in_this_process(seal, "LATM_HOME")
    assert not Seal(tmp_path / "file" / "home").matches(seal.sign("tool"), "tool")


def test_a_folder_that_refuses_a_file_gives_a_key_for_this_process(tmp_path):
    """A home whose folder cannot be made is told as one that cannot be written."""
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "deeper")
    _assert_lives_in_this_process(Seal(tmp_path / "dangling"), "LATM_HOME")


def test_an_unknown_home_gives_a_key_for_this_process():
    """Where the system cannot say what your home folder is, nothing is written anywhere."""
    _assert_lives_in_this_process(Seal(None), "home folder is not known")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_not_used_and_not_overwritten(home, content):
    """A key of the wrong length is left as it is, and told."""
    home.mkdir()
    (home / "seal.key").write_bytes(content)
    (home / "seal.key").chmod(0o600)
    _assert_lives_in_this_process(Seal(home), "it is damaged")
    assert (home / "seal.key").read_bytes() == content


def test_a_key_that_others_may_read_is_not_used(home):
    """A key that is no secret seals nothing; the note says how to mend that."""
    Seal(home).sign("tool")
    (home / "seal.key").chmod(0o640)
    _assert_lives_in_this_process(Seal(home), "chmod 600")


def test_a_key_of_somebody_else_is_not_used(home, monkeypatch):
    """A key that was planted by another person is not yours."""
    Seal(home).sign("tool")
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    _assert_lives_in_this_process(Seal(home), "somebody else")


def test_a_key_that_is_a_pipe_or_a_folder_is_not_used(tmp_path):
    """What is no file is not read, and does not hang the kernel."""
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "seal.key", 0o600)
    _assert_lives_in_this_process(Seal(tmp_path / "pipe"), "it is not a file")
    (tmp_path / "folder" / "seal.key").mkdir(parents=True)
    _assert_lives_in_this_process(Seal(tmp_path / "folder"), "it is not a file")


def test_where_there_are_no_hard_links_the_key_is_made_all_the_same(home, monkeypatch):
    """A file system without hard links still gets one key, and a second maker takes the first one's."""
    monkeypatch.setattr(os, "link", _no_links)
    mark = Seal(home).sign("tool")
    assert [path.name for path in home.iterdir()] == ["seal.key"]
    assert Seal(home).matches(mark, "tool")


def _no_links(*_):
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_key_that_another_process_made_first_is_the_key(home, monkeypatch, has_links):
    """Whoever comes second signs with the first one's key, with hard links or without."""
    link, first = os.link, []

    def link_too_late(draft, path):
        monkeypatch.setattr(os, "link", link)
        first.append(Seal(home).sign("tool"))
        (link if has_links else _no_links)(draft, path)

    monkeypatch.setattr(os, "link", link_too_late)
    assert [Seal(home).sign("tool")] == first


def test_processes_that_start_at_once_agree_on_the_key(home):
    """Of several processes that make the key at the same moment, all use the same one."""
    code = (
        "import sys; from pathlib import Path; from latm_magic.cache.seal import Seal;"
        "sys.stdin.read(1); print(Seal(Path(sys.argv[1])).sign('tool').hex())"
    )
    command = [sys.executable, "-c", code, str(home)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for child in children:
        child.stdin.write("x")
        child.stdin.flush()
    assert len({child.communicate()[0] for child in children}) == 1
