"""Your own task in one call: split what is solved, make a tool from a few labels, measure it on the rest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.evaluation.run import Runner, RunOptions, cells_folder
from latm_magic.evaluation.scores import scores
from latm_magic.evaluation.task_files import split, task_of
from latm_magic.events import OnEvent, ignore
from latm_magic.session.session import Session
from latm_magic.shown import Shown
from latm_magic.text import quoted

if TYPE_CHECKING:
    from latm_magic.evaluation.scores import Score
    from latm_magic.evaluation.task_files import EvaluationTask, Split

_METHOD = "compiled"


@dataclass(frozen=True, slots=True)
class Card(Shown):
    """What a tool that is made from a few labels does on the other rows."""

    task: str
    labels: int
    count: int
    answered: int
    """Without a model."""
    right: int
    """Of these."""
    interval: tuple[float, float]
    """The share of right ones, low and high, 0 to 1: Wilson's, at 95 % confidence."""
    outcome: str
    """"tool", "draft" or "none"."""
    reason: str
    making_tokens: int
    making_usd: float | None
    """US dollars; None = unknown price."""
    direct_tokens: float
    """Estimate of a question that is asked directly, in the mean."""
    direct_usd: float | None
    """US dollars of that; None = unknown price."""
    source: str
    """"" for a live maker, else "recorded" or "yours"."""
    path: Path
    """The file of the run."""
    kept_as: str = ""
    """The tool's name in your project, where it was kept."""

    def __str__(self) -> str:
        """Return it in one sentence."""
        asked = f"about {self.direct_tokens:,.0f} tokens each asked directly, price unknown"
        if self.direct_usd is not None:
            asked = f"{self.direct_usd:.4f} USD each asked directly"
        if not self.answered:
            return f"made from {self.labels} labels, none of {self.count:,} answered without a model, {asked}"
        low, high = self.interval
        return (
            f"made from {self.labels} labels, {100 * self.answered / self.count:.1f} % of {self.count:,} answered"
            f" without a model, {100 * self.right / self.answered:.1f} % of these right ({100 * low:.1f} to"
            f" {100 * high:.1f}), {asked}"
        )


def evaluate(
    session: Session,
    rows: Any,
    *,
    question: str = "question",
    answer: str = "answer",
    name: str = "task",
    description: str = "",
    labels: int = 12,
    seed: int = 0,
    limit: int | None = None,
    in_order: bool = False,
    keep: bool = False,
    on_event: OnEvent = ignore,
) -> Card:
    """Measure what a tool made from `labels` of your solved rows does on the others; the maker is asked, nobody else.

    `rows`: a DataFrame, a list of dicts or a file, with a column of questions and one of answers. Which rows are labels
    follows from `seed`; with `in_order` they are the first ones. The same call again goes on where it was interrupted,
    and pays nothing twice. With `keep` the tool becomes one of your project. Raises `TaskError`, and `ModelError` where
    the maker cannot be asked.
    """
    task = task_of(name, description, _pairs(rows, question, answer), base=session.project.folder)
    options = RunOptions((_METHOD,), labels=labels, seed=seed, limit=limit, in_order=in_order)
    whole = split(task, labels, seed, limit=limit, in_order=in_order)
    path = session.cache.folder / "evaluation" / f"{name}-{_digest(task, options)}.jsonl"
    runner = Runner(session, [task], options, path, on_event, asks_user=False)
    finished = runner.run()
    if finished.stopped:
        raise TaskError(f"{finished.stopped.partition(': ')[2]} What was done is kept: the same call goes on.")
    card = _card(session, task, whole, scores(finished.run)[0], finished.run.made[0].reason, path)
    return _kept(card, session, task, whole, path) if keep else card


def _card(session: Session, task: EvaluationTask, whole: Split, score: Score, reason: str, path: Path) -> Card:
    questions = sum(len(instance.question) for instance in whole.unseen)
    answers = sum(len(instance.answer or "") for instance in whole.unseen)
    direct = session.ledger.direct_estimate(
        dict(session.status().models).get("maker", ""),
        session.settings.base_url,
        instances=score.count,
        question_characters=questions,
        answer_characters=answers,
    )
    return Card(
        task=task.name,
        labels=len(whole.labels),
        count=score.count,
        answered=score.answered,
        right=score.right_answered,
        interval=score.interval,
        outcome=score.outcomes[0],
        reason=reason,
        making_tokens=score.making_tokens,
        making_usd=score.making_usd,
        direct_tokens=(direct.prompt_tokens + direct.completion_tokens) / score.count,
        direct_usd=None if direct.cost_usd is None else direct.cost_usd / score.count,
        source=", ".join(sorted(score.sources - {""})),
        path=path,
    )


def _kept(card: Card, session: Session, task: EvaluationTask, whole: Split, path: Path) -> Card:
    """Add the tool to the project, verified there on its labels; raises `TaskError` where there is none to keep."""
    if card.outcome != "tool":
        why = card.reason or "the best proposal fails its samples"
        raise TaskError(
            f"There is no tool to keep: {why.rstrip('.')}. Take other rows to make it from: --labels or --seed."
        )
    with Session(cells_folder(path) / _METHOD / task.name / "1") as made:
        source = made.tool(task.name).record.source
    session.add(task.name, source, list(whole.labels), description=task.description)
    return replace(card, kept_as=task.name)


def _pairs(rows: Any, question: str, answer: str) -> Any:
    """Return what `read_examples` takes; raises `TaskError` where a column is not there."""
    if isinstance(rows, str | Path):
        return rows
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        if missing := [name for name in (question, answer) if any(name not in row for row in rows)]:
            raise TaskError(f"A row has no {quoted(missing[0])}: name the columns with --question and --answer.")
        return [(row[question], row[answer]) for row in rows]
    columns = getattr(rows, "columns", None)
    if columns is None:
        return rows
    names = [str(column) for column in columns]
    for name in (question, answer):
        if names.count(name) != 1:
            raise TaskError(
                f"The table has {'several columns' if name in names else 'no column'} {quoted(name)}: it has"
                f" {', '.join(map(quoted, names[:12]))}. Name them with --question and --answer."
            )
    return list(zip(*(_cells(rows[name]) for name in (question, answer)), strict=True))


def _cells(column: Any) -> list[Any]:
    return list(column.tolist() if hasattr(column, "tolist") else column.to_list())


def _digest(task: EvaluationTask, options: RunOptions) -> str:
    held = json.dumps([task.digest, asdict(options)])
    return hashlib.sha256(held.encode()).hexdigest()[:12]
