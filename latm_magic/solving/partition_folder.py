"""The folder that the answers to a large column go into: a parquet file a partition, and what is known of each.

    part.00000.parquet         the answers of partition 0, a row an instance, in order
    _latm/open.00000.rows      which of its rows only a model could say, with their questions (parquet); absent if none
    _latm/part.00000.json      the record that it is done, sealed by the session: without one, it is done again
    _latm/tools.<ground>.json  what the records' `ground` stands for, in words

`folder` is a path or an address that fsspec knows (`s3://...`); workers and session see the same. Every file is put in
place whole. Readers of parquet pass over what begins with an underscore.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.answer import Way  # noqa: TC001  read by the codec, as the records of the cache are
from latm_magic.cache.codec import CodecError, decode, encode, from_bytes, from_json, to_bytes, to_json
from latm_magic.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.seal import Seal

_KEPT = "_latm"
_DRAFT = ".draft"
_RECORD = re.compile(r"/part\.(\d{5,})\.json$")


@dataclass(frozen=True, slots=True)
class WayCount:
    """How many rows came one way."""

    way: Way
    rows: int


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """What is known of a partition that is done."""

    number: int
    of: int
    """Partitions of the column."""
    column: str
    ground: str
    """Digest (hex) of what its answers follow from; see `Bundle.ground`."""
    questions: str
    """Digest (hex) of its questions and index, in order."""
    file: str
    """Digest (hex) of its file of answers."""
    open: str
    """Digest (hex) of its file of open rows; "" where no row was left to a model."""
    open_rows: int
    ways: tuple[WayCount, ...]
    untested: int
    question_characters: int
    answer_characters: int
    asked: str = ""
    """Digest (hex) of what models, or the cache of the session, said of its open rows; "" = nothing yet."""

    @property
    def rows(self) -> int:
        """All its rows."""
        return sum(count.rows for count in self.ways)


class PartitionFolder:
    """The files of one folder; made in the session and on each worker from the same address."""

    def __init__(self, folder: str) -> None:
        """Raise `TaskError` where there is nothing that can write to such an address."""
        from fsspec.core import url_to_fs

        self.folder = folder
        try:
            self._files, self._root = url_to_fs(folder)
        except (ImportError, ValueError) as fault:
            raise TaskError(f"Answers cannot be written to {folder}: {fault}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        return PartitionFolder, (self.folder,)

    def answers_path(self, number: int) -> str:
        """Return where the answers of a partition are."""
        return f"{self._root}/part.{number:05}.parquet"

    def open_path(self, number: int) -> str:
        """Return where the open rows of a partition are."""
        return f"{self._root}/{_KEPT}/open.{number:05}.rows"

    def record_path(self, number: int) -> str:
        """Return where the record of a partition is."""
        return f"{self._root}/{_KEPT}/part.{number:05}.json"

    def write_table(self, path: str, frame: Any) -> str:
        """Write a pandas DataFrame as parquet; return the digest (hex) of the file."""
        import pyarrow as pa
        import pyarrow.parquet

        content = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_pandas(frame, preserve_index=None), content, compression="zstd")
        view = content.getbuffer()
        self._put(path, view)
        return hashlib.sha256(view).hexdigest()

    def read_table(self, path: str) -> Any:
        """Return the pandas DataFrame of a parquet file."""
        import pyarrow.parquet

        with self._files.open(path, "rb") as file:
            return pyarrow.parquet.read_table(file).to_pandas()

    def digest(self, path: str) -> str:
        """Return the digest (hex) of a file; "" where there is none."""
        try:
            with self._files.open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return ""

    def is_there(self, number: int) -> bool:
        """Return whether the answers of a partition are seen from here."""
        self._files.invalidate_cache()
        return bool(self._files.exists(self.answers_path(number)))

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        try:
            self._files.rm_file(path)
        except FileNotFoundError:
            pass

    def prepare(self) -> None:
        """Make the folder; raises `TaskError` where it holds something else, or cannot be written."""
        try:
            if self._files.isfile(self._root):
                raise TaskError(f"{self.folder} is a file: give a folder.")
            found = self._files.ls(self._root, detail=False) if self._files.exists(self._root) else []
            if found and not self._files.exists(f"{self._root}/{_KEPT}"):
                raise TaskError(
                    f"{self.folder} holds other files, and no answers of a column: give a folder of its own."
                )
            self._files.makedirs(f"{self._root}/{_KEPT}", exist_ok=True)
        except OSError as fault:
            raise TaskError(
                f"{self.folder} cannot be written ({fault.strerror or fault}): give another folder."
            ) from None

    def write_record(self, record: PartitionRecord, seal: Seal) -> None:
        """Keep the record of a partition, sealed."""
        body = encode(record)
        sealed = {"record": from_bytes(body), "seal": seal.sign("partition", body).hex()}
        self._put(self.record_path(record.number), to_json(sealed))

    def read_record(self, number: int, seal: Seal | None = None) -> PartitionRecord | None:
        """Return the record of a partition; None where there is none that is whole and, if asked, sealed here."""
        try:
            content = from_json(self._files.cat_file(self.record_path(number)))
            body = to_bytes(content["record"])
            is_sealed = seal is None or seal.matches(bytes.fromhex(content["seal"]), "partition", body)
            return decode(PartitionRecord, body) if is_sealed else None
        except (FileNotFoundError, CodecError, KeyError, TypeError, ValueError, AttributeError):
            return None

    def recorded(self) -> Iterable[int]:
        """Return the numbers of the partitions that have a record."""
        for path in self._files.ls(f"{self._root}/{_KEPT}", detail=False):
            if found := _RECORD.search(path):
                yield int(found[1])

    def sweep(self) -> None:
        """Remove what killed workers left half written."""
        for folder in (self._root, f"{self._root}/{_KEPT}"):
            for path in self._files.ls(folder, detail=False):
                if path.endswith(_DRAFT):
                    self.remove(path)

    def write_tools(self, ground: str, names: Iterable[str]) -> None:
        """Keep in words what a ground stands for."""
        self._put(f"{self._root}/{_KEPT}/tools.{ground[:16]}.json", to_json(list(names)))

    def tools_of(self, ground: str) -> list[str]:
        """Return in words what a ground stands for; nothing where that is not known."""
        try:
            found = from_json(self._files.cat_file(f"{self._root}/{_KEPT}/tools.{ground[:16]}.json"))
        except (FileNotFoundError, CodecError):
            return []
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def _put(self, path: str, content: Any) -> None:
        """Put a file in place whole: a reader, or a second worker at the same partition, never sees half of it."""
        draft = f"{path.rpartition('/')[0]}/_{secrets.token_hex(8)}{_DRAFT}"
        with self._files.open(draft, "wb") as file:
            file.write(content)
        self._files.mv(draft, path)
