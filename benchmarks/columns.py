"""Make tools for labelled columns with and without their unlabelled questions, and print what they answer.

    python benchmarks/columns.py                            the recorded makers of tests/recordings/columns
    python benchmarks/columns.py --record FOLDER --base-url URL --maker-model NAME      live ones, recorded
    python benchmarks/columns.py --tasks us_street --arms column

A task is a folder with a description, twelve labelled rows (`visible.csv`) and hidden ones (`hidden.csv`). Every other
hidden row is in the column that takes part in the making, without its label; the rest is never shown to anybody. No
model is asked for a row. Arms:

plain       the twelve labels alone
column      the column takes part, no round
rounds      and what a proposal refuses goes back, as `coverage_rounds` says
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from latm_magic import LatmError, Session
from latm_magic.comparison import agree

if TYPE_CHECKING:
    from latm_magic.answer import Answer
    from latm_magic.task import AnswerKind

ROOT = Path(__file__).resolve().parents[1]
ARMS: dict[str, dict[str, Any]] = {"plain": {}, "column": {"coverage_rounds": 0}, "rounds": {"coverage_rounds": 2}}
NO_ANSWER = {"price_amount": "none"}
"""The word that stands for a missing answer, where a task's description says so."""


@dataclass(frozen=True)
class Rows:
    """Hidden rows, and what was made of them."""

    count: int
    accepted: int
    right: int
    untested: int
    wrong_untested: int

    @property
    def coverage(self) -> float:
        """Percent of the rows that were accepted."""
        return 100 * self.accepted / self.count

    @property
    def accuracy(self) -> float:
        """Percent of the accepted rows that are right."""
        return 100 * self.right / self.accepted if self.accepted else float("nan")

    @property
    def share_untested(self) -> float:
        """Percent of the accepted rows that are marked as untested."""
        return 100 * self.untested / self.accepted if self.accepted else float("nan")

    def __add__(self, other: Rows) -> Rows:
        return Rows(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Figures:
    """What came of one task in one arm."""

    task: str
    arm: str
    made: str
    """"tool", "draft", or why there is neither."""
    calls: int
    tokens: int
    column: Rows
    """The hidden rows that took part in the making, without their labels."""
    others: Rows

    def __str__(self) -> str:
        both = self.column + self.others
        return (
            f"{self.task:20} {self.arm:8}{self.made:>7}{self.calls:6}{self.tokens:9,}"
            f"{self.column.coverage:10.1f}{self.others.coverage:8.1f}{both.accuracy:8.1f}"
            f"{both.share_untested:10.1f}{both.accepted - both.right:7}{both.wrong_untested:10}"
        )


HEAD = (
    f"{'task':20} {'arm':8}{'made':>7}{'calls':>6}{'tokens':>9}{'column %':>10}{'rest %':>8}{'right %':>8}"
    f"{'untested %':>10}{'wrong':>7}{'untested':>10}"
)


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Return the (question, answer) pairs of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["question"], row["answer"]) for row in csv.DictReader(file)]


def run(folder: Path, arm: str, models: dict[str, Any]) -> Figures:
    """Make one task's tool and solve its hidden rows."""
    hidden = read_rows(folder / "hidden.csv")
    with tempfile.TemporaryDirectory() as project, closing(Session(project, **models, deadline_s=3600.0)) as session:
        made = "tool"
        try:
            make(session, folder, arm)
        except LatmError as fault:
            print(f"{folder.name} {arm}: {fault}")
            made = "none"
        if made == "tool" and any(draft.name == folder.name for draft in session.drafts()):
            made = "draft"
        calls = [entry for entry in session.ledger.entries() if entry.role == "maker"]
        tokens = sum(entry.prompt_tokens + entry.completion_tokens for entry in calls)
        halves = (hidden[::2], hidden[1::2])
        rows = [_solved(session, folder.name, some) if made != "none" else _nothing(some) for some in halves]
        return Figures(folder.name, arm, made, len(calls), tokens, *rows)


