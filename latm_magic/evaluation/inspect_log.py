"""A run as logs of inspect-ai, so that its viewer (`inspect view`) and its data frames read them.

One log a method, task and set of runs, as JSON of its format 2, without depending on it. Source: the records EvalLog,
EvalSpec, EvalSample and Score of its documentation, https://inspect.aisi.org.uk/reference/inspect_ai.log.html. A log
holds what the file of a run does: of a question its digest, unless the tasks are given.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from math import sqrt
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.evaluation.task_files import question_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from latm_magic.evaluation.lines import Made, Row, Run
    from latm_magic.evaluation.task_files import EvaluationTask

_FORMAT = 2
_SCORER = "agrees"


def write_logs(run: Run, folder: Path, tasks: Sequence[EvaluationTask] = (), created: str = "") -> tuple[Path, ...]:
    """Write a log for each method and task into a folder; `tasks` tell the questions. Raises `TaskError`.

    `created`: ISO date and time with its zone; "" = now. A file that is there is replaced.
    """
    moment = created or datetime.now(tz=UTC).isoformat(timespec="seconds")
    questions = {question_digest(x.question): x.question for task in tasks for x in task.instances}
    paths = []
    for log in logs(run, questions, moment):
        stamp = moment.replace(":", "-")
        name = f"{log['eval']['task']}-{log['eval']['solver']}".replace("_", "-")
        path = folder / f"{stamp}_{name}_{log['eval']['task_id']}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(log, indent=1, ensure_ascii=False), encoding="utf-8")
        except OSError as fault:
            raise TaskError(
                f"The log {path.name!r} cannot be written: {fault.strerror}. Name another folder."
            ) from None
        paths.append(path)
    return tuple(paths)


def logs(run: Run, questions: Mapping[str, str], created: str) -> list[dict[str, Any]]:
    """Return the logs of a run as plain JSON values; `questions` are the texts by digest, where they are known."""
    cells: defaultdict[tuple[str, str], tuple[list[Made], list[Row]]] = defaultdict(lambda: ([], []))
    for (method, task, _), (made, rows) in run.cells().items():
        cells[method, task][0].extend(made)
        cells[method, task][1].extend(rows)
    return [_log(run, *cell, made, rows, questions, created) for cell, (made, rows) in cells.items()]


def _log(
    run: Run,
    method: str,
    task: str,
    made: Sequence[Made],
    rows: Sequence[Row],
    questions: Mapping[str, str],
    created: str,
) -> dict[str, Any]:
    identity = _identity(run.asked, method, task)
    models = {role: name for role, name in run.asked.get("models", {}).items() if name}
    samples = [_sample(row, questions, models) for row in rows]
    epochs = max((row.run for row in rows), default=1)
    ids = list(dict.fromkeys(row.question for row in rows))
    return {
        "version": _FORMAT,
        "status": "success",
        "eval": {
            "eval_id": _identity(identity, "eval"),
            "run_id": _identity(run.asked, "run"),
            "created": created,
            "task": task,
            "task_id": identity,
            "task_version": 0,
            "task_args": {name: run.asked[name] for name in ("labels", "seed", "limit") if name in run.asked},
            "solver": method,
            "dataset": {"name": task, "samples": len(ids), "sample_ids": ids,
                        "shuffled": not run.asked.get("in_order")},
            "model": _model(models),
            "config": {"epochs": epochs, "epochs_reducer": ["mean"]},
            "packages": {"latm_magic": version("latm_magic")},
            "metadata": {"made": [{"run": x.run, "outcome": x.outcome, "tokens": x.tokens, "cost_usd": x.cost_usd}
                                  for x in made]},
            "scorers": [{"name": _SCORER}],
        },
        "plan": {"name": "plan", "steps": [{"solver": method, "params": {}}], "config": {}},
        "results": {
            "total_samples": len(rows),
            "completed_samples": len(rows),
            "scores": [_results(rows)],
        },
        "stats": {"started_at": created, "completed_at": created, "model_usage": _usage(models, rows, made)},
        "samples": samples,
    }  # fmt: skip


def _results(rows: Sequence[Row]) -> dict[str, Any]:
    count = len(rows)
    share = sum(row.right for row in rows) / count if count else 0.0
    error = sqrt(share * (1 - share) / (count - 1)) if count > 1 else 0.0
    answered = sum(row.answered for row in rows) / count if count else 0.0
    figures = {"accuracy": share, "stderr": error, "coverage": answered}
    metrics = {name: {"name": name, "value": value, "params": {}} for name, value in figures.items()}
    return {"name": _SCORER, "scorer": _SCORER, "scored_samples": count, "unscored_samples": 0, "params": {},
            "metrics": metrics}  # fmt: skip


def _sample(row: Row, questions: Mapping[str, str], models: Mapping[str, str]) -> dict[str, Any]:
    asked = questions.get(row.question, f"question {row.question}")
    got = row.got if row.got is not None else ""
    model = _model(models)
    metadata = {name: getattr(row, name) for name in ("way", "version", "untested", "in_column", "cost_usd", "source")}
    return {
        "id": row.question,
        "epoch": row.run,
        "input": asked,
        "target": row.wanted if row.wanted is not None else "",
        "messages": [
            {"role": "user", "content": asked, "source": "input"},
            {"role": "assistant", "content": got, "source": "generate"},
        ],
        "output": {
            "model": model,
            "choices": [{"message": {"role": "assistant", "content": got}, "stop_reason": "stop"}],
            "completion": got,
        },
        "scores": {_SCORER: {"value": "C" if row.right else "I", "answer": got, "explanation": row.way}},
        "metadata": metadata,
        "model_usage": {model: _tokens(row.tokens)} if row.tokens else {},
        "total_time": row.ms / 1000,
    }


def _usage(models: Mapping[str, str], rows: Sequence[Row], made: Sequence[Made]) -> dict[str, Any]:
    tokens = sum(row.tokens for row in rows) + sum(line.tokens for line in made)
    return {_model(models): _tokens(tokens)} if tokens else {}


def _tokens(count: int) -> dict[str, int]:
    """Return what is known of a usage: a run counts prompt and completion together."""
    return {"input_tokens": 0, "output_tokens": 0, "total_tokens": count}


def _model(models: Mapping[str, str]) -> str:
    return models.get("maker") or next(iter(models.values()), "none")


def _identity(*parts: object) -> str:
    """Return 22 letters and digits that name something, the same ones each time."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:22]
