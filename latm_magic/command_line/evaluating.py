"""`python -m latm_magic eval`: methods on task files, into a file that an interrupted run goes on with; then tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latm_magic.errors import TaskError
from latm_magic.evaluation.inspect_log import write_logs
from latm_magic.evaluation.methods.registry import METHODS
from latm_magic.evaluation.plots import write_plots
from latm_magic.evaluation.run import Runner, RunOptions
from latm_magic.evaluation.tables import tables
from latm_magic.evaluation.task_files import read_tasks
from latm_magic.text import quoted

if TYPE_CHECKING:
    import argparse

    from latm_magic.events import OnEvent
    from latm_magic.session.session import Session

_SETTINGS = {"maker": "maker_model", "user": "user_model", "replay": "replay", "budget_usd": "budget_usd"}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of the command."""

    text: str
    """The tables."""
    notes: tuple[str, ...]
    is_whole: bool
    """Everything that was asked for is done, and nothing failed."""


def evaluate(session: Session, options: argparse.Namespace, on_event: OnEvent) -> Evaluated:
    """Run what is not done yet, and draw tables of all that is; raises `LatmError`."""
    for option, setting in _SETTINGS.items():
        value = getattr(options, option)
        if value is not None:
            session.settings.put(setting, value, "keyword")
    tasks = read_tasks(options.files, dict(map(_pair, options.na)))
    asked = RunOptions(
        tuple(options.methods), options.labels, options.seed, options.runs, options.limit, options.in_order
    )
    finished = Runner(session, tasks, asked, options.to, on_event).run()
    notes = [f"the run is in {options.to}: the same command goes on with it, and pays nothing twice"]
    notes += [finished.stopped] if finished.stopped else []
    notes += [f"{count} failed: the same command tries them again"] if (count := finished.failed) else []
    if options.inspect:
        notes.append(
            f"{len(write_logs(finished.run, options.inspect, tasks))} logs for inspect view: {options.inspect}"
        )
    if options.plots:
        notes += [f"drawn: {path}" for path in write_plots([finished.run], options.plots)]
    text = "\n\n".join(str(table) for table in tables(finished.run))
    return Evaluated(text, tuple(notes), not (finished.stopped or finished.failed))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="TASKFILE",
        help="Solved questions (.csv, .tsv, .json, .jsonl), a folder with description.txt, visible.csv, hidden.csv; or"
        " generated:NAME.",
    )  # fmt: skip
    parser.add_argument(
        "--methods", nargs="+", default=["compiled"], metavar="METHOD", help=f"Of {', '.join(METHODS)}."
    )
    parser.add_argument("--maker", metavar="MODEL", help="The strong model (setting: maker_model).")
    parser.add_argument("--user", metavar="MODEL", help="The light model (setting: user_model).")
    parser.add_argument("--replay", metavar="FILE", help="Play replies from a recording; no model is asked.")
    parser.add_argument("--labels", type=int, default=12, metavar="N", help="Labelled rows of a file (default 12).")
    parser.add_argument("--limit", type=int, metavar="N", help="Unseen instances of a task at most.")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="Which rows are labels, and the order.")
    parser.add_argument("--in-order", action="store_true", help="Labels and instances in the order of the file.")
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="Everything N times, for pass^k.")
    parser.add_argument("--budget-usd", type=float, metavar="USD", help="Stop before more than this is spent in all.")
    parser.add_argument(
        "--na", action="append", default=[], metavar="TASK=WORD", help="The word that says that there is no answer."
    )
    parser.add_argument("--to", type=Path, default=Path("eval.jsonl"), metavar="FILE", help="Default: eval.jsonl.")
    parser.add_argument("--inspect", type=Path, metavar="FOLDER", help="Write logs that inspect-ai's viewer opens.")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="Draw cost, coverage and accuracy (matplotlib).")


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise TaskError(f"--na {quoted(word)} is not TASK=WORD, for example prices=none.")
    return name, value
