"""Make tools for task files through the product, solve the instances that the maker never saw, and print the figures.

    python benchmarks/bbh.py                                     the recorded maker of tests/recordings
    python benchmarks/bbh.py --record FILE --base-url URL --maker-model NAME     a live one, recorded
    python benchmarks/bbh.py --tasks object_counting --tasks-folder FOLDER

The maker is shown the first three instances of a file and verified on the next three; the rest is solved through
`session.solve` with every tool in one cache and no model to ask, in the order of the files.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import figures

from latm_magic import LatmError, Session

ROOT = Path(__file__).resolve().parents[1]
TASKS = (
    "word_sorting",
    "dyck_languages",
    "dyck_languages_stripped",
    "chinese_remainder_theorem",
    "logical_deduction_five_objects",
    "tracking_shuffled_objects_five_objects",
    "schedule_meeting",
    "multistep_arithmetic_two",
    "object_counting",
)
DESCRIPTIONS = {
    "word_sorting": "Sort the words of a list alphabetically.",
    "dyck_languages": "Complete a sequence of brackets so that all of them are closed properly.",
    "dyck_languages_stripped": (
        "Complete a sequence of brackets, written without spaces, so that all are closed properly."
    ),
    "chinese_remainder_theorem": "Find the smallest number of things that leaves the given remainders.",
    "logical_deduction_five_objects": ("Deduce the order of five objects from statements, and choose the true option."),
    "tracking_shuffled_objects_five_objects": (
        "Track five people who swap things, and say who or what one ends up with."
    ),
    "schedule_meeting": "Find the earliest slot in which both people are free for the whole meeting.",
    "multistep_arithmetic_two": "Evaluate an arithmetic expression of whole numbers.",
    "object_counting": "Count how many things of the kind asked for somebody has.",
}


CERTAIN = "Sort the following words alphabetically: List: syndrome therefrom"
"""A question that is answered for certain: a batch of which nothing is answered is an error."""


@dataclass(frozen=True)
class Figures:
    """What came of one task."""

    task: str
    attempts: int
    solved: int
    accepted: int
    right: int
    microseconds: float
    """Wall time of an instance in `session.solve`, all tools' parsers tried."""

    def __str__(self) -> str:
        accuracy = 100 * self.right / self.accepted if self.accepted else float("nan")
        return (
            f"{self.task:42}{self.attempts:9}{self.solved:8}{100 * self.accepted / self.solved:11.1f} %"
            f"{accuracy:10.1f} %{self.microseconds:12.0f}"
        )


def read_instances(folder: Path, task: str) -> list[tuple[str, str]]:
    """Give a file's (question, answer) pairs; of a "_stripped" task without the spaces inside the sequence."""
    rows = json.loads((folder / f"{task.removesuffix('_stripped')}.json").read_text(encoding="utf-8"))["examples"]
    pairs = [(row["input"], row["target"]) for row in rows]
    if not task.endswith("_stripped"):
        return pairs
    cut = [question.partition("Input: ") for question, _ in pairs]
    return [
        (head + mark + sequence.replace(" ", ""), answer.replace(" ", ""))
        for (head, mark, sequence), (_, answer) in zip(cut, pairs, strict=True)
    ]


def make(session: Session, tasks: list[str], folder: Path) -> dict[str, int]:
    """Make the tools; gives the attempts that each took, without those that could not be made."""
    attempts = {}
    for task in tasks:
        try:
            tool = session.make(task, DESCRIPTIONS.get(task, task.replace("_", " ")), read_instances(folder, task)[:6])
            attempts[task] = tool.provenance.attempts
        except LatmError as fault:
            print(f"{task}: {fault}")
    return attempts


def measure(session: Session, task: str, attempts: int, folder: Path) -> Figures:
    """Solve a task's unseen instances and judge the answers."""
    unseen = read_instances(folder, task)[6:]
    questions = [question for question, _ in unseen]
    session.solve(questions[:1])
    started = time.perf_counter()
    answers = session.solve(questions)
    seconds = time.perf_counter() - started
    accepted = [(a, wanted) for a, (_, wanted) in zip(answers, unseen, strict=True) if a.way == "parser"]
    right = sum(answer.text == wanted for answer, wanted in accepted)
    figures.keep(task, 1e6 * seconds / len(unseen), "us")
    figures.keep(f"{task}, accepted", len(accepted) / len(unseen), "share")
    return Figures(task, attempts, len(unseen), len(accepted), right, 1e6 * seconds / len(unseen))


def strangers(session: Session, task: str, folder: Path) -> str:
    """Solve the questions of a task that no tool was made for; a sibling's tool may be right about them."""
    rows = read_instances(folder, task)
    answers = session.solve([*(question for question, _ in rows), CERTAIN])
    accepted = [(a, wanted) for a, (_, wanted) in zip(answers, rows, strict=False) if a.way == "parser"]
    right = sum(answer.text == wanted for answer, wanted in accepted)
    tools = ", ".join(sorted({answer.tool or "" for answer, _ in accepted}))
    return f"{task:42}{len(rows):6} asked {len(accepted):6} accepted {right:6} of them right  {tools}"


def main() -> None:
    """Make, solve and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", nargs="+", default=list(TASKS))
    options.add_argument("--tasks-folder", type=Path, default=ROOT.parent / "shared" / "data" / "bbh")
    options.add_argument("--replay", type=Path, default=ROOT / "tests" / "recordings" / "bbh.jsonl")
    options.add_argument("--record", type=Path)
    options.add_argument("--base-url")
    options.add_argument("--maker-model", default="")
    given = options.parse_args()
    models = {"replay": str(given.replay)}
    if given.record:
        models = {"record": str(given.record), "base_url": given.base_url, "maker_model": given.maker_model}
    with tempfile.TemporaryDirectory() as folder, Session(folder, **models, deadline_s=1500.0) as session:
        attempts = make(session, given.tasks, given.tasks_folder)
        print(f"{'task':42}attempts  unseen     accepted  right of these  us an instance")
        for task, count in attempts.items():
            print(measure(session, task, count, given.tasks_folder))
        print("questions of the other files, which no tool was made for: none of these should be accepted wrongly")
        for path in sorted(given.tasks_folder.glob("*.json")):
            if path.stem not in attempts:
                print(strangers(session, path.stem, given.tasks_folder))


if __name__ == "__main__":
    main()
