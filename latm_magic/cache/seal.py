"""Seals: what you put into a cache on this machine carries an HMAC under a key that stays in your home folder.

So a cache that came with a cloned repository, was copied from elsewhere or was edited by hand shows. A seal does NOT
stop a program that runs as you: it can read the key. And it says nothing of whether what is sealed is right.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import stat
from typing import TYPE_CHECKING

from latm_magic.cache.codec import to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_KEY_BYTES = 32


class Seal:
    """Signs with the key in `folder`, which is made when something is first signed.

    Where the folder cannot be used the key lives in this process alone: nothing is trusted the next time, and `note`
    says why. `folder` is None where there is nowhere to keep a key.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "seal.key" if folder else None
        self._key: bytes | None = None
        # Drawn beforehand, so that threads which sign at once agree on it.
        self._process_key = secrets.token_bytes(_KEY_BYTES)
        self.note = ""
        """Why the key will not last, in one line; "" while nothing is known against it."""

    def sign(self, *parts: str | bytes | float | None) -> bytes:
        """Return the seal of `parts`, 32 bytes; makes the key if there is none."""
        if self._key is None:
            self._key = self._existing() or self._made() or self._process_key
        return _digest(self._key, parts)

    def matches(self, seal: object, *parts: str | bytes | float | None) -> bool:
        """Whether `seal` is what `sign` returns for `parts` on this machine; makes no key."""
        if self._key is None:
            self._key = self._existing()
        return (
            self._key is not None and isinstance(seal, bytes) and hmac.compare_digest(seal, _digest(self._key, parts))
        )

    def _existing(self) -> bytes | None:
        if self._path is None:
            return self._unusable(ValueError("your home folder is not known"))
        try:
            return _read_private(self._path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            return self._unusable(error)

    def _made(self) -> bytes | None:
        if self._path is None or self.note:
            return None
        draft = self._path.with_name(f"seal.{secrets.token_hex(8)}.draft")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_new(draft, secrets.token_bytes(_KEY_BYTES))
            try:
                _publish(draft, self._path)
            finally:
                draft.unlink()
        except (OSError, ValueError) as error:
            return self._unusable(error)
        return self._existing()

    def _unusable(self, error: OSError | ValueError) -> bytes | None:
        reason = getattr(error, "strerror", None) or str(error)
        self.note = (
            f"The key {self._path}, which seals your tools, cannot be used ({reason})."
            " Tools made now count as imported next time; LATM_HOME names another folder for the key."
        )
        return None


def _digest(key: bytes, parts: Sequence[str | bytes | float | None]) -> bytes:
    return hmac.digest(key, b"".join([_framed(part) for part in parts]), "sha256")


def _framed(part: str | bytes | float | None) -> bytes:
    """Return a part with its kind and length before it, so that no two lists of parts read the same."""
    if isinstance(part, bytes):
        return b"bytes:%d:%b" % (len(part), part)
    content = (
        to_bytes(part) if isinstance(part, str) else b"%d" % part if type(part) is int else json.dumps(part).encode()
    )
    return b"%b:%d:%b" % (type(part).__name__.encode(), len(content), content)


def _read_private(path: Path) -> bytes:
    """Return the key; raises `OSError` or `ValueError` unless it is a whole key that is yours alone."""
    # Without blocking: a pipe in its place must not hang the kernel.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a file")
        if os.name == "posix" and status.st_uid != os.geteuid():
            raise ValueError("it belongs to somebody else")
        if os.name == "posix" and status.st_mode & 0o077:
            raise ValueError("others may read or write it; chmod 600 mends that")
        key = os.read(descriptor, _KEY_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(key) != _KEY_BYTES:
        raise ValueError("it is damaged; delete it and a new one is made")
    return key


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    """Give `path` the draft's content unless another process was first: its key is then the key."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        try:
            _write_new(path, draft.read_bytes())
        except FileExistsError:
            return
