"""Reading files of strangers and writing files of yours: whole, of bounded size, or not at all.

What is in them is judged by whoever asked.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from typing import TYPE_CHECKING, Any

from latm_magic.errors import NotebookError
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_text(path: Path, limit_bytes: int, what: str) -> str:
    """Read a file of text, once and through one descriptor; raises `NotebookError` for what is not whole.

    `what` says what it should be, for the message, for example "a notebook".
    """
    try:
        content = _read(path, limit_bytes)
    except FileNotFoundError:
        raise NotebookError(f"No file {quoted(str(path), 200)}: check the path.", path=path) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise NotebookError(f"{quoted(path.name)} cannot be read as {what} ({reason}).", path=path) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NotebookError(
            f"{path.name!r} is not UTF-8 (byte {fault.start}), so it is not {what}.", path=path
        ) from None


def read_json(path: Path, limit_bytes: int, what: str) -> Any:
    """Read a file of JSON as `read_text` does; raises `NotebookError`, for an empty or a deeply nested one too."""
    text = read_text(path, limit_bytes, what)
    if not text.strip():
        raise NotebookError(f"{path.name!r} is empty: it is not {what}.", path=path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        raise NotebookError(f"{path.name!r} is damaged or not {what} ({reason}).", path=path) from None


def _read(path: Path, limit_bytes: int) -> bytes:
    # Without blocking: a pipe in the file's place must not hang the kernel.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise ValueError("it is not a file")
        if before.st_size > limit_bytes:
            raise ValueError(f"it has {before.st_size / 1e6:,.0f} MB, and at most {limit_bytes / 1e6:,.0f} are read")
        content = file.read(limit_bytes + 1)
        after = os.fstat(file.fileno())
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or len(content) != after.st_size:
        raise ValueError("it changed while it was read: try again")
    return content


def write_files(contents: Mapping[Path, bytes], *, force: bool) -> bool:
    """Write files, each whole or not at all; returns False where all had this content already.

    Without `force`, a file with another content is an error and nothing is written. Raises `NotebookError`.
    """
    try:
        changed = {path: content for path, content in contents.items() if not _holds(path, content)}
        taken = [path for path in changed if os.path.lexists(path)]
        if taken and not force:
            names = " and ".join(repr(str(path)) for path in taken)
            raise NotebookError(f"{names} exists with another content: replace it with --force (force=True).")
        for path, content in changed.items():
            _write(path, content)
    except (OSError, ValueError) as fault:  # ValueError: a NUL in a name
        names = " and ".join(quoted(str(path), 200) for path in contents)
        reason = getattr(fault, "strerror", None) or fault
        raise NotebookError(f"{names} cannot be written ({reason}): choose another place.") from None
    return bool(changed)


def _holds(path: Path, content: bytes) -> bool:
    try:
        status = path.lstat()
        return stat.S_ISREG(status.st_mode) and status.st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    descriptor = os.open(
        draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _mode_in(path.parent)
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            if path.exists() and hasattr(os, "fchmod"):  # what you had shared or closed stays so
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode) & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _mode_in(folder: Path) -> int:
    """Return the mode of a new file: for you alone, but in a folder that others may write into as your umask says."""
    return 0o666 if folder.stat().st_mode & 0o022 else 0o600
