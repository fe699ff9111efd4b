"""What a worker of a cluster does with one partition and the folder that answers go into: answer it, mend it, read it.

Only small records go back to the session: counts and digests. Sealing them is the session's.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from latm_magic.answer import WAYS
from latm_magic.cache.codec import to_bytes
from latm_magic.errors import TaskError
from latm_magic.solving.answer_frame import empty_frame, frame_of
from latm_magic.solving.partition_folder import PartitionRecord, WayCount
from latm_magic.solving.partitions import answers_of
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.answer import Answers, Way
    from latm_magic.solving.partition_folder import PartitionFolder
    from latm_magic.solving.partitions import Bundle
    from latm_magic.task import AnswerKind

_ANSWERED = [way for way, info in WAYS.items() if info.is_answer]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the answers to a column go."""

    folder: PartitionFolder
    column: str
    """The name of the column, as text."""
    partitions: int


def write_partition(
    questions: Any, number: Any, bundle: Bundle, target: Target, _run: str
) -> tuple[PartitionRecord, bool]:
    """Answer a partition and write it down; return its record, and whether it was there already.

    `number` is a Series with the partition's number: Dask hands each partition its own, whatever was optimized.
    """
    position, folder = int(number.iloc[0]), target.folder
    digest = digest_of(questions)
    known = folder.read_record(position)
    if known is not None and (known.ground, known.questions) == (bundle.ground, digest) and _is_whole(folder, known):
        return known, True
    folder.remove(folder.record_path(position))
    frame, open_rows, characters = _answered(questions, bundle)
    frame.index = questions.index
    return (
        PartitionRecord(
            number=position,
            of=target.partitions,
            column=target.column,
            ground=bundle.ground,
            questions=digest,
            file=_written(folder, position, frame),
            open=_write_open(folder, position, open_rows),
            open_rows=len(open_rows),
            ways=_counted(frame),
            untested=int(frame["untested"].sum()),
            question_characters=characters,
            answer_characters=_characters(frame),
        ),
        False,
    )


def merge_answers(record: PartitionRecord, answers: Any, positions: Sequence[int], target: Target) -> PartitionRecord:
    """Put answers, a DataFrame, into the file of a partition; return its record as it is then.

    A row that has just this answer already keeps what it says of its way and its cost.
    """
    import numpy as np

    folder = target.folder
    path = folder.answers_path(record.number)
    if folder.digest(path) != record.file:
        raise TaskError(f"{path} was changed while it was worked on: run it again, which answers that partition anew.")
    frame = folder.read_table(path).astype(answers.dtypes.to_dict())
    before = frame.iloc[list(positions)]
    same = before["way"].isin(_ANSWERED).to_numpy() & _equal(before["answer"], answers["answer"])
    if same.all():
        return record
    where, new = np.asarray(positions)[~same], answers[~same]
    for name in frame.columns:
        column = frame[name].array.copy()
        column[where] = new[name].array
        frame[name] = column
    return replace(
        record,
        file=_written(folder, record.number, frame),
        ways=_counted(frame),
        untested=int(frame["untested"].sum()),
        answer_characters=_characters(frame),
    )


def load_partition(questions: Any, number: Any, target: Target, kind: AnswerKind, _stamp: str) -> Any:
    """Return the answers to a partition as a DataFrame with its index."""
    path = target.folder.answers_path(int(number.iloc[0]))
    frame = target.folder.read_table(path).astype(empty_frame(kind).dtypes.to_dict())
    if len(frame) != len(questions):
        raise TaskError(f"{path} has {len(frame):,} answers to {len(questions):,} rows: solve the column again.")
    frame.index = questions.index
    return frame


def digest_of(questions: Any) -> str:
    """Return the digest (hex) of a Series and its index, in order."""
    from pandas.util import hash_pandas_object

    try:
        hashed = hash_pandas_object(questions)
    except (TypeError, ValueError):  # lists and such, half a character
        hashed = hash_pandas_object(questions.map(ascii))
    return hashlib.sha256(hashed.to_numpy().tobytes()).hexdigest()


def _answered(questions: Any, bundle: Bundle) -> tuple[Any, list[tuple[int, str]], int]:
    """Return the answers, the rows that are left to a model, by position, and the characters of all questions."""
    import pandas as pd

    frames: list[Any] = []
    open_rows: list[tuple[int, str]] = []
    start = characters = 0
    for answers in answers_of(questions, bundle):
        frames.append(frame_of(answers, bundle.kind))
        asks_untested = answers.untested if bundle.untested == "ask" else {}
        for row, way in enumerate(answers.ways):
            if way == "unasked" or (row in asks_untested and way == "parser"):
                open_rows.append((start + row, answers.questions[row]))
        characters += sum(map(len, answers.questions))
        start += len(answers)
    frame = pd.concat(frames, ignore_index=True) if frames else empty_frame(bundle.kind)
    return frame, open_rows, characters


def _written(folder: PartitionFolder, number: int, frame: Any) -> str:
    import pyarrow as pa

    try:
        return folder.write_table(folder.answers_path(number), frame)
    except pa.ArrowException as fault:  # the columns are ours
        raise TaskError(
            one_line(f"The index of the column cannot be written ({fault}): solve df.reset_index() instead.")
        ) from None


def _write_open(folder: PartitionFolder, number: int, rows: list[tuple[int, str]]) -> str:
    """Write which rows are open; bytes, because a text with half a character is no text to parquet."""
    import pandas as pd

    path = folder.open_path(number)
    if not rows:
        folder.remove(path)
        return ""
    positions, questions = zip(*rows, strict=True)
    return folder.write_table(
        path, pd.DataFrame({"row": positions, "question": [to_bytes(each) for each in questions]})
    )


def _is_whole(folder: PartitionFolder, record: PartitionRecord) -> bool:
    """Return whether the files of a partition are as they were when its record was made."""
    number = record.number
    return folder.digest(folder.answers_path(number)) == record.file and (
        not record.open or folder.digest(folder.open_path(number)) == record.open
    )


def _counted(frame: Any) -> tuple[WayCount, ...]:
    counts: Counter[Way] = Counter(frame["way"].tolist())
    return tuple(WayCount(way, counts[way]) for way in WAYS if way in counts)


def _characters(frame: Any) -> int:
    answers = frame["answer"].dropna()
    return int(answers.astype("string").str.len().sum())


def _equal(one: Any, other: Any) -> Any:
    """Return row by row whether two columns hold the same; both nothing is the same."""
    missing = one.isna().to_numpy(), other.isna().to_numpy()
    same = (one.reset_index(drop=True) == other.reset_index(drop=True)).fillna(value=False).to_numpy(dtype=bool)
    return same | (missing[0] & missing[1])


def asked_digest(answers: Answers, rows: Sequence[int], positions: Sequence[int]) -> str:
    """Return the digest (hex) of what was said of some rows, each with its position in its partition."""
    ways, texts = answers.ways, answers.texts
    said = [f"{at} {WAYS[ways[row]].is_answer} {texts[row]!a}" for row, at in zip(rows, positions, strict=True)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
