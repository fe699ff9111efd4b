"""Measure with the recorded makers of tests/recordings, and write docs/results.md: no figure in it is typed by hand.

    python benchmarks/results.py ../shared/data              all sections: measured anew, kept, and the page drawn
    python benchmarks/results.py ../shared/data columns      one section; the others stay as they were kept
    python benchmarks/results.py                             the page alone, from what is kept in docs/results.json
    python benchmarks/results.py --check                     ends in 1 where the page is not what is kept

The data folder is no part of this repository; what is kept of it are counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bbh

from latm_magic import Session
from latm_magic.evaluation.economy import economy
from latm_magic.evaluation.published import RATIOS
from latm_magic.evaluation.run import Runner, RunOptions
from latm_magic.evaluation.scores import Score, scores
from latm_magic.evaluation.tables import LARGE, SMALL, Table, accuracy_table, cost_table, paper_table
from latm_magic.evaluation.task_files import EvaluationTask, read_tasks, task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
PAGE, KEPT = ROOT / "docs" / "results.md", ROOT / "docs" / "results.json"
RECORDINGS = ROOT / "tests" / "recordings"
NO_ANSWER = {"price_amount": "none"}
NO_ROUND = "compiled+column, no round"
FEW_ANSWERS = ("boolean_expressions", "date_understanding", "hyperbaton", "snarks", "sports_understanding")
"""Tasks with few different answers, which a classifier can give."""
LABELS = (6, 12, 25, 50)
LATM_RATIO = next(float(ratio) for who, count, ratio in RATIOS if who.startswith("LATM") and count == SMALL)
LEAST_COVERAGE, LEAST_ACCURACY = 0.9, 0.98
"""Below these a task is named as one where it loses."""


def measured(task: EvaluationTask, options: RunOptions, replay: Path | None = None) -> list[Score]:
    """Run methods on a task, with the replies of a recording; nothing of it is kept but the scores."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "pyproject.toml").touch()
        with Session(project, replay=str(replay or RECORDINGS / "bbh.jsonl"), deadline_s=3600.0) as session:
            return list(scores(Runner(session, [task], options, project / "run.jsonl").run().run))


def paper(data: Path) -> Iterable[Score]:
    """Yield the scores of the paper's tasks: six labels, in the order of the files."""
    options = RunOptions(("compiled", "proxy"), labels=6, in_order=True)
    for name in bbh.TASKS:
        instances = bbh.read_instances(data / "bbh", name)
        yield from measured(task_of(name, bbh.DESCRIPTIONS[name], instances), options)


def columns(data: Path) -> Iterable[Score]:
    """Yield the scores of labelled columns: from the labels alone, with the column, and with coverage rounds."""
    folders = sorted(folder for folder in (data / "columns").iterdir() if folder.is_dir())
    for folder in folders:
        (task,) = read_tasks([folder], {name: word for name, word in NO_ANSWER.items() if name == folder.name})
        replay = RECORDINGS / "columns" / f"{folder.name}.jsonl"
        yield from measured(task, RunOptions(("compiled",), in_order=True), replay)
        for score in measured(task, RunOptions(("compiled+column",), in_order=True, rounds=0), replay):
            yield replace(score, method=NO_ROUND)
        yield from measured(task, RunOptions(("compiled+column",), in_order=True), replay)


def labels(data: Path) -> Iterable[Score]:
    """Yield the scores of the classifier by number of labels."""
    for name in FEW_ANSWERS:
        (task,) = read_tasks([data / "bbh" / f"{name}.json"])
        for number in LABELS:
            for score in measured(task, RunOptions(("proxy",), labels=number, limit=60)):
                yield replace(score, method=f"proxy, {number:2} labels")


SECTIONS: dict[str, tuple[str, Callable[[Path], Iterable[Score]]]] = {
    "paper": ("The tasks of the paper", paper),
    "columns": ("Columns of real material", columns),
    "labels": ("A classifier on the same labels", labels),
}
INTRODUCTION = """\
# Results

This page is written by `make results`; what it draws is in `docs/results.json`, and the tests check that both agree.
Measure your own tasks with `%latm eval` or `python -m latm_magic eval`: that says more about them than any page.

What kind of figure is which:

- **Measured**: what is answered, what of it is right, the intervals, and how many proposals a making took. The tools
  ran on instances that their maker never saw.
- **Replayed**: the makers' replies. A language model that saw only the requests wrote them once; they are played from
  `tests/recordings`. So how often making succeeds with another model, or a second time, is not known from here. Tokens
  of making are those that the recordings count. The material is public: a maker may know it from its training.
- **Estimated**: every token that nobody spent, which is asking the strong model directly, and the light model's call
  for what a tool refuses. The tables mark the first with (est.). No method that needs a live model for each instance
  (`direct`, `direct-light`, `latm`, `ask`) was run here.
- **Published**: figures of others, from summaries of their papers; they stand beside ours and are no controlled
  comparison.
"""


