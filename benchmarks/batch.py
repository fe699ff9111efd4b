"""Print how fast large batches go: the bare functions in a plain loop, `tool.map`, and `session.solve` with ten tools.

    python benchmarks/batch.py [--rows 100000] [--only light]

All three in one run, with the CPU of this process and of the workers a row, on distinct questions. Measured are the
recorded maker's tools of four task files, and a light one of three lines, where what is printed is nearly all overhead.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bbh
import figures
import psutil
from solve_overhead import SOURCE as LIGHT

from latm_magic import Session

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "Sort the following words alphabetically: List: "
COUNT = """
def parse(question):
    if not question.startswith("Count the words: "):
        raise ValueError("nothing to count")
    return {"words": question.split(": ")[1].split()}


def count_words(words):
    return len(words)
"""


def sorting(_: str, chosen: random.Random, words: list[str]) -> str:
    """Give a question about other words of the task file."""
    return HEAD + " ".join(chosen.sample(words, chosen.randint(4, 20)))


def arithmetic(question: str, chosen: random.Random, _: list[str]) -> str:
    """Give the question with other digits."""
    return re.sub("[0-9]", lambda _: str(chosen.randrange(10)), question)


def options(question: str, chosen: random.Random, _: list[str]) -> str:
    """Give the question with its statements about an order, if it makes any, and its options in another order."""
    told, mark, lines = question.partition("\nOptions:\n")
    texts = [line[4:] for line in lines.splitlines()]
    chosen.shuffle(texts)
    head, colon, statements = told.partition(": ")
    first, *rest = re.split(r"(?<=\.) ", statements)
    if "each describe a set" in head:
        chosen.shuffle(rest)
    listed = "\n".join(f"({letter}) {text}" for letter, text in zip("ABCDEFG", texts, strict=False))
    return head + colon + " ".join([first, *rest]) + mark + listed


def swaps(question: str, chosen: random.Random, words: list[str]) -> str:
    """Give the question with its options exchanged for each other, also where it tells who began with which."""
    texts = re.findall(r"^\(.\) (.*)$", question, re.MULTILINE)
    renamed = dict(zip(texts, chosen.sample(texts, len(texts)), strict=True))
    known = "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))
    return options(re.sub(known, lambda found: renamed[found[0]], question), chosen, words)


VARIED = {
    "word_sorting": sorting,
    "multistep_arithmetic_two": arithmetic,
    "tracking_shuffled_objects_five_objects": swaps,
    "logical_deduction_five_objects": options,
}
"""How other questions of a task's kind are made of one of its own."""


def questions(rows: int, folder: Path, task: str) -> list[str]:
    """Give distinct questions made of the task file's own."""
    chosen = random.Random(1)
    own = bbh.read_instances(folder, task)
    words = sorted({word for _, answer in own for word in answer.split() if word.isalpha()})
    found: dict[str, None] = {}
    while len(found) < rows:
        found[VARIED[task](chosen.choice(own)[0], chosen, words)] = None
    return list(found)


def peak_mb() -> float:
    """Give the peak memory of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def worker_cpu_s() -> float:
    """Give the seconds of CPU that all processes below this one have used, those that ended included."""
    me = psutil.Process()
    spent = 0.0
    for process in me.children(recursive=True):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += used.user + used.system + used.children_user + used.children_system
    return spent


def timed(run: Callable[[], Any], rows: int) -> tuple[Any, float, str]:
    """Give what `run` returns, the seconds that it took, and in words the CPU of both sides a row."""
    started, own, workers = time.perf_counter(), time.process_time(), worker_cpu_s()
    result = run()
    seconds, own, workers = time.perf_counter() - started, time.process_time() - own, worker_cpu_s() - workers
    return result, seconds, f"CPU a row: {own / rows * 1e6:5.2f} us here, {workers / rows * 1e6:5.2f} us in workers"


def measure(session: Session, name: str, rows: list[str]) -> None:
    """Time the three ways and print their rates as ratios, on the rows that the tool answers."""
    namespace: dict[str, object] = {}
    exec(session.tool(name).source, namespace)
    function = namespace[session.tool(name).record.function]
    parse, form = namespace["parse"], namespace["format_answer"]
    rows = [row for row, answer in zip(rows, session.solve(rows).texts, strict=True) if answer is not None]
    print(f"{name}, {len(session.tools())} tools in the cache, {len(rows):,} rows")
    wanted, bare_s, bare_cpu = timed(lambda: [form(function(**parse(row)), row) for row in rows], len(rows))
    before = peak_mb()
    mapped, map_s, map_cpu = timed(lambda: session.tool(name).map(rows), len(rows))
    solved, solve_s, solve_cpu = timed(lambda: session.solve(rows), len(rows))
    assert mapped.texts == wanted == solved.texts
    for label, seconds, cpu in (
        ("bare loop", bare_s, bare_cpu),
        ("tool.map", map_s, map_cpu),
        ("session.solve", solve_s, solve_cpu),
    ):
        rate = f"{len(rows) / seconds:12,.0f} instances/s   {bare_s / seconds:6.2f} of the bare loop"
        print(f"{label:16}{rate}   {cpu}")
        figures.keep(f"{label}, {name}, {len(rows)} rows", seconds, "s", bare=bare_s)
    print(f"peak memory grew by {peak_mb() - before:.0f} MB over the three, answers included")


def main() -> None:
    """Make ten tools and measure five."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--tasks-folder", type=Path, default=bbh.ROOT.parent / "shared" / "data" / "bbh")
    options.add_argument("--only", choices=[*VARIED, "light"], help="one tool; the light one for millions of rows")
    given = options.parse_args()
    replay = str(bbh.ROOT / "tests" / "recordings" / "bbh.jsonl")
    count = [(f"Count the words: {'x ' * n}", str(n)) for n in range(1, 7)]
    with tempfile.TemporaryDirectory() as folder, Session(folder, replay=replay) as session:
        bbh.make(session, list(bbh.TASKS), given.tasks_folder)
        session.add("count_words", COUNT, count, description="Count words.")
        for task in (each for each in VARIED if given.only in {None, each}):
            measure(session, task, questions(given.rows, given.tasks_folder, task))
        if given.only in {None, "light"}:
            rows = questions(given.rows, given.tasks_folder, "word_sorting")
            light = LIGHT.replace('partition(": ")', 'rpartition(": ")').replace(
                '"Sort"', repr(HEAD.removesuffix(": "))
            )
            examples = [(row, " ".join(sorted(row.removeprefix(HEAD).split()))) for row in rows[:6]]
            session.drop("word_sorting")
            session.add("sort_words", light, examples, description="Sort words.")
            measure(session, "sort_words", rows)


if __name__ == "__main__":
    main()
