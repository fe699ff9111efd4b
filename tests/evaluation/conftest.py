"""A task of sorting in a file, and the run of it."""

from __future__ import annotations

import json

import pytest
from cells import examples


@pytest.fixture
def task_file(tmp_path):
    """Return a file of thirty solved questions of one task."""
    rows = [{"input": question, "target": answer} for question, answer in examples(30)]
    path = tmp_path / "sort_words.json"
    path.write_text(json.dumps({"description": "Sort the words.", "examples": rows}), encoding="utf-8")
    return path


@pytest.fixture
def measure(task_file, tmp_path):
    """Return a function that runs methods on that task with a session's models, into a file."""
    from latm_magic.evaluation.run import Runner, RunOptions
    from latm_magic.evaluation.task_files import read_tasks

    def measure_with(session, *methods, to="run.jsonl", path=task_file, asks_user=None, **options):
        chosen = RunOptions(methods, **{"labels": 6, "in_order": True, "group": 10, **options})
        return Runner(session, read_tasks([path]), chosen, tmp_path / to, asks_user=asks_user).run()

    return measure_with