def page(kept: dict[str, Any]) -> str:
    """Return the page that kept scores give."""
    parts = [INTRODUCTION]
    for name, (title, _) in SECTIONS.items():
        section = kept.get(name)
        if section is None:  # not measured yet
            continue
        held = [score_of(each) for each in section["scores"]]
        parts.append(f"## {title}\n")
        parts.append(f"```\npython benchmarks/results.py DATA {name}\n```\n\nMeasured on {section['date']}.\n")
        parts += [f"{table}\n" for table in tables_of(name, held) if table.rows]
    parts.append(
        losses([score_of(each) for name in ("paper", "columns") if name in kept for each in kept[name]["scores"]])
    )
    return "\n".join(parts)


def tables_of(name: str, held: Sequence[Score]) -> list[Table]:
    """Return the tables of a section."""
    if name == "labels":
        return [accuracy_table(held)]
    return [accuracy_table(held), cost_table(held), paper_table(held)]


def losses(held: Sequence[Score]) -> str:
    """Return where it loses, task by task, as the scores say."""
    ours = [score for score in held if score.method.startswith("compiled")]
    lines = [f"- {score.task}, {score.method}: {'; '.join(found)}." for score in ours if (found := _faults(score))]
    found = "\n".join(lines) or "- nowhere in these tables."
    intro = (
        f"Below {LEAST_COVERAGE:.0%} answered, below {LEAST_ACCURACY:.0%} right among the answers, or no tool that"
        f" passes its samples. {len(lines)} of {len(ours)} rows of the tables above:"
    )
    dear = [each for each in ours if economy(each).ratio(SMALL) < LATM_RATIO]
    cost = "\n".join(
        f"- {each.task}, {each.method}: {economy(each).ratio(SMALL):.1f} times at {SMALL:,} instances,"
        f" {economy(each).ratio(LARGE):,.1f} at {LARGE:,}."
        for each in dear
    )
    told = (
        f"Less than {LATM_RATIO} times cheaper than asking directly at {SMALL:,} instances, which is what the paper"
        f" reports: {len(dear)} of {len(ours)} rows. Making with a column and rounds takes tokens that only a long"
        " column pays back. All ratios are lower still where you would ask without three solved examples."
    )
    return f"## Where it loses\n\n{intro}\n\n{found}\n\n{told}\n\n{cost or '- nowhere in these tables.'}\n"


def _faults(score: Score) -> list[str]:
    accuracy = score.accepted_accuracy
    faults = [f"the making gave {' and '.join(score.outcomes)}"] if score.made < score.runs else []
    faults += [f"{score.coverage:.1%} answered"] if score.coverage < LEAST_COVERAGE else []
    if accuracy is not None and accuracy < LEAST_ACCURACY:
        faults.append(
            f"{score.answered - score.right_answered} of {score.answered} answers wrong ({accuracy:.1%} right)"
        )
    return faults


def score_of(held: dict[str, Any]) -> Score:
    """Return a score as it was kept."""
    return Score(**{**held, "outcomes": tuple(held["outcomes"]), "sources": frozenset(held["sources"])})


def kept_of(score: Score) -> dict[str, Any]:
    """Return a score as plain JSON values."""
    return {**asdict(score), "outcomes": list(score.outcomes), "sources": sorted(score.sources)}


def main() -> int:
    """Measure what is asked for, keep it, and draw the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path, nargs="?")
    options.add_argument("sections", nargs="*", metavar="SECTION", help=f"Of {', '.join(SECTIONS)}.")
    options.add_argument("--check", action="store_true")
    given = options.parse_args()
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if given.check:
        return int(PAGE.read_text(encoding="utf-8") != page(kept))
    for name in (given.sections or SECTIONS) if given.data else ():
        found = []
        for score in SECTIONS[name][1](given.data):
            print(
                f"{score.task:40} {score.method:26} {score.answered:4} of {score.count:4}, {score.right_answered} right"
            )
            found.append(kept_of(score))
        kept[name] = {"date": datetime.now(tz=UTC).date().isoformat(), "scores": found}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(kept), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
