"""How often the local router is right: known questions kept, unknown ones left to be asked, rewordings learned.

    python benchmarks/router_accuracy.py                 the figures of the goals
    python benchmarks/router_accuracy.py --fit           fit the constants of lexical/calibration.py, and print them
    python benchmarks/router_accuracy.py --tasks FOLDER --splits 200

No parser, no model. "Known" is the share of a cached tool's new questions for which the router is sure of that tool,
"rejected" the share of other tasks' questions for which it is sure of none, "overall" their mean. A tool owns k
questions; a cache holds 4, 8 or most of the tasks, drawn anew for each split; half of a stream is unknown.
In *merged* the versions of a task that differ in the number of objects are one task. The line "by constants that were
fitted on other tasks" shows what to expect of tasks that nobody looked at: each question is judged by constants from
which its task's family was left out.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import figures
import numpy as np
import rewordings

from latm_magic.routing.lexical import calibration
from latm_magic.routing.lexical.features import extract_features
from latm_magic.routing.lexical.router import LexicalRouter
from latm_magic.routing.lexical.tokens import TokenizedQuestion, merge_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from latm_magic.routing.lexical.features import Features

ROOT = Path(__file__).resolve().parents[1]
FOLDS = 4
PAPER = (
    "logical_deduction_five_objects",
    "tracking_shuffled_objects_five_objects",
    "dyck_languages",
    "word_sorting",
    "chinese_remainder_theorem",
    "schedule_meeting",
)
Tasks = dict[str, list[str]]


@dataclass
class Tally:
    """Counts of one protocol."""

    known: int = 0
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    rejected: int = 0
    missed: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def put(self, task: str, tool: str | None, *, is_known: bool) -> None:
        """Count one decision; `tool` is None where the router was not sure."""
        if is_known:
            self.known += 1
            self.right += tool == task
            self.wrong += tool not in {task, None}
        else:
            self.unknown += 1
            self.rejected += tool is None
        if (tool != task) if is_known else (tool is not None):
            self.missed[f"{task}{'' if is_known else ' -> ' + str(tool)}"] += 1

    def __str__(self) -> str:
        known, rejected = self.right / self.known, self.rejected / self.unknown
        worst = ", ".join(
            f"{name} {count}" for name, count in sorted(self.missed.items(), key=lambda item: -item[1])[:3]
        )
        return (
            f"known {known:.4f}  rejected {rejected:.4f}  wrong tool {self.wrong / self.known:.4f}  "
            f"overall {(known + rejected) / 2:.4f}  of {self.known} + {self.unknown}"
            + (f"  ({worst})" if worst else "")
        )


@dataclass(frozen=True)
class Split:
    """A cache and the questions that come to it."""

    router: LexicalRouter
    owned: Mapping[str, Sequence[str]]
    stream: Sequence[tuple[str, str]]
    """Task and question."""


def read_tasks(folder: Path) -> Tasks:
    found = {}
    for path in sorted(folder.glob("*.json")):
        found[path.stem] = [row["input"] for row in json.loads(path.read_text(encoding="utf-8"))["examples"]]
    return found


def family(task: str) -> str:
    """Return the task's name without its number of objects."""
    return re.sub("_(three|five|seven)_objects$", "", task)


def merge(tasks: Tasks) -> Tasks:
    merged: dict[str, list[list[str]]] = defaultdict(list)
    for task, questions in tasks.items():
        merged[family(task)].append(questions)
    return {name: [q for lists in zip(*parts, strict=True) for q in lists] for name, parts in merged.items()}


def splits(
    tasks: Tasks, count: int, k: int, sizes: Sequence[int], seed: int = 0, *, unknown: int | None = None, each: int = 8
) -> Iterator[Split]:
    """Draw caches and streams; `unknown` limits how many of the other tasks are asked about."""
    draw = random.Random(seed)
    for _ in range(count):
        known = draw.sample(sorted(tasks), draw.choice(sizes))
        others = [task for task in sorted(tasks) if task not in known]
        others = draw.sample(others, unknown) if unknown else others
        router, owned, stream = LexicalRouter(), {}, []
        for task in known:
            questions = draw.sample(tasks[task], k + each)
            owned[task] = questions[:k]
            router.add(task, owned[task])
            stream += [(task, question) for question in questions[k:]]
        for task in others:
            stream += [(task, question) for question in draw.sample(tasks[task], each * len(known) // len(others) or 1)]
        yield Split(router, owned, stream)


def measure(drawn: Iterator[Split], families: set[str] | None = None) -> Tally:
    tally = Tally()
    for split in drawn:
        for task, question in split.stream:
            if families is None or family(task) in families:
                decision = split.router.decide(question)
                tally.put(task, decision.tool if decision.sure else None, is_known=task in split.owned)
    return tally


def rows(drawn: Iterator[Split]) -> list[tuple[str, str, Features]]:
    """Return, for each question of the streams and each wording, both tasks and the features."""
    found = []
    for split in drawn:
        clusters = [cluster for cluster in split.router._clusters.values() if cluster.certain]  # noqa: SLF001
        for task, question in split.stream:
            read = TokenizedQuestion.of(*merge_unknown(split.router._lexicon.ids(question)))  # noqa: SLF001
            found += [(task, cluster.tool, extract_features(cluster.wording, read)) for cluster in clusters]
    return found


def fit(data: Sequence[tuple[str, str, Features]], ridge: float = 1e-5) -> list[float]:
    """Fit five weights of the squared features and a bias by Newton's method with a step that never goes uphill."""
    x = np.array([[*(value**2 for value in values), 1.0] for _, _, values in data])
    y = np.array([task == tool for task, tool, _ in data], dtype=float)
    cost = 1 / len(y)
    pull = np.diag([ridge] * 5 + [1e-9])

    def loss(weights: np.ndarray) -> float:
        z = x @ weights
        return float(cost * (np.logaddexp(0, z) - y * z).sum() + weights @ pull @ weights / 2)

    weights = np.zeros(6)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -35, 35)))
        bend = (x * (cost * p * (1 - p))[:, None]).T @ x + pull
        step = np.linalg.solve(bend, x.T @ (cost * (p - y)) + pull @ weights)
        size = 1.0
        while loss(weights - size * step) > loss(weights) and size > 1e-6:
            size /= 2
        weights = weights - size * step
        if np.abs(size * step).max() < 1e-4:
            break
    return [round(float(value), 1) for value in weights]


