"""The one SQLite file of a cache: opened when needed, made on the first change, changed in whole transactions.

Several kernels and threads may use it at once: the file's locks keep processes apart, one lock here keeps threads
apart. A rollback journal and not WAL, because WAL does not work on network file systems. The tables are `schema.py`'s.

A fault of the disk or the file becomes a `CacheError` that says what to do next; any other is ours and stays as it is.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote
from weakref import WeakSet

from latm_magic.cache import schema
from latm_magic.cache.faults import explained as _explained
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
_SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite puts beside its file, and reads, fills and deletes there."""
_SETTLED_S = 2.0
"""Since when nothing may have come or gone in the folder for its times to tell; file systems count in coarse steps."""
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Database:
    """The file `cache.sqlite` in `folder`. Reading one that does not exist returns no rows and makes nothing."""

    def __init__(self, folder: Path, busy_timeout_s: float = 5.0) -> None:
        self.folder = folder.absolute()  # a notebook may change its working directory
        self.path = self.folder / "cache.sqlite"
        self._busy_timeout_s = busy_timeout_s
        self._connection: Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._folder_was: tuple[int, ...] | None = None
        self._opened_count = self._changed_count = 0
        _PROCESS.databases.add(self)

    def move_to(self, folder: Path) -> None:
        """Be the file in another folder from now on; what is in the old one stays there."""
        with _PROCESS.lock:
            self.close()
            self.folder = folder.absolute()
            self.path = self.folder / "cache.sqlite"

    @property
    def exists(self) -> bool:
        """Whether there is a file with something in it."""
        with self._guarded():
            return _checked_identity(self.path) is not None

    def revision(self) -> tuple[int, ...]:
        """Return what is the same only while nobody, here or elsewhere, has changed the file."""
        with self._guarded():
            connection = self._connected(make=False)
            if connection is None:
                return ()
            (elsewhere,) = connection.execute("PRAGMA data_version").fetchone()
            return self._opened_count, self._changed_count, elsewhere

    def elsewhere(self) -> tuple[int, ...]:
        """Return what is the same only while nobody else has changed the file, and it was not opened anew."""
        revision = self.revision()
        return revision[::2]

    def rows(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """Return all rows of one SELECT, texts as bytes."""
        with self._guarded():
            connection = self._connected(make=False)
            return [] if connection is None else connection.execute(statement, parameters).fetchall()

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """Return the connection inside a transaction: committed whole, or not at all where anything is raised."""
        with self._guarded():
            connection = cast("Connection", self._connected(make=True))
            # IMMEDIATE: a transaction that reads before it writes could not wait for another that does the same.
            connection.execute("BEGIN IMMEDIATE")
            self._changed_count += 1
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; an open transaction is rolled back. The next use opens it again."""
        with _PROCESS.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with _PROCESS.lock:
            try:
                yield
            except BaseException as error:
                # Whatever state an interrupt or a fault left the connection in, closing it rolls back.
                self.close()
                told = _explained(error, self.path, self._busy_timeout_s)
                if told is None:
                    raise
                raise told from error

    def _connected(self, *, make: bool) -> Connection | None:
        if self._connection is not None and not make and self._is_as_it_was():
            return self._connection
        folder_was = _times(self.folder)
        identity = _checked_identity(self.path)
        if self._connection is not None and identity == self._identity:
            self._folder_was = folder_was
            return self._connection
        self.close()  # the file was deleted or replaced under us
        if identity is None and not make:
            return None
        if make:
            _make_folder(self.folder)
            _make_file(self.path)
        connection = self._opened()
        if not schema.prepare(connection, self.path, make=make):
            self.close()
            return None
        self._identity = _identity(self.path)
        self._opened_count += 1
        return connection

    def _is_as_it_was(self) -> bool:
        """Return whether the file is the one that is open, and nothing came or went beside it since that was checked.

        A question costs two looks at the disk instead of eight. One that fails is left to the whole check, which tells.
        """
        if self._folder_was is None or _times(self.folder) != self._folder_was:
            return False
        try:
            file = os.lstat(self.path)
        except (OSError, ValueError):
            return False
        return (file.st_dev, file.st_ino) == self._identity and file.st_size > 0

    def _opened(self) -> Connection:
        import sqlite3

        connection = sqlite3.connect(
            f"{_uri(self.path)}?mode=rw",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.text_factory = bytes
        self._connection = connection  # so that a fault from here on closes it
        return connection


class _Process:
    """What all databases of this process share: one lock, and the rule that none is open while the process forks.

    SQLite allows no connection to be carried into a child process.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.databases: WeakSet[Database] = WeakSet()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.before_fork, after_in_parent=self.in_parent, after_in_child=self.in_child)

    def before_fork(self) -> None:
        self.lock.acquire()
        for database in list(self.databases):
            database.close()

    def in_parent(self) -> None:
        self.lock.release()

    def in_child(self) -> None:
        self.lock = RLock()


