"""From what you typed to the task that is made: its samples, and those that older versions of the tool passed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.examples import read_examples
from latm_magic.task import Task

if TYPE_CHECKING:
    from pathlib import Path

    from latm_magic.cache.cache import Cache


def read_task(name: str, description: str, examples: Any, base: Path) -> Task:
    """Read and check a task; `examples` in any form that `examples.read_examples` takes. Raises `TaskError`."""
    samples, kind = read_examples(examples, base)
    return Task(name, description, samples, kind).check()


def with_earlier(task: Task, cache: Cache) -> Task:
    """Add the samples that the tool's current version passed, because the next version must pass them too.

    Raises `TaskError` when a sample contradicts one of them.
    """
    if task.name not in cache.tools.names():
        return task
    current = cache.tools.get(task.name)
    given = {sample.question: sample.answer for sample in task.samples}
    before = current.all_samples
    for sample in before:
        if given.get(sample.question, sample.answer) != sample.answer:
            raise TaskError(
                f"An example contradicts one that {task.name!r} passed before: {sample.question[:60]!r} was answered"
                f" {(sample.answer or '')[:60]!r}. With --replace (replace=True) older samples no longer count."
            )
    return replace(task, earlier=tuple(sample for sample in before if sample.question not in given))
