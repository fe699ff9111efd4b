"""Several traces together: looked at, as a table of their steps, and as a file of one JSON line a step.

Columns have the names of process mining (the XES standard, IEEE 1849): `case:...` of a run, the others of a step; what
the standard has no name for begins with `latm:`. docs/files.md tells them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

from latm_magic.cache.codec import CodecError, build
from latm_magic.cache.trace_rows import Row, RowStep, row_of, step_of, trace_of
from latm_magic.errors import TaskError
from latm_magic.shown import Shown
from latm_magic.text import one_line, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from latm_magic.traces import Step, Trace

CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"
_OF_CASE = "case:latm:"
_OF_STEP = "latm:"
_CASES = {"name": f"{_OF_CASE}flow", "id": CASE, "created": "case:time:timestamp"}
_STEPS = {"tool": ACTIVITY, "at": TIME}
_VALUES = {"inputs", "answer", "arguments", "output", "schema"}
"""Fields whose text is JSON already."""


class Traces(Sequence["Trace"], Shown):
    """Traces in the order in which they were kept."""

    def __init__(self, traces: Iterable[Trace] = (), name: str = "") -> None:
        self._traces = tuple(traces)
        self.name = name
        """What they are recorded under; "" where they are of several names."""

    @overload
    def __getitem__(self, place: int) -> Trace: ...
    @overload
    def __getitem__(self, place: slice) -> Traces: ...
    def __getitem__(self, place: int | slice) -> Trace | Traces:
        found = self._traces[place]
        return Traces(found, self.name) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._traces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Traces) and self._traces == other._traces

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        steps = sum(len(trace.steps) for trace in self._traces)
        return f"<{len(self)} traces{f' of {self.name}' if self.name else ''}, {steps:,} steps>"

    def to_frame(self) -> Any:
        """Return a pandas DataFrame, one row a step (Any: pandas is loaded only here); raises ImportError without it.

        `case:concept:name` (the run), `concept:name` (the tool) and `time:timestamp` are what process mining reads.
        A run without a step has a row of its own, where the tool is None.
        """
        import pandas as pd

        rows = [row for trace in self._traces for row in _records(trace)]
        frame = pd.DataFrame(rows, columns=list(_columns()))
        frame[TIME] = pd.to_datetime(frame[TIME].replace("", None), utc=True, format="ISO8601")
        return frame

    def write(self, path: str | Path) -> None:
        """Write one JSON line a step; the first line of a run has its inputs and answer. Raises `TaskError`."""
        lines = [f"{json.dumps(line)}\n" for trace in self._traces for line in _lines(trace)]
        try:
            Path(path).expanduser().write_text("".join(lines), encoding="utf-8")
        except OSError as fault:
            raise TaskError(f"The traces cannot be written to {path}: {fault.strerror}. Choose another file.") from None

    @classmethod
    def read(cls, path: str | Path, name: str = "") -> Traces:
        """Read what `write` wrote, or a log of another tool in the same columns; `name` takes the place of theirs.

        Their origin is "import". Raises `TaskError` that names the line where one cannot be read.
        """
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise TaskError(f"The traces {path} cannot be read: {one_line(str(fault))}. Check the path.") from None
        found: dict[str, tuple[Trace, list[Step]]] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(found, line, f"Line {number} of {Path(path).name}", name)
        return cls((replace(trace, origin="import", steps=tuple(steps)) for trace, steps in found.values()), name)


def _columns() -> tuple[str, ...]:
    cases = [_CASES.get(each, _OF_CASE + each) for each in Row.__slots__ if each != "steps"]
    steps = [_STEPS.get(each, _OF_STEP + each) for each in RowStep.__slots__]
    return (*cases, *steps)


def _records(trace: Trace) -> Iterator[dict[str, Any]]:
    """Return the steps of a trace by column, each with what is true of the whole run; values as they are."""
    whole = {_CASES.get(key, _OF_CASE + key): getattr(trace, key) for key in Row.__slots__ if key != "steps"}
    for step in trace.steps:
        yield whole | {_STEPS.get(key, _OF_STEP + key): getattr(step, key) for key in RowStep.__slots__}
    if not trace.steps:
        yield whole | {ACTIVITY: None, TIME: ""}


def _lines(trace: Trace) -> Iterator[dict[str, Any]]:
    """Return the lines of a trace, without what is at its default."""
    row = row_of(trace)
    first = _named(row, _CASES, _OF_CASE)
    for step in row.steps:
        yield first | _named(step, _STEPS, _OF_STEP)
        first = {CASE: row.id}
    if not row.steps:
        yield first


def _named(record: Row | RowStep, names: Mapping[str, str], prefix: str) -> dict[str, Any]:
    found = {}
    for key, kind in type(record).__dataclass_fields__.items():
        value = getattr(record, key)
        if key != "steps" and value != kind.default:
            found[names.get(key, prefix + key)] = json.loads(value) if key in _VALUES else value
    return found


def _take(found: dict[str, tuple[Trace, list[Step]]], line: str, place: str, name: str) -> None:
    """Add a line to the run that it belongs to; raises `TaskError`."""
    try:
        columns = json.loads(line)
        case = _fields(columns, _CASES, _OF_CASE)
        identity = str(case["id"])
        if identity not in found:
            fields = {"inputs": "{}", **case, "id": identity, "name": name or case.get("name", "")}
            found[identity] = trace_of(build(Row, fields)), []
        step = _fields(columns, _STEPS, _OF_STEP)
        if step.get("tool") is not None:
            found[identity][1].append(step_of(build(RowStep, step)))
    except KeyError:
        raise TaskError(f"{place} has no {quoted(CASE)}, which says what run it belongs to: add it.") from None
    except (CodecError, ValueError, AttributeError, TypeError, RecursionError) as fault:
        raise TaskError(f"{place} is no step of a trace: {one_line(str(fault), 120)}. Mend or remove it.") from None


def _fields(columns: Any, names: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """Return those columns that are ours by field; what else a log holds is left out."""
    known = {column: key for key, column in names.items()}
    kind = Row if prefix == _OF_CASE else RowStep
    found = {}
    for column, value in columns.items():
        key = known.get(column) or (column.removeprefix(prefix) if column.startswith(prefix) else "")
        if key in kind.__dataclass_fields__ and key != "steps":
            found[key] = json.dumps(value) if key in _VALUES else value
    return cast("dict[str, Any]", found)
