"""A learned router as bytes: a header line, a JSON part and numpy arrays, packed; no pickle.

The header names the format, its version and the kind of network, and carries a checksum. What is damaged, or of another
version or kind, is refused with `NotReadable`: the router is then made anew from the questions, which are kept
elsewhere. The cache seals these bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from typing import TYPE_CHECKING, Any

from latm_magic.routing.router import NotReadable

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""Of the format and of everything that gives the numbers their meaning: tokens, ids, networks."""

_MAGIC = "latm-learned-router"


def write(kind: str, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> bytes:
    """Return what is to be kept as bytes; `about` is plain JSON, `arrays` are numpy arrays by name."""
    import numpy as np

    packed = io.BytesIO()
    text = np.frombuffer(json.dumps(about).encode("ascii"), np.uint8)
    np.savez(packed, allow_pickle=False, about=text, **{f"array {name}": array for name, array in arrays.items()})
    body = zlib.compress(packed.getvalue(), 1)
    return _header(kind, body) + b"\n" + body


def read(kind: str, content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `about` and `arrays` again; raises `NotReadable`."""
    import numpy as np

    header, _, body = content.partition(b"\n")
    if header != _header(kind, body):
        raise NotReadable(f"The saved router is no {kind} router of version {VERSION}, or damaged; it is made anew.")
    with np.load(io.BytesIO(zlib.decompress(body)), allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        arrays = {name.removeprefix("array "): stored[name] for name in stored.files if name != "about"}
    return about, arrays


def _header(kind: str, body: bytes) -> bytes:
    return f"{_MAGIC} {VERSION} {kind} {hashlib.sha256(body).hexdigest()}".encode()
