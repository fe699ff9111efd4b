"""Reading examples from files: tables as text (.csv, .tsv) and JSON (.json, .jsonl, .ndjson).

One look at the first line tells how a table is separated. A row that does not fit is an error that names its line, as
the rest of an answer that holds a comma would else be lost.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.example_rows import COLUMNS, Examples, read_rows, read_texts
from latm_magic.text import bare, quoted, with_line_feeds

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_BYTES = 64 * 1024 * 1024
_SPREADSHEETS = {".xlsx": "read_excel", ".xls": "read_excel", ".ods": "read_excel", ".parquet": "read_parquet"}
_SEPARATORS = ",;\t|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def locate(path: Path, base: Path | None) -> Path:
    """Return where a file is, looked for in the current folder and then in `base`; raises `TaskError`."""
    try:
        path = path.expanduser()
        found = path if path.is_absolute() or base is None or path.exists() else base / path
        exists, is_file = found.exists(), found.is_file()
    except (OSError, RuntimeError, ValueError) as fault:  # too long a name, no such home, a NUL
        reason = getattr(fault, "strerror", None) or fault
        raise TaskError(f"{quoted(str(path))} cannot be the path of a file ({reason}).") from None
    if not exists:
        raise TaskError(
            f"No file {quoted(str(path), 200)}: check the path, or give the examples as pairs or a DataFrame."
        )
    if not is_file:
        raise TaskError(f"{quoted(str(path), 200)} is not a file: name a {_KNOWN} file.")
    return found


def read_file(path: Path, na: str | None = None) -> Examples:
    """Return the samples in a file, which its ending tells how to read; raises `TaskError`.

    The answer `na` says that there is none, as do null, and `!none` in a table of text.
    """
    ending, name = path.suffix.lower(), path.name
    if ending in _SPREADSHEETS:
        raise TaskError(
            f"{name!r} is not read by itself: give pd.{_SPREADSHEETS[ending]}({name!r}), or save it as 'CSV UTF-8'."
        )
    if ending not in _READERS:
        raise TaskError(f"{name!r} is not a {_KNOWN} file: convert it, or pass a DataFrame.")
    return _READERS[ending](_content(path), name, na)


def _content(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise TaskError(
                f"{path.name!r} has {size / 1e6:,.0f} MB (at most {MAX_FILE_BYTES / 1e6:.0f}): some dozens of examples"
                " are enough to make a tool; pass a part of it, and solve the rest with %latm_solve."
            )
        data = path.read_bytes()
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8")
    except UnicodeDecodeError as fault:
        raise TaskError(
            f"{path.name!r} is not UTF-8 (byte {fault.start}): save it as UTF-8 (in Excel: 'CSV UTF-8'), or read it"
            " with pandas, which takes an encoding."
        ) from None
    except OSError as fault:
        raise TaskError(f"{path.name!r} cannot be read: {fault.strerror}.") from None
    text = text.lstrip("\ufeff")
    if not bare(text):
        raise TaskError(f"{path.name!r} is empty: it should hold questions and answers.")
    return text


def _read_table(text: str, name: str, na: str | None) -> Examples:
    text = with_line_feeds(text, typed=False)
    first, _, rest = text.partition("\n")
    begins, separators = 1, f"\t{_SEPARATORS}" if name.lower().endswith(".tsv") else _SEPARATORS
    said = bare(first).strip('"')
    if said[:4].lower() == "sep=" and len(said) <= len("sep=,"):
        text, begins, separators = rest, 2, said[4:] or "\t"
        first = text.partition("\n")[0]
    headers = {separator: _header(first, separator) for separator in separators}
    for separator, header in headers.items():
        for names in COLUMNS:
            if all(column in header for column in names):
                # Blanks behind the separators of the first line stand there in every line.
                padded = f"{separator} " in first and separator != "\t"
                return read_texts(_rows(text, name, separator, padded=padded, names=names, begins=begins), na)
    columns: list[str] = max(headers.values(), key=len)
    listed = ", ".join(map(quoted, columns[:20]))
    raise TaskError(f"The first line of {name!r} names the columns {listed}: it needs 'question' and 'answer'.")


def _header(line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        cells = line.split(separator)
    return [bare(cell).casefold() for cell in cells]


def _rows(
    text: str, name: str, separator: str, *, padded: bool, names: tuple[str, str], begins: int
) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(MAX_FILE_BYTES)
    lines = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=padded, strict=True)
    places: tuple[int, ...] = ()
    width, line = 0, begins
    try:
        for row in lines:
            if not places:
                header, width = [bare(cell).casefold() for cell in row], len(row)
                if any(header.count(column) > 1 for column in names):
                    raise TaskError(f"{name!r} names a column {names[0]!r} or {names[1]!r} twice: keep one of each.")
                places = tuple(map(header.index, names))
            elif len(row) != width and any(map(bare, row)):
                raise TaskError(
                    f"Line {line} of {name!r} has another number of cells ({len(row)}) than its first line"
                    f" ({width}): put double quotes around a question or answer that holds {separator!r}."
                )
            elif any(map(bare, row)):
                yield row[places[0]], row[places[1]]
            line = begins + lines.line_num
    except csv.Error as fault:
        raise TaskError(f"{name!r} is not a proper table ({fault}, in line {line}).") from None


def _read_jsonl(text: str, name: str, na: str | None) -> Examples:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            rows.append(_parse_json(line, f"Line {number} of {name!r}"))
    return read_rows(rows, na)


def _read_json(text: str, name: str, na: str | None) -> Examples:
    data = _parse_json(text, repr(name))
    if isinstance(data, Mapping):
        data = unpacked(data)
    if not isinstance(data, Iterable) or isinstance(data, str):
        raise TaskError(f"{name!r} does not hold a list of examples: use [{{'question': …, 'answer': …}}, …].")
    return read_rows(data, na)


def unpacked(examples: Mapping[Any, Any]) -> Iterable[Any]:
    """Return the rows that a mapping holds: under "examples", as columns by name, or as answers by question."""
    if "examples" in examples:
        inner = examples["examples"]
        return inner if isinstance(inner, Iterable) and not isinstance(inner, (str, Mapping)) else [inner]
    for question, answer in COLUMNS:
        if question in examples and answer in examples:
            columns = [examples[question], examples[answer]]
            if all(isinstance(column, str) for column in columns[:1]):
                return [examples]
            return _zipped(*columns)
    return examples.items()


def _zipped(questions: Any, answers: Any) -> list[tuple[Any, Any]]:
    columns = [column.values() if isinstance(column, Mapping) else column for column in (questions, answers)]
    try:
        return list(zip(*columns, strict=True))
    except (TypeError, ValueError):
        raise TaskError("The columns of questions and of answers are not two lists of one length.") from None


def _parse_json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise TaskError(f"{where} is not JSON ({fault}): check where the file comes from.") from None


_READERS = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_json,
}
_KNOWN = ".csv, .tsv, .jsonl, .ndjson or .json"
ENDINGS = (*_READERS, *_SPREADSHEETS)
"""What the name of a file of examples ends with, those included that pandas has to read."""
