"""What a fault of the disk or of the cache's file is called, and what to do about it, in one line each."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from latm_magic.cache.schema import NOT_A_CACHE
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from pathlib import Path

_ELSEWHERE = "set cache_dir to another folder"
_UNWRITABLE = f"{{path}} cannot be opened or written ({{reason}}): make it and its folder writable, or {_ELSEWHERE}."
_FAILED = f"The disk under {{path}} failed ({{reason}}): check it or its network connection, or {_ELSEWHERE}."
_FULL = f"The disk under {{path}} is full, so nothing was changed: free some space, or {_ELSEWHERE}."
_LOCKED = (
    "The cache {path} is locked: another program has been at it for {busy_timeout_s:g} seconds. Try again;"
    " if it stays locked, close the other notebooks of this project."
)
_DAMAGED = (
    "The cache {path} is damaged ({reason}). It was left as it is: put a backup in its place,"
    f" or move it away and make the tools again, or {_ELSEWHERE}."
)

_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

# By the primary result code of SQLite (https://sqlite.org/rescode.html).
_WORDS = {
    3: _UNWRITABLE,  # PERM
    5: _LOCKED,  # BUSY
    6: _LOCKED,  # LOCKED
    8: _UNWRITABLE,  # READONLY
    10: _FAILED,  # IOERR
    13: _FULL,  # FULL
    14: _UNWRITABLE,  # CANTOPEN
    15: _FAILED,  # PROTOCOL
    18: "What was to be kept in {path} is too large ({reason}), so nothing was changed: shorten it.",  # TOOBIG
    26: NOT_A_CACHE,  # NOTADB
}


def explained(error: BaseException, path: Path, busy_timeout_s: float) -> CacheError | None:
    """Return the error to raise in place of `error`; None where it is not a fault of the disk or the file."""
    if isinstance(error, OSError):
        words = _FULL if error.errno in _NO_SPACE else _UNWRITABLE
        return CacheError(words.format(path=path, reason=(error.strerror or str(error)).lower()), path=path)
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    words = _WORDS.get(code & 0xFF, _DAMAGED)
    return CacheError(words.format(path=path, reason=error, busy_timeout_s=busy_timeout_s), path=path)