_PROCESS = _Process()


def tool_count(folder: Path) -> int:
    """Count the tools of the cache in `folder`, without loading what reads them; raises `CacheError`."""
    database = Database(folder)
    try:
        rows = database.rows("SELECT count(*) FROM tool")
        return int(rows[0][0]) if rows else 0
    finally:
        database.close()


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell one file from another at the same place; None where there is none, or an empty one."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CacheError(f"{str(path)!r} cannot name a file ({error}): set cache_dir to another folder.") from error
    if stat.S_ISLNK(status.st_mode):
        raise _is_link(path)
    if not stat.S_ISREG(status.st_mode):
        raise CacheError(f"{path} is not a file: move it away, or set cache_dir to another folder.", path=path)
    return (status.st_dev, status.st_ino) if status.st_size else None


def _times(folder: Path) -> tuple[int, ...] | None:
    """Return what is other as soon as something came or went in the folder; None where that cannot be told."""
    try:
        found = os.lstat(folder)
    except (OSError, ValueError):
        return None
    if os.name != "posix" or time.time() - found.st_mtime < _SETTLED_S:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _checked_identity(path: Path) -> tuple[int, int] | None:
    """Return the identity of the cache's file; raises `CacheError` where SQLite, opening it, could touch another.

    SQLite follows links, and looks for its side files beside what they lead to. A folder that was cloned can hold some.
    """
    if path.parent.is_symlink():
        raise _is_link(path.parent)
    for suffix in _SIDE_FILES:
        if os.path.lexists(f"{path}{suffix}"):
            _identity(path.with_name(path.name + suffix))
    _refuse_foreign_journal(path)
    return _identity(path)


def _is_link(path: Path) -> CacheError:
    return CacheError(
        f"{path} is a link and is not followed: move it away, or set cache_dir to another folder.", path=path
    )


def _make_file(path: Path) -> None:
    """Make an empty file where there is none, which SQLite would do at the end of a link; for whom the folder is."""
    mode = 0o600 | stat.S_IMODE(path.parent.stat().st_mode) & 0o066
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | _NO_FOLLOW, mode))


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # for you alone; one that is there stays as wide as it is
    # Only where everything is ours: cache_dir may name a folder whose other files belong into git.
    if not any(not entry.name.startswith("cache.sqlite") for entry in folder.iterdir()):
        (folder / ".gitignore").write_text("*\n", encoding="ascii")


def _refuse_foreign_journal(path: Path) -> None:
    """Refuse a journal that names a further file, which SQLite would delete: ours never do, a planted one could."""
    journal = path.with_name(f"{path.name}-journal")
    if _identity(journal) is None:
        return
    try:
        with os.fdopen(os.open(journal, os.O_RDONLY | _NO_FOLLOW), "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(_JOURNAL_MAGIC)))
            is_foreign = file.read() == _JOURNAL_MAGIC
    except FileNotFoundError:  # another kernel has just committed
        return
    if is_foreign:
        raise CacheError(f"{journal} was not written by latm_magic: move it and {path.name} away.", path=path)


def _uri(path: Path) -> str:
    plain = quote(os.fsencode(path.as_posix()), safe="/:")
    return f"file://{'' if plain.startswith('/') else '/'}{plain}"
