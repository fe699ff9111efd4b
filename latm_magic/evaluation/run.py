"""Running methods on tasks: every cell (method, task, run) in turn, into a file that an interrupted run goes on with.

A cell has a project of its own beside the file, so that its tools, its growing and its replies are there again. What
is paid is kept before it is used (`kept.py`), and an instance that has its line is not run again.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.bill import billing
from latm_magic.errors import BudgetExceeded, TaskError
from latm_magic.evaluation.kept import KeptModel
from latm_magic.evaluation.lines import Made, Row, RunFile
from latm_magic.evaluation.methods.direct import estimated_tokens
from latm_magic.evaluation.methods.method import Bench, Making, Method, Outcome
from latm_magic.evaluation.methods.registry import METHODS, check_methods
from latm_magic.evaluation.task_files import question_digest, split
from latm_magic.events import Note, ignore
from latm_magic.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.errors import ModelError
    from latm_magic.evaluation.lines import Cell, Run
    from latm_magic.evaluation.task_files import EvaluationTask, Split
    from latm_magic.events import OnEvent
    from latm_magic.models.model import Model, Reply, Role
    from latm_magic.session.status import Status
    from latm_magic.task import Instance

_ROLES: tuple[Role, ...] = ("maker", "user", "dispatcher")
_OWN = {
    "maker_model", "user_model", "dispatcher_model", "profile", "base_url", "replay", "record", "record_requests",
    "cache_dir", "tool_paths", "budget_usd",
}  # fmt: skip
"""Settings that a cell's session does not take over: they say where models and tools are, which it is given."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is asked of a run; the same file goes on with the same ones alone."""

    methods: tuple[str, ...] = ("compiled",)
    labels: int = 12
    seed: int = 0
    runs: int = 1
    """How often each method is run on each task."""
    limit: int | None = None
    """Unseen instances of a task at most; None = all."""
    in_order: bool = False
    """Labels and instances in the order of the file, not shuffled by the seed."""
    group: int = 25
    """Instances that are answered, and written, together."""
    rounds: int = 2
    """Coverage rounds at most."""

    def check(self) -> None:
        """Raise `TaskError` where an option cannot be."""
        check_methods(self.methods)
        for name, least in (("runs", 1), ("group", 1), ("rounds", 0), ("limit", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise TaskError(f"--{name} is {value}: give a number from {least}.")


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended."""

    run: Run
    stopped: str = ""
    """Why it ended before its end, in one line; "" where it did not."""

    @property
    def failed(self) -> int:
        """How many instances failed when they were tried last; the same run again tries them once more."""
        return sum(row.way == "failed" for row in self.run.rows.values())


class Runner:
    """Runs cells; models and settings are those of `session`, which is the ledger of what is spent too."""

    def __init__(
        self,
        session: Session,
        tasks: Sequence[EvaluationTask],
        options: RunOptions,
        path: Path,
        on_event: OnEvent = ignore,
        *,
        asks_user: bool | None = None,
    ) -> None:
        """Check what is asked, and open the file; raises `TaskError`.

        `asks_user`: whether a user model gets what a tool refuses; None = where the settings name one.
        """
        options.check()
        self._session, self._tasks, self._options, self._path, self._tell = session, tasks, options, path, on_event
        status = session.status()
        self._named = {role for role, name in status.models if name}
        self._asks_user = bool(session.settings.user_model) if asks_user is None else asks_user
        self._source = {"models of yours": "yours", "a recording": "recorded"}.get(status.source, "")
        asked = {**asdict(options), "tasks": {task.name: task.digest for task in tasks}, "models": self._models(status)}
        self._splits = {
            task.name: split(task, options.labels, options.seed, in_order=options.in_order, limit=options.limit)
            for task in tasks
        }
        self._file = RunFile(path, asked)
        session.ledger.spending.settle(0.0, self._file.run.spent_usd)

    def _models(self, status: Status) -> dict[str, str]:
        return {role: name or ("recorded" if self._source == "recorded" else "") for role, name in status.models}

    def run(self) -> Finished:
        """Run what is not done yet; what stops it is said, and everything before it is kept.

        Raises `LatmError` where nothing can be done at all: no model is named, a recording does not hold a request.
        """
        for task in self._tasks:
            for method in self._options.methods:
                for number in range(1, self._options.runs + 1):
                    try:
                        self._run_cell((method, task.name, number), task)
                    except BudgetExceeded as fault:
                        return Finished(self._file.run, f"stopped at the budget: {fault}")
        return Finished(self._file.run)

    def _run_cell(self, cell: Cell, task: EvaluationTask) -> None:
        made, rows = self._file.run.cells().get(cell, ([], []))
        done = {row.question for row in rows if row.way != "failed"}
        whole = self._splits[task.name]
        todo = [instance for instance in whole.unseen if question_digest(instance.question) not in done]
        if made and not todo:
            return
        with self._bench(cell, task, whole) as (bench, models):
            method = METHODS[cell[0]](bench)
            if not made:
                self._spend(cell, method.make, models)
            elif self._file.run.last[cell] == "row":
                self._spend(cell, method.grow, models)
            for start in range(0, len(todo), self._options.group):
                self._answer(cell, bench, method, todo[start : start + self._options.group], models)
                if start + self._options.group < len(todo):
                    self._spend(cell, method.grow, models)
        self._tell(Note(f"{task.name}, {cell[0]}: {len(whole.unseen):,} instances are done"))

    def _spend(self, cell: Cell, step: Any, models: Sequence[KeptModel]) -> None:
        """Take a step of making, and write down what it came to."""
        began = time.perf_counter()
        with billing() as bill:
            making: Making | None = step()
        _raise_if_over(models)
        if making is None:
            return
        ms = 1000 * (time.perf_counter() - began)
        line = Made(
            *cell, making.outcome, making.attempts, bill.tokens, bill.cost_usd, round(ms, 1), self._source,
            making.reason[:300],
        )  # fmt: skip
        self._file.add([line])
        self._tell(Note(f"{cell[1]}, {cell[0]}: {making.outcome}, {bill.tokens:,} tokens"))

    def _answer(
        self, cell: Cell, bench: Bench, method: Method, group: Sequence[Instance], models: Sequence[KeptModel]
    ) -> None:
        """Answer a group and write its lines; none of it is written where the budget did not allow a call."""
        outcomes = method.answer([instance.question for instance in group])
        _raise_if_over(models)
        column = set(bench.split.column) if method.uses_column() else set()
        self._file.add(
            _row(cell, bench, instance, outcome, self._source, in_column=instance.question in column)
            for instance, outcome in zip(group, outcomes, strict=True)
        )

    @contextmanager
    def _bench(self, cell: Cell, task: EvaluationTask, whole: Split) -> Iterator[tuple[Bench, list[KeptModel]]]:
        """Open the project of a cell, with the session's models in front of it."""
        folder = cells_folder(self._path) / cell[0] / cell[1] / str(cell[2])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "pyproject.toml").touch()
        except OSError as fault:
            raise TaskError(f"The folder {str(folder)!r} cannot be made: {fault.strerror}. Use --to.") from None
        # A recording plays from its beginning in each cell, so that one that is gone on with hears the same.
        is_replay = self._source == "recorded"
        roles = [role for role in _ROLES if role in self._named and not is_replay]
        models = [self._kept(role, folder) for role in roles]
        given: dict[str, Any] = {**dict(zip(roles, models, strict=True)), **self._settings()}
        with Session(folder, **given) as session:
            options = self._options
            bench = Bench(task, whole, session, folder, options.seed, self._asks_user, options.rounds)
            yield bench, models

    def _settings(self) -> dict[str, Any]:
        settings = self._session.settings
        taken = {
            name: value for name, value, source, _ in settings.listing() if source != "default" and name not in _OWN
        }
        return taken | ({"replay": str(Path(settings.replay).expanduser().absolute())} if settings.replay else {})

    def _kept(self, role: Role, folder: Path) -> KeptModel:
        return KeptModel(self._session.model(role), folder / f"{role}.jsonl", self._count)

    def _count(self, model: Model, told: Reply | ModelError) -> None:
        """Count against the budget what an interrupted run has paid and has no line yet."""
        ledger = self._session.ledger
        base_url = str(getattr(model, "base_url", ""))
        cost = ledger.prices.cost_usd(model.name, told.usage, base_url) if told.usage else None
        ledger.spending.settle(0.0, cost or 0.0)


def cells_folder(path: Path) -> Path:
    """Return the folder beside the file of a run in which its cells have their projects."""
    return path.with_name(f"{path.name}.cells")


def _raise_if_over(models: Sequence[KeptModel]) -> None:
    for model in models:
        if model.over_budget is not None:
            raise model.over_budget


def _row(cell: Cell, bench: Bench, instance: Instance, outcome: Outcome, source: str, *, in_column: bool) -> Row:
    text = outcome.text
    return Row(
        *cell,
        question=question_digest(instance.question),
        wanted=instance.told if instance.expects != "missing" else None,
        got=text,
        right=bench.task.is_right(instance, text, is_answered=outcome.answered),
        answered=outcome.answered,
        way=outcome.way,
        version=outcome.version,
        untested=outcome.untested,
        in_column=in_column,
        tokens=outcome.tokens,
        direct_tokens=estimated_tokens(bench.task, bench.split, instance.question, instance.answer or ""),
        cost_usd=outcome.cost_usd,
        ms=round(outcome.ms, 3),
        seed=bench.seed,
        source=source,
    )