def make(session: Session, folder: Path, arm: str) -> None:
    """Make one task's tool, or a draft; every other hidden row is in its column."""
    options = dict(ARMS[arm])
    if arm != "plain":
        options["questions"] = [question for question, _ in read_rows(folder / "hidden.csv")[::2]]
    if folder.name in NO_ANSWER:
        options["na"] = NO_ANSWER[folder.name]
    description = (folder / "description.txt").read_text(encoding="utf-8").strip()
    session.make(folder.name, description, read_rows(folder / "visible.csv"), keep_draft=True, **options)


def is_right(answer: Answer, wanted: str, name: str, kind: AnswerKind) -> bool:
    """Return whether a task's answer is the one that is wanted."""
    missing = NO_ANSWER.get(name)
    got = missing if answer.value is None and missing else answer.text or ""
    return got == wanted or agree(wanted, got, kind)


def _nothing(rows: list[tuple[str, str]]) -> Rows:
    return Rows(len(rows), 0, 0, 0, 0)


def _solved(session: Session, name: str, rows: list[tuple[str, str]]) -> Rows:
    """Solve rows with the tool alone; no model is named that could be asked about what it refuses."""
    kind = session.tool(name).record.kind
    answers = session.solve([question for question, _ in rows], tool=name)
    accepted = right = untested = wrong_untested = 0
    for answer, (_, wanted) in zip(answers, rows, strict=True):
        if not answer.answered:
            continue
        agrees = is_right(answer, wanted, name, kind)
        accepted, right = accepted + 1, right + agrees
        untested += answer.untested
        wrong_untested += answer.untested and not agrees
    return Rows(len(rows), accepted, right, untested, wrong_untested)


def summary(arm: str, figures: list[Figures]) -> str:
    """Return an arm's means over the tasks, and the medians of what is untested."""
    wrong = sum((f.column + f.others).accepted - (f.column + f.others).right for f in figures)
    among = sum((f.column + f.others).wrong_untested for f in figures)
    right = mean((f.column + f.others).accuracy for f in figures)
    return (
        f"{arm}: {sum(f.made == 'tool' for f in figures)} of {len(figures)} made,"
        f" {mean(f.calls for f in figures):.1f} calls a task;"
        f" accepted {mean(f.column.coverage for f in figures):.1f} % of the column,"
        f" {mean(f.others.coverage for f in figures):.1f} % of other rows, {right:.1f} % of these right;"
        f" untested {median((f.column + f.others).share_untested for f in figures):.1f} % in the median,"
        f" {among} of the {wrong} wrong ones among them"
    )


def main() -> None:
    """Make, solve and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", nargs="*")
    options.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    options.add_argument("--tasks-folder", type=Path, default=ROOT.parent / "shared" / "data" / "columns")
    options.add_argument("--replay", type=Path, default=ROOT / "tests" / "recordings" / "columns")
    options.add_argument("--record", type=Path, help="folder; one file a task and arm")
    options.add_argument("--base-url")
    options.add_argument("--maker-model", default="")
    given = options.parse_args()
    folders = [path for path in sorted(given.tasks_folder.iterdir()) if path.name in (given.tasks or [path.name])]

    def one(job: tuple[str, Path]) -> Figures:
        arm, folder = job
        models: dict[str, Any] = {"replay": str(given.replay / f"{folder.name}.jsonl")}
        if given.record:
            file = given.record.resolve() / f"{folder.name}.{arm}.jsonl"
            models = {"record": str(file), "base_url": given.base_url, "maker_model": given.maker_model}
        figures = run(folder, arm, models)
        print(figures, flush=True)
        return figures

    print(HEAD)
    jobs = [(arm, folder) for arm in given.arms for folder in folders]
    # A live maker takes minutes for a module; replies of a recording are there at once.
    with ThreadPoolExecutor(len(jobs) if given.record else 1) as threads:
        figures = list(threads.map(one, jobs))
    for arm in given.arms:
        print(summary(arm, [each for each in figures if each.arm == arm]))


if __name__ == "__main__":
    main()
