"""Recordings on disk: one JSON object a line, each a complete exchange.

Knows the format and its checks; what is recorded when, and which reply answers a request, is left to `recorded.py`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError
from latm_magic.models.model import FunctionCall, Reply, Usage
from latm_magic.text import one_line

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

FORMAT = 1
_NOT_WRITTEN = {"recorded", "cost_usd", "broken_off", "thinking"}
_FIELDS = {"format", "digest", "role", "kind", "date", "reply", "flaw", "request"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, known by its digest, and the reply that it got."""

    digest: str
    role: str
    kind: str
    """The kind of model that replied, in words for a person."""
    date: str
    """ISO date of the recording."""
    reply: Reply
    flaw: str = ""
    """Why the reply could not be used ("cut off", "empty", "refused", "unreadable"); "" where it could."""
    request: Any = None
    """The request as plain JSON values; None unless it was asked for."""

    @property
    def label(self) -> str:
        """The words that are shown with whatever was made from this reply."""
        return f"recorded reply of {self.kind}, {self.date}"

    def to_line(self) -> str:
        """Return the exchange as one line of JSON, in pure ASCII so that no editor or transfer changes it."""
        reply = {key: value for key, value in asdict(self.reply).items() if key not in _NOT_WRITTEN}
        reply["text"] = self.reply.written
        document: dict[str, Any] = {"format": FORMAT, "digest": self.digest, "role": self.role, "kind": self.kind}
        document |= {"date": self.date, "reply": reply}
        document |= {key: value for key, value in (("flaw", self.flaw), ("request", self.request)) if value}
        return json.dumps(document, ensure_ascii=True, separators=(",", ":")) + "\n"


def read(path: Path) -> tuple[Exchange, ...]:
    """Return the exchanges of a recording; raises `LatmError` where it is missing, damaged or of a newer format."""
    exchanges = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    exchanges.append(_exchange(line, f"Line {number} of the recording {path.name}"))
    except (OSError, UnicodeDecodeError) as error:
        raise LatmError(f"The recording {path} cannot be read: {_reason(error)}. Check LATM_REPLAY.") from None
    return tuple(exchanges)


def append(path: Path, exchange: Exchange) -> None:
    """Add an exchange to a recording in one write, whole or not at all; raises `LatmError` where that fails."""
    data = exchange.to_line().encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # For you alone where it is new: your questions are in it.
        with open(path, "ab+", buffering=0, opener=partial(os.open, mode=0o600)) as file:
            _write_whole(file, data)
    except OSError as error:
        raise LatmError(
            f"The exchange cannot be recorded in {path}: {_reason(error)}. Check LATM_RECORD.", reply=exchange.reply
        ) from None


def _write_whole(file: FileIO, data: bytes) -> None:
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":  # half a line that a crash left behind stays a line of its own
            data = b"\n" + data
    if (file.write(data) or 0) < len(data):
        file.truncate(size)
        raise OSError("no space left on the disk")


def _reason(error: Exception) -> str:
    return one_line(getattr(error, "strerror", None) or str(error))


def _exchange(line: str, place: str) -> Exchange:
    try:
        document = json.loads(line)
        if document["format"] > FORMAT:
            raise LatmError(f"{place} is of format {document['format']}, newer than this latm_magic reads. Upgrade it.")
        return _checked(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LatmError(
            f"{place} is damaged ({one_line(str(error), 100)}). Remove that line, or record anew."
        ) from None


def _checked(document: dict[str, Any]) -> Exchange:
    """Return the exchange that a decoded line holds; raises `KeyError` or `TypeError` where a field is wrong."""
    if unknown := set(document) - _FIELDS:
        raise TypeError(f"unknown {min(unknown)!r}")
    texts = {name: _of(document[name], str) for name in ("digest", "role", "kind", "date")}
    return Exchange(
        **texts,
        reply=_reply(document["reply"]),
        flaw=_of(document.get("flaw", ""), str),
        request=document.get("request"),
    )


def _reply(document: dict[str, Any]) -> Reply:
    usage = document["usage"]
    return Reply(
        text=_of(document["text"], str),
        calls=tuple(FunctionCall(**{key: _of(text, str) for key, text in call.items()}) for call in document["calls"]),
        finish_reason=_of(document["finish_reason"], str),
        model=_of(document["model"], str),
        usage=Usage(**{key: _of(count, int) for key, count in usage.items()}) if usage is not None else None,
        seconds=_of(document["seconds"], (int, float)),
    )


def _of(value: Any, kind: type | tuple[type, ...]) -> Any:
    """Return `value` if it is of `kind`; Any, because it comes from JSON."""
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is of the wrong kind")
    return value