def training_rows(tasks: Tasks, count: int) -> list[tuple[str, str, Features]]:
    """Return rows of caches of both readings, with four, six and eight questions a tool."""
    separate = [row for k in (4, 6) for row in rows(splits(tasks, count, k, (4, 8, 12), seed=100 + k))]
    return separate + rows(splits(merge(tasks), count, 6, (4, 8, 10), seed=110))


def cross_validate(tasks: Tasks, count: int) -> Tally:
    """Judge each family's questions by constants that were fitted without it."""
    data = training_rows(tasks, count)
    families = sorted({family(task) for task in tasks})
    kept = calibration.WEIGHTS, calibration.BIAS
    total = Tally()
    for fold in range(FOLDS):
        left_out = set(families[fold::FOLDS])
        *weights, bias = fit([row for row in data if family(row[0]) not in left_out and family(row[1]) not in left_out])
        calibration.WEIGHTS, calibration.BIAS = tuple(weights), bias
        tally = measure(splits(tasks, count, 6, (4, 8, 12), seed=7), left_out)
        for name in ("known", "right", "wrong", "unknown", "rejected"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
        for name, missed in tally.missed.items():
            total.missed[name] += missed
    calibration.WEIGHTS, calibration.BIAS = kept
    return total


def reworded(tasks: Tasks, rounds: int) -> None:
    """Ask in other words, before and after three confirmed decisions a wording."""
    texts = rewordings.read(tasks)
    before, after = defaultdict(list), defaultdict(list)
    for turn in range(rounds):
        draw = random.Random(turn)
        router = LexicalRouter()
        for task, questions in tasks.items():
            router.add(task, draw.sample(questions, 6))
        taught = {}
        for task, wordings in texts.items():
            for wording, questions in wordings.items():
                taught[task, wording] = draw.sample(questions, min(13, len(questions)))
                for question in taught[task, wording][3:]:
                    decision = router.decide(question)
                    before[task].append(decision.tool == task if decision.sure else None)
        lessons = [(task, question) for (task, _), questions in taught.items() for question in questions[:3]]
        draw.shuffle(lessons)
        for task, question in lessons:
            router.learn(task, question)
        for (task, _), questions in taught.items():
            for question in questions[3:]:
                decision = router.decide(question)
                after[task].append(decision.tool == task if decision.sure else None)
    for name, found in (("before any lesson", before), ("after three decisions each", after)):
        every = [outcome for outcomes in found.values() for outcome in outcomes]
        least = min(found, key=lambda task: statistics.mean(outcome is True for outcome in found[task]))
        share = statistics.mean(outcome is True for outcome in found[least])
        figures.keep(f"rewordings, {name}", statistics.mean(outcome is True for outcome in every), "share")
        print(
            f"rewordings, {name:28} local {statistics.mean(o is True for o in every):.4f}  "
            f"wrongly accepted {sum(o is False for o in every)} of {len(every)}  (least: {least} {share:.3f})"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=Path, default=ROOT / ".." / "shared" / "data" / "bbh")
    options.add_argument("--splits", type=int, default=200)
    options.add_argument("--fit", action="store_true", help="print constants fitted on these tasks")
    chosen = options.parse_args()
    tasks = read_tasks(chosen.tasks)
    if chosen.fit:
        *weights, bias = fit(training_rows(tasks, chosen.splits))
        print(f"WEIGHTS = {tuple(weights)}\nBIAS = {bias}")
        return
    count = chosen.splits
    unlike = {task: questions for task, questions in tasks.items() if not task.endswith("_three_objects")}
    paper = {task: tasks[task] for task in PAPER if task in tasks}
    print("the paper's six tasks, known 4:    ", measure(splits(paper, count, 6, (4,))))
    print("known 4, unknown 4, k = 6 (unlike):", measure(splits(unlike, count, 6, (4,), unknown=4)))
    for k in (3, 6, 10):
        print(f"all tasks, separate, k = {k}:       ", measure(splits(tasks, count, k, (4, 8, 12))))
    print("all tasks, merged, k = 6:         ", measure(splits(merge(tasks), count, 6, (4, 8, 10))))
    print("k = 6, by constants that were fitted on other tasks:", cross_validate(tasks, count // 4))
    reworded(tasks, 4)


if __name__ == "__main__":
    main()
