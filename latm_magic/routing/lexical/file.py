"""The router as bytes: a header line, a JSON part and numpy arrays, packed; no pickle.

The header names the format and its version and carries a checksum. What is damaged, or of another version, is refused
with `NotReadable`: the caller makes the router anew from the tools' questions, which are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from array import array
from typing import TYPE_CHECKING, Any

from latm_magic.routing.lexical.cluster import Place
from latm_magic.routing.lexical.features import Wording
from latm_magic.routing.router import NotReadable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VERSION", "read", "write"]

VERSION = 1
"""Of the format and of everything that gives the numbers their meaning: tokens, pairs, evidences."""

_MAGIC = b"latm-router"
_ARRAYS = {"template": "i", "pairs": "q", "counts": "H", "marks": "i", "fewest": "H", "most": "H"}


def write(words: Sequence[str], tools: Sequence[str], places: Sequence[Place]) -> bytes:
    """Give words, tools and places as bytes."""
    import numpy as np

    rows = [
        {
            "tool": place.tool,
            "questions": place.questions,
            "certain": place.certain,
            "own": place.own,
            "others": place.others,
            "shift": place.shift,
            "size": place.wording.size,
            "constant": place.wording.constant,
        }
        for place in places
    ]
    about = json.dumps({"words": list(words), "tools": list(tools), "places": rows}).encode("ascii")
    arrays: dict[str, Any] = {"about": np.frombuffer(about, np.uint8)}
    for name, code in _ARRAYS.items():
        columns = [getattr(place.wording, name) for place in places]
        arrays[f"{name}_ends"] = np.cumsum([len(column) for column in columns], dtype=np.int64)
        arrays[name] = np.frombuffer(b"".join(column.tobytes() for column in columns), np.dtype(code))
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    body = zlib.compress(packed.getvalue(), 1)
    return b"%s %d %s\n%s" % (_MAGIC, VERSION, hashlib.sha256(body).hexdigest().encode(), body)


def read(content: bytes) -> tuple[list[str], list[str], list[Place]]:
    """Give words, tools and places back; raises `NotReadable`."""
    import numpy as np

    header, _, body = content.partition(b"\n")
    expected = b"%s %d %s" % (_MAGIC, VERSION, hashlib.sha256(body).hexdigest().encode())
    if header.split(b" ")[:2] != expected.split(b" ")[:2]:
        raise NotReadable(f"The saved router is not of version {VERSION}. It is made anew from the tools' questions.")
    if header != expected:
        raise NotReadable("The saved router is damaged. It is made anew from the tools' questions.")
    with np.load(io.BytesIO(zlib.decompress(body)), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    about = json.loads(arrays["about"].tobytes())
    wordings = _wordings(arrays, about["places"])
    places = [
        Place(row["tool"], row["questions"], wording, row["certain"], row["own"], row["others"], row["shift"])
        for row, wording in zip(about["places"], wordings, strict=True)
    ]
    return about["words"], about["tools"], places


def _wordings(arrays: dict[str, Any], rows: list[dict[str, Any]]) -> list[Wording]:
    parts = {}
    for name, code in _ARRAYS.items():
        ends = arrays[f"{name}_ends"].tolist()
        starts = [0, *ends][: len(ends)]
        parts[name] = [array(code, arrays[name][start:end].tobytes()) for start, end in zip(starts, ends, strict=True)]
    return [
        Wording.restored(
            size=row["size"],
            constant=row["constant"],
            **{name: column[place] for name, column in parts.items()},
        )
        for place, row in enumerate(rows)
    ]
