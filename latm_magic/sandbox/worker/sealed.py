"""A tool's compiled code on its way to the tool's next worker: bytes that the host keeps and never looks into.

They are made before any guest code has run in this process, so a worker that a tool has taken over has no part in them,
and they come back for the same source alone. The seal says what they were made of: for another source, other probes,
another policy or another Python they are no code, nor are bytes that were damaged, and the source is compiled anew. It
is NOT a secret: what keeps forged code away is when the host takes such bytes, and from whom (`host/kept_code.py`).
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from typing import TYPE_CHECKING

from latm_magic.sandbox.policy.allowlist import POLICY_VERSION

if TYPE_CHECKING:
    from types import CodeType

MOST_BYTES = 1 << 21
"""Code of more bytes is not kept."""


def sealed(code: CodeType, source: str, tested: int, extra_modules: tuple[str, ...]) -> bytes | None:
    """Return `code` with its seal, or None where it is too large to keep."""
    content = marshal.dumps(code)
    return None if len(content) > MOST_BYTES else _seal(content, source, tested, extra_modules) + content


def opened(kept: bytes, source: str, tested: int, extra_modules: tuple[str, ...]) -> CodeType | None:
    """Return the code, or None where the seal is not that of this source, policy and Python."""
    size = hashlib.sha256().digest_size
    content = kept[size:]
    if kept[:size] != _seal(content, source, tested, extra_modules):
        return None
    code: CodeType = marshal.loads(content)  # noqa: S302 - behind the walls, and not before the seal was compared
    return code


def _seal(content: bytes, source: str, tested: int, extra_modules: tuple[str, ...]) -> bytes:
    made_of = (POLICY_VERSION, sys.version, sys.implementation.cache_tag, extra_modules, tested, source)
    return hashlib.sha256(repr(made_of).encode(errors="surrogatepass") + content).digest()
