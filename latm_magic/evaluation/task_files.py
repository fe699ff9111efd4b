"""Tasks to measure on: a file of solved questions, or a folder of a labelled column, and how each is split.

A folder holds `description.txt`, the labelled rows (`visible.csv`) and the others (`hidden.csv`), whose answers nobody
but the measuring sees. How the files themselves are read is left to `examples.py`.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.comparison import agree
from latm_magic.errors import TaskError
from latm_magic.evaluation.tasks.registry import generate, task_type
from latm_magic.examples import read_examples
from latm_magic.task import check_name
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from latm_magic.task import AnswerKind, Instance

_LEAST_LABELS = 3
_GENERATED = "generated:"
_GENERATED_COUNT = 212
"""Instances of a generated task: as many as leave 200 beside twelve labels."""
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class EvaluationTask:
    """A task with known answers."""

    name: str
    description: str
    instances: tuple[Instance, ...]
    """In the order of the file."""
    kind: AnswerKind
    labelled: tuple[Instance, ...] = ()
    """The rows that are labelled, where the task itself says which; () = they are split off `instances`."""

    @property
    def digest(self) -> str:
        """Names the content: 16 hexadecimal digits over name, description and all instances."""
        held = [self.name, self.description, *([x.content for x in rows] for rows in (self.labelled, self.instances))]
        return _digest(json.dumps(held))

    def is_right(self, wanted: Instance, text: str | None, *, is_answered: bool) -> bool:
        """Return whether an answer (`text`; None = that there is none), or none at all, is what was wanted."""
        if wanted.expects == "refusal":
            return not is_answered
        if not is_answered or wanted.expects == "missing" or text is None:
            return is_answered and wanted.expects == "missing" and text is None
        return agree(wanted.answer or "", text, self.kind)


@dataclass(frozen=True, slots=True)
class Split:
    """What a method is given of a task, and what it is measured on."""

    labels: tuple[Instance, ...]
    unseen: tuple[Instance, ...]
    """What is measured; nobody else sees the answers."""

    @property
    def column(self) -> tuple[str, ...]:
        """Every other unseen question, without its answer: the column that may take part in the making."""
        return tuple(instance.question for instance in self.unseen[::2])


def question_digest(question: str) -> str:
    """Return what a question is known by in the lines of a run: 16 hexadecimal digits of its SHA-256."""
    return _digest(question)


def split(task: EvaluationTask, labels: int, seed: int, *, in_order: bool = False, limit: int | None = None) -> Split:
    """Split a task into `labels` labelled instances and the unseen ones, at most `limit`; raises `TaskError`.

    The same seed gives the same split; `in_order` takes both in the order of the file. A task that says itself which
    rows are labelled keeps those.
    """
    rows = list(task.instances)
    if not in_order:
        random.Random(f"{seed} {task.name}").shuffle(rows)  # noqa: S311  no secret
    if task.labelled:
        return Split(task.labelled, tuple(rows[:limit]))
    if labels < _LEAST_LABELS or len(rows) <= labels:
        raise TaskError(
            f"{task.name!r} has {len(rows)} solved questions: that is no room for {labels} labels and something to"
            f" measure. Give --labels a number from {_LEAST_LABELS} to {max(_LEAST_LABELS, len(rows) - 1)}."
        )
    end = None if limit is None else labels + limit
    return Split(tuple(rows[:labels]), tuple(rows[labels:end]))


def read_tasks(paths: Sequence[Path], na: Mapping[str, str] | None = None) -> tuple[EvaluationTask, ...]:
    """Read files of solved questions (.csv, .tsv, .json, .jsonl) and folders of labelled columns; raises `TaskError`.

    "generated:NAME" or "generated:NAME:DIFFICULTY" is a task of `tasks/`. A file of JSON may hold a "description" and a
    "name" beside its "examples". `na`: by task the word that stands for a missing answer.
    """
    tasks = tuple(_read(path, na or {}) for path in paths)
    if unknown := {*(na or {})} - {task.name for task in tasks}:
        raise TaskError(f"No task {quoted(min(unknown))} is given, of which a missing answer was named.")
    doubled = [task.name for number, task in enumerate(tasks) if task.name in {t.name for t in tasks[:number]}]
    if doubled:
        raise TaskError(f"Two tasks are named {quoted(doubled[0])}: give one of the files another name.")
    return tasks


def task_of(
    name: str,
    description: str,
    examples: object,
    *,
    labelled: object = None,
    na: str | None = None,
    base: Path | None = None,
) -> EvaluationTask:
    """Return a task of solved questions as `read_examples` takes them; raises `TaskError`."""
    check_name(name)
    held = read_examples(examples, base, na=na)
    labels = read_examples(labelled, base, na=na).samples if labelled is not None else ()
    unique = {instance.question: instance for instance in held.samples}
    return EvaluationTask(name, description.strip() or _words(name), tuple(unique.values()), held.kind, labels)


def _read(path: Path, na: Mapping[str, str]) -> EvaluationTask:
    if str(path).startswith(_GENERATED):
        return _generated(str(path).removeprefix(_GENERATED))
    if path.is_dir():
        return _read_folder(path, na)
    told = _told(path)
    name = told.get("name") or _name(path.stem)
    return task_of(name, told.get("description", ""), path, na=na.get(name))


def _generated(word: str) -> EvaluationTask:
    """Return a generated task, named with a difficulty behind a colon or without."""
    name, _, difficulty = word.partition(":")
    if difficulty and not difficulty.isdecimal():
        raise TaskError(f"The difficulty {quoted(difficulty)} is no number: write {_GENERATED}{name}:3.")
    rows = generate(name, _GENERATED_COUNT, 0, difficulty=int(difficulty or 2))
    return task_of(name, task_type(name).description, rows)


def _read_folder(folder: Path, na: Mapping[str, str]) -> EvaluationTask:
    description, visible, hidden = (folder / name for name in ("description.txt", "visible.csv", "hidden.csv"))
    if missing := [each.name for each in (description, visible, hidden) if not each.is_file()]:
        raise TaskError(
            f"The folder {quoted(str(folder), 200)} has no {' and no '.join(missing)}: a task is such a folder, or a"
            " file of solved questions."
        )
    try:
        text = description.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise TaskError(f"{quoted(str(description), 200)} cannot be read: {fault}.") from None
    name = _name(folder.name)
    return task_of(name, text, hidden, labelled=visible, na=na.get(name))


def _told(path: Path) -> dict[str, str]:
    """Return the texts "name" and "description" of a JSON file; what else is wrong with it is said when it is read."""
    if path.suffix.lower() != ".json":
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(held, dict):
        return {}
    return {key: held[key] for key in ("name", "description") if isinstance(held.get(key), str)}


def _name(stem: str) -> str:
    return re.sub(r"\W+", "_", stem).strip("_") or "task"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN_DIGITS]
