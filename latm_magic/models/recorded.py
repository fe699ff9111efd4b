"""Recording what a model answers, and answering from a recording in a model's place.

A replay finds its reply by role and messages alone, so neither model name nor parameters matter. `Reply.recorded` says
that the reply was recorded, and of what kind of model. The file's format is left to `recording_file.py`.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError, NotRecorded, ReplyError
from latm_magic.events import Note, ignore
from latm_magic.models import recording_file
from latm_magic.models.keys import redact_keys
from latm_magic.models.model import Reply, digest
from latm_magic.models.recording_file import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from latm_magic.events import OnEvent
    from latm_magic.models.model import Model, Request


NO_MODEL = "no tool fits, and no model is set that could be asked"
"""The label of a reply that stands in for a model where none is set."""


_NAME_ONE = "%latm config --save maker_model=NAME"
_NAME_OLLAMA = "the same with base_url=http://localhost:11434/v1"


class RecordingModel:
    """A model around `inner` that also appends every exchange to the file at `path`.

    Keys are redacted from what is written: the one the inner model was given, and whatever looks like one. The request
    is kept as its digest, with `with_requests` in full. `kind` says in words what kind of model replied. A reply that
    cannot be used is recorded with its flaw; a failure without a reply is not. What cannot be written is told, and kept
    for the next call, which asks nothing before it is written: a reply that is paid for is not lost with its recording.
    """

    def __init__(
        self,
        inner: Model,
        path: str | Path,
        *,
        with_requests: bool = False,
        kind: str = "",
        on_event: OnEvent = ignore,
    ) -> None:
        self._inner = inner
        self._tell = on_event
        self._unwritten: list[Exchange] = []
        self._path = Path(path)
        self._with_requests = with_requests
        self._kind = kind or inner.name
        self._redact: Callable[[str], str] = getattr(inner, "redact_keys", redact_keys)
        self._writing = threading.Lock()

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    @property
    def supports_functions(self) -> bool | None:
        """Whether the inner model takes functions; None = not tried yet."""
        return getattr(self._inner, "supports_functions", None)

    def complete(self, request: Request) -> Reply:
        """Answer through the inner model; raises what it raises, and `LatmError` where an earlier one is unwritten."""
        with self._writing:
            self._write_all()
        try:
            reply = self._inner.complete(request)
        except ReplyError as error:
            self._write(request, Reply(text=error.reply, usage=error.usage, finish_reason=""), flaw=error.kind)
            raise
        self._write(request, reply)
        return reply

    def _write(self, request: Request, reply: Reply, flaw: str = "") -> None:
        redacted = replace(
            reply,
            text=self._redact(reply.text),
            thinking=self._redact(reply.thinking),
            calls=tuple(replace(call, arguments=self._redact(call.arguments)) for call in reply.calls),
            seconds=round(reply.seconds, 3),
        )
        date = datetime.now(tz=UTC).date().isoformat()
        shown = _in_text(asdict(request), self._redact) if self._with_requests else None
        exchange = Exchange(digest(request), request.role, self._kind, date, redacted, flaw, shown)
        with self._writing:
            self._unwritten.append(exchange)
            try:
                self._write_all()
            except LatmError as fault:
                told = fault
            else:
                return
        self._tell(Note(str(told), "warning"))

    def _write_all(self) -> None:
        while self._unwritten:
            recording_file.append(self._path, self._unwritten[0])
            del self._unwritten[0]


class RecordedModel:
    """Answers from recordings. Several replies to one request play in the order of the files; the last repeats."""

    def __init__(self, paths: str | Path | Iterable[str | Path], *, otherwise: str = "") -> None:
        """Read the recordings; raises `LatmError` where one is missing or damaged.

        `otherwise` is the reply to what none of them holds; "" for the error.
        """
        self._otherwise = otherwise
        listed = [paths] if isinstance(paths, str | Path) else list(paths)
        self._exchanges: defaultdict[str, list[Exchange]] = defaultdict(list)
        for path in listed:
            for recorded in recording_file.read(Path(path)):
                self._exchanges[recorded.digest].append(recorded)
        self._played: defaultdict[str, int] = defaultdict(int)
        self._playing = threading.Lock()

    @property
    def name(self) -> str:
        """The word "recorded", in place of a model's name."""
        return "recorded"

    @property
    def is_free(self) -> bool:
        """A replay costs nothing now, whatever its recording cost."""
        return True

    def complete(self, request: Request) -> Reply:
        """Return the recorded reply; raises `NotRecorded`, or the `ReplyError` that was recorded."""
        wanted = digest(request)
        with self._playing:
            exchanges = self._exchanges.get(wanted)
            if exchanges is None and self._otherwise:
                return Reply(text=self._otherwise, recorded=NO_MODEL)
            if exchanges is None:
                raise _not_recorded(request, wanted)
            found = exchanges[min(self._played[wanted], len(exchanges) - 1)]
            self._played[wanted] += 1
        if found.flaw:
            raise ReplyError(
                f"The {found.label}, is {found.flaw}: it cannot be used. Ask another model, or record anew.",
                kind=found.flaw,
                reply=found.reply.text,
                usage=found.reply.usage,
                role=request.role,
                model=self.name,
            )
        return replace(found.reply, recorded=found.label, seconds=0.0)


def shipped_recordings() -> tuple[Path, ...]:
    """Return the recordings that come with the package, in the order of their names."""
    folder = Path(str(files("latm_magic.models").joinpath("recordings")))
    return tuple(sorted(folder.glob("*.jsonl")))


def _not_recorded(request: Request, wanted: str) -> NotRecorded:
    lines = [
        "No recorded reply is for these words, and no model is set that could be asked.",
        f"With a key: set OPENAI_API_KEY, then {_NAME_ONE}; with Ollama: {_NAME_OLLAMA}.",
    ]
    if request.role == "maker":
        tool = request.tool or "NAME"
        lines.append(f"Without either: carry the request to a chat with %%latm {tool} --by-hand.")
    return NotRecorded(
        ("\n" if request.role == "maker" else " ").join(lines),  # of the others' there may be one in every row
        digest=wanted,
        role=request.role,
        model="recorded",
    )


def _in_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON values with `change` applied to every text inside them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _in_text(item, change) for key, item in value.items()}
    return [_in_text(item, change) for item in value] if isinstance(value, list | tuple) else value
