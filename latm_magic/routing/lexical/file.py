"""The router as bytes: a header line, a JSON part and numpy arrays, packed; no pickle.

The header names the format and its version and carries a checksum. What is damaged, or of another version, is refused
with `NotReadable`: the caller makes the router anew from the tools' questions, which are kept elsewhere.
The names in the bytes are older than those of the code and stay as they are.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from latm_magic.routing.lexical.cluster import Cluster
from latm_magic.routing.lexical.features import Wording
from latm_magic.routing.router import NotReadable

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 1
"""Of the format and of everything that gives the numbers their meaning: tokens, bigrams, features."""

_MAGIC = b"latm-router"
_ARRAYS = {"template": "i", "pairs": "q", "counts": "H", "marks": "i", "fewest": "H", "most": "H"}
"""The parts of a `Wording`, as the bytes name them, and their type codes."""
_NPY_HEADER = 10
"""Bytes of a numpy file before its description, whose length the last two of them are."""
_FIELDS = {name: name for name in _ARRAYS} | {"pairs": "bigrams"}


def write(words: Sequence[str], tools: Sequence[str], clusters: Sequence[Cluster]) -> bytes:
    """Return words, tools and clusters as bytes."""
    import numpy as np

    rows = [
        {
            "tool": cluster.tool,
            "questions": cluster.questions,
            "certain": cluster.certain,
            "own": cluster.positives,
            "others": cluster.negatives,
            "shift": cluster.intercept,
            "size": cluster.wording.size,
            "constant": cluster.wording.constant,
        }
        for cluster in clusters
    ]
    about = json.dumps({"words": list(words), "tools": list(tools), "places": rows}).encode("ascii")
    arrays: dict[str, Any] = {"about": np.frombuffer(about, np.uint8)}
    for name, code in _ARRAYS.items():
        columns = [getattr(cluster.wording, _FIELDS[name]) for cluster in clusters]
        arrays[f"{name}_ends"] = np.cumsum([len(column) for column in columns], dtype=np.int64)
        arrays[name] = np.frombuffer(b"".join(column.tobytes() for column in columns), np.dtype(code))
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    body = zlib.compress(packed.getvalue(), 1)
    return b"%s %d %s\n%s" % (_MAGIC, VERSION, hashlib.sha256(body).hexdigest().encode(), body)


def read(content: bytes) -> tuple[list[str], list[str], list[Cluster]]:
    """Return words, tools and clusters again; raises `NotReadable`.

    Without numpy: the first question of a session would wait for its import longer than for all of this.
    """
    header, _, body = content.partition(b"\n")
    expected = b"%s %d %s" % (_MAGIC, VERSION, hashlib.sha256(body).hexdigest().encode())
    if header.split(b" ")[:2] != expected.split(b" ")[:2]:
        raise NotReadable(f"The saved router is not of version {VERSION}. It is made anew from the tools' questions.")
    if header != expected:
        raise NotReadable("The saved router is damaged. It is made anew from the tools' questions.")
    with ZipFile(io.BytesIO(zlib.decompress(body))) as stored:
        contents = {name.removesuffix(".npy"): _without_header(stored.read(name)) for name in stored.namelist()}
    about = json.loads(contents["about"])
    wordings = _wordings(contents, about["places"])
    clusters = [
        Cluster(row["tool"], row["questions"], wording, row["certain"], row["own"], row["others"], row["shift"])
        for row, wording in zip(about["places"], wordings, strict=True)
    ]
    return about["words"], about["tools"], clusters


def _without_header(content: bytes) -> bytes:
    """Return the numbers of a numpy file of version 1, whose types are those of `_ARRAYS`: `write` chose them."""
    return content[_NPY_HEADER + int.from_bytes(content[_NPY_HEADER - 2 : _NPY_HEADER], "little") :]


def _wordings(contents: dict[str, bytes], rows: list[dict[str, Any]]) -> list[Wording]:
    parts = {}
    for name, code in _ARRAYS.items():
        numbers = array(code, contents[name])
        ends = array("q", contents[f"{name}_ends"])
        parts[_FIELDS[name]] = [numbers[start:end] for start, end in pairwise((0, *ends))]
    return [
        Wording(size=row["size"], constant=row["constant"], **{part: some[position] for part, some in parts.items()})
        for position, row in enumerate(rows)
    ]
