"""Tables of questions as files (.csv, .tsv, .jsonl, .parquet), read whole, and written with the answers beside them.

A row is written as it was read: no cell becomes a number on the way, but in .parquet, whose columns have types.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.example_rows import COLUMNS
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

_SEPARATORS = ",;\t|"
_TEXTS = {".csv", ".tsv", ".jsonl", ".ndjson"}
KNOWN = ".csv, .tsv, .jsonl or .parquet"
_QUESTIONS = tuple(question for question, _ in COLUMNS)


@dataclass(frozen=True)
class TextTable:
    """A table of text: rows by column name, in order, and how they are written again."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    separator: str
    """"" for JSON lines."""

    def column(self, name: str) -> list[Any]:
        """Return the cells of a column; None where a row of JSON lines has none of that name."""
        return [row.get(name) for row in self.rows]

    def write(self, added: Mapping[str, Sequence[Any]], path: Path | None, *, force: bool) -> None:
        """Write the rows with more columns to a file, or (None) to the standard output; raises `TaskError`."""
        with _opened(path, force=force) as file:
            rows = (
                {**row, **dict(zip(added, more, strict=True))}
                for row, *more in zip(self.rows, *added.values(), strict=True)
            )
            if not self.separator:
                file.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n" for row in rows)
                return
            lines = csv.DictWriter(file, (*self.columns, *added), delimiter=self.separator, lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows)


@dataclass(frozen=True)
class ArrowTable:
    """A table of a .parquet file."""

    table: Any

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.table.column_names)

    def column(self, name: str) -> list[Any]:
        """Return the cells of a column."""
        cells: list[Any] = self.table.column(name).to_pylist()
        return cells

    def write(self, added: Mapping[str, Any], path: Path | None, *, force: bool) -> None:
        """Write it with more columns to a .parquet file; raises `TaskError`."""
        import pyarrow.parquet

        if path is None:
            raise TaskError("A .parquet table cannot go to the standard output: name a file with --to FILE.")
        table = self.table
        for name, cells in added.items():
            table = table.append_column(name, cells.__arrow_array__() if hasattr(cells, "__arrow_array__") else [cells])
        with _opened(path, force=force, is_text=False) as file:
            pyarrow.parquet.write_table(table, file)


Table = TextTable | ArrowTable


def read_table(path: Path) -> Table:
    """Return the table in a file, whose ending says how it is read; raises `TaskError`."""
    ending = path.suffix.lower()
    if not path.is_file():
        raise TaskError(f"No file {quoted(str(path), 200)}: check the path.")
    if ending == ".parquet":
        return _read_parquet(path)
    if ending not in _TEXTS:
        raise TaskError(f"{path.name!r} is not a {KNOWN} file: convert it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise TaskError(f"{path.name!r} is not UTF-8 (byte {fault.start}): save it as UTF-8.") from None
    except OSError as fault:
        raise TaskError(f"{path.name!r} cannot be read: {fault.strerror}.") from None
    return _read_lines(text, path.name) if ending in {".jsonl", ".ndjson"} else _read_csv(text, path)


def choose_column(table: Table, name: str, file: str) -> str:
    """Return the column with the questions: the one named, else "question" or "input", else the only one.

    Raises `TaskError`, which names the columns that there are.
    """
    columns = table.columns
    found = [name] if name else [column for column in columns if column.casefold() in _QUESTIONS] or list(columns)
    if len(found) == 1 and found[0] in columns:
        return found[0]
    listed = ", ".join(quoted(column) for column in columns[:20])
    raise TaskError(f"Which column of {file!r} holds the questions? Name it with --column: it has {listed}.")


def check_target(path: Path | None, *, force: bool) -> None:
    """Raise `TaskError` where a file may not be written: said before anything is solved."""
    if path is not None and path.exists() and not force:
        raise TaskError(f"{quoted(str(path), 200)} is there already: name another file, or add --force.")
    if path is not None and not path.parent.is_dir():
        raise TaskError(f"There is no folder {quoted(str(path.parent), 200)}: make it first.")


@contextmanager
def _opened(path: Path | None, *, force: bool, is_text: bool = True) -> Iterator[IO[Any]]:
    """Open a file that takes its name once it is whole, or the standard output."""
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        return
    check_target(path, force=force)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") if is_text else unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as fault:
        raise TaskError(f"{quoted(str(path), 200)} cannot be written: {fault.strerror or fault}.") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _read_csv(text: str, path: Path) -> TextTable:
    first = text.partition("\n")[0]
    separator = "\t" if path.suffix.lower() == ".tsv" else max(_SEPARATORS, key=first.count)
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = tuple(next(lines, ()))
        if not header or len(set(header)) < len(header):
            raise TaskError(f"The first line of {path.name!r} should name its columns, each by a name of its own.")
        rows = []
        for row in lines:
            if len(row) not in {0, len(header)}:
                raise TaskError(
                    f"Line {lines.line_num} of {path.name!r} has {len(row)} cells and its first line {len(header)}:"
                    f" put double quotes around a cell that holds {separator!r}."
                )
            if row:
                rows.append(dict(zip(header, row, strict=True)))
    except csv.Error as fault:
        raise TaskError(f"{path.name!r} is not a proper table ({fault}, in line {lines.line_num}).") from None
    return TextTable(header, rows, separator)


def _read_lines(text: str, name: str) -> TextTable:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                raise TaskError(f"Line {number} of {name!r} is no JSON object: each line holds one, with its columns.")
            rows.append(row)
    return TextTable(tuple(dict.fromkeys(chain.from_iterable(rows))), rows, "")


def _read_parquet(path: Path) -> ArrowTable:
    try:
        import pyarrow.parquet
    except ImportError:
        raise TaskError(f"{path.name!r} needs pyarrow: pip install pyarrow, or save the table as .csv.") from None
    try:
        return ArrowTable(pyarrow.parquet.read_table(path))
    except (OSError, pyarrow.ArrowException) as fault:
        raise TaskError(f"{path.name!r} cannot be read as parquet: {str(fault).splitlines()[0][:200]}") from None
