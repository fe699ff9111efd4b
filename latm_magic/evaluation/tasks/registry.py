"""All generated tasks by name: questions with answers, descriptions, and a reference tool for each.

from latm_magic.evaluation.tasks.registry import generate, task_type
rows = generate("days_between", 200, seed=7, difficulty=2)
session.make("days_between", task_type("days_between").description, rows[:12])
"""

from __future__ import annotations

from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING

from latm_magic.errors import TaskError, did_you_mean
from latm_magic.evaluation.tasks import (
    codes,
    counting,
    dates,
    geometry,
    identifiers,
    logic,
    logs,
    money,
    schedules,
    tables,
    texts,
    units,
)
from latm_magic.evaluation.tasks.task_type import EASIEST, HARDEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.evaluation.tasks.task_type import TaskType

_DOMAINS = (texts, dates, units, money, tables, schedules, logic, counting, codes, geometry, logs, identifiers)
_TYPES: dict[str, TaskType] = {task.name: task for domain in _DOMAINS for task in domain.TYPES}
_TRIES = 200
"""Draws in a row that bring nothing new, after which a task has no more instances."""


def names() -> tuple[str, ...]:
    """Return the names of all generated tasks, those of one domain together."""
    return tuple(_TYPES)


def task_type(name: str) -> TaskType:
    """Return a task by its name; raises `TaskError` where there is none."""
    if name not in _TYPES:
        raise TaskError(f"No generated task {name!r}.{did_you_mean(name, _TYPES)}")
    return _TYPES[name]


def generate(
    name: str, count: int, seed: int, *, difficulty: int = 2, wordings: Sequence[int] | None = None
) -> list[tuple[str, str]]:
    """Return `count` different questions of a task, each with its one right answer.

    The same arguments give the same rows on every machine, and a smaller count their beginning. `difficulty` is 1 to 3.
    `wordings` are the numbers (from 0) of the wordings to use, None for all; they take turns at random.
    Raises `TaskError` for what is not there, and where the task has fewer different questions.
    """
    task = task_type(name)
    chosen = range(len(task.wordings)) if wordings is None else wordings
    if not EASIEST <= difficulty <= HARDEST:
        raise TaskError(f"difficulty = {difficulty}: it is {EASIEST} to {HARDEST}.")
    if not chosen or not all(0 <= number < len(task.wordings) for number in chosen):
        raise TaskError(f"wordings = {list(chosen)}: {name} has those of the numbers 0 to {len(task.wordings) - 1}.")
    chance = Random(f"{name} {seed} {difficulty}")  # noqa: S311  made to be repeated
    rows: dict[str, str] = {}
    misses = 0
    while len(rows) < count:
        question, answer = task.instance(chance, difficulty, chance.choice(chosen))
        misses = misses + 1 if question in rows else 0
        rows.setdefault(question, answer)
        if misses > _TRIES:
            raise TaskError(
                f"{name} has about {len(rows)} questions of difficulty {difficulty}: ask for fewer, or harder ones."
            )
    return list(rows.items())


def reference_source(name: str) -> str:
    """Return the source of a tool for a task, as a careful maker would write it: it answers every wording right."""
    file = files("latm_magic.evaluation.tasks.reference") / f"{task_type(name).name}.py"
    return file.read_text(encoding="utf-8")
