"""The file of a run: one JSON line for what was asked for, for each making, and for each instance; only ever added to.

A line is on the disk before the next instance is begun. Half a line that a crash left behind is cut off; what else is
wrong with a file is an error that names its line.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from latm_magic.errors import LatmError, TaskError
from latm_magic.text import one_line, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMAT = 1
_Line = TypeVar("_Line", "Made", "Row")


@dataclass(frozen=True, slots=True)
class Made:
    """What a method spent on a task before, or between, its instances."""

    method: str
    task: str
    run: int
    """From 1: the same cell can be run several times."""
    outcome: str
    """"tool", "draft" (it fails samples), "none", "nothing to make"; "grown", "not grown", "nothing to learn"."""
    attempts: int = 0
    """Proposals that it took."""
    tokens: int = 0
    cost_usd: float | None = 0.0
    """US dollars; None = unknown price."""
    ms: float = 0.0
    source: str = ""
    """Where replies came from: "" for an endpoint, "recorded", "yours" for models of yours, such as a script."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One instance."""

    method: str
    task: str
    run: int
    question: str
    """Its digest (`question_digest`)."""
    wanted: str | None
    """None = that there is no answer."""
    got: str | None
    right: bool
    answered: bool
    way: str
    """As in `ways.WAYS`, or the method's own word."""
    version: int | None = None
    """Of the tool."""
    untested: bool = False
    in_column: bool = False
    """Its question, without the answer, was in the column that took part in the making."""
    tokens: int = 0
    """Prompt and completion tokens."""
    direct_tokens: int = 0
    """Estimate of what asking a model directly takes; see `estimates.py`."""
    cost_usd: float | None = 0.0
    """US dollars; None = unknown price."""
    ms: float = 0.0
    seed: int = 0
    source: str = ""
    """As in `Made`."""


Cell = tuple[str, str, int]
"""Method, task and run."""


@dataclass(slots=True)
class Run:
    """What a file holds."""

    asked: dict[str, Any]
    """What was asked for, as plain JSON values."""
    made: list[Made] = field(default_factory=list)
    rows: dict[tuple[str, str, int, str], Row] = field(default_factory=dict)
    """By cell and question; of an instance that was tried again, the last."""
    last: dict[Cell, str] = field(default_factory=dict)
    """Of each cell, what its last line is: "made" or "row"."""

    def add(self, line: Made | Row) -> None:
        """Take a line in."""
        self.last[line.method, line.task, line.run] = "row" if isinstance(line, Row) else "made"
        if isinstance(line, Row):
            self.rows[line.method, line.task, line.run, line.question] = line
        else:
            self.made.append(line)

    def cells(self) -> dict[Cell, tuple[list[Made], list[Row]]]:
        """Return makings and rows by method, task and run, in the order of the file."""
        found: dict[Cell, tuple[list[Made], list[Row]]] = {}
        for made in self.made:
            found.setdefault((made.method, made.task, made.run), ([], []))[0].append(made)
        for row in self.rows.values():
            found.setdefault((row.method, row.task, row.run), ([], []))[1].append(row)
        return found

    @property
    def spent_usd(self) -> float:
        """US dollars of all lines whose cost is known."""
        rows = sum(row.cost_usd or 0.0 for row in self.rows.values())
        return rows + sum(line.cost_usd or 0.0 for line in self.made)


class RunFile:
    """A run on disk; one process at a time."""

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        """Begin a file, or go on with one that was begun with the same `asked`; raises `TaskError` for another."""
        self._path = path
        plain = json.loads(json.dumps(asked))
        if path.exists():
            cut_half_line(path)
        if path.exists() and path.stat().st_size:
            self.run = read_run(path)
            _check_same(path, self.run.asked, plain)
        else:
            self.run = Run(plain)
            self._write([{"kind": "run", "format": FORMAT, "asked": plain}])

    def add(self, lines: Iterable[Made | Row]) -> None:
        """Write lines, all of them before it returns; raises `TaskError` where the disk does not take them."""
        held = list(lines)
        self._write([{"kind": "row" if isinstance(line, Row) else "made", **asdict(line)} for line in held])
        for line in held:
            self.run.add(line)

    def _write(self, documents: Iterable[Mapping[str, Any]]) -> None:
        data = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(data.encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise TaskError(
                f"{quoted(str(self._path), 200)} cannot be written ({fault.strerror}): make room, or name another file"
                " with --to; replies that were paid for are kept beside it."
            ) from None


def read_run(path: Path) -> Run:
    """Return what the file of a run holds; raises `TaskError` where it is none, or a line is damaged."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise TaskError(f"{quoted(str(path), 200)} cannot be read: {one_line(str(fault), 100)}.") from None
    documents = [_document(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]
    head = documents[0] if documents else {}
    if head.get("kind") != "run" or not isinstance(head.get("asked"), dict):
        raise TaskError(f"{quoted(str(path), 200)} is not the file of a run: name another with --to.")
    if head.get("format") != FORMAT:
        raise TaskError(f"{path.name!r} is of format {shown(head.get('format'))}, and this version reads {FORMAT}.")
    run = Run(head["asked"])
    for number, document in enumerate(documents[1:], 2):
        kind = document.pop("kind", "")
        if kind not in {"row", "made"}:
            raise TaskError(f"Line {number} of {path.name!r} is of no known kind ({shown(kind)}): take it out.")
        where = f"Line {number} of {path.name!r}"
        run.add(_line(Row, document, where) if kind == "row" else _line(Made, document, where))
    return run


def cut_half_line(path: Path) -> None:
    """Cut off what stands behind the last line end: a crash left it behind. Raises `LatmError`."""
    try:
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)
    except OSError as fault:
        raise LatmError(f"{quoted(str(path), 200)} cannot be read: {fault.strerror}. Check the path.") from None


def _check_same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise TaskError(
                f"{quoted(path.name)} was begun with {name} = {shown(before.get(name))}, and now it is"
                f" {shown(now.get(name))}: ask for the same again, or name another file with --to."
            )


def _document(line: str, number: int, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise TaskError(f"Line {number} of {path.name!r} is no JSON object: take it out, and it is run again.")
    return document


def _line(kind: type[_Line], document: dict[str, Any], where: str) -> _Line:
    unknown = {*document} - {each.name for each in fields(kind)}
    try:
        if not unknown:
            return kind(**document)
        why = f"it has {min(unknown)!r}"
    except TypeError as fault:
        why = one_line(str(fault), 80)
    raise TaskError(f"{where} is damaged ({why}): take it out, and it is run again.")
