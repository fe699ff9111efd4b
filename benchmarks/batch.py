"""Print how fast large batches go: the bare functions in a plain loop, `tool.map`, and `session.solve` with ten tools.

    python benchmarks/batch.py [--rows 100000] [--light]

All three in one run, on distinct word-sorting questions of one wording. Two tools are measured: the recorded maker's,
which weighs every character, and a light one of three lines, where what is printed is nearly all overhead.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path

import bbh
import figures
from solve_overhead import SOURCE as LIGHT

from latm_magic import Session

HEAD = "Sort the following words alphabetically: List: "
COUNT = """
def parse(question):
    if not question.startswith("Count the words: "):
        raise ValueError("nothing to count")
    return {"words": question.split(": ")[1].split()}


def count_words(words):
    return len(words)
"""


def questions(rows: int, folder: Path) -> list[str]:
    """Give distinct questions made of the task file's own words."""
    chosen = random.Random(1)
    answers = [answer for _, answer in bbh.read_instances(folder, "word_sorting")]
    words = sorted({word for answer in answers for word in answer.split() if word.isalpha()})
    found: dict[str, None] = {}
    while len(found) < rows:
        found[HEAD + " ".join(chosen.sample(words, chosen.randint(4, 20)))] = None
    return list(found)


def peak_mb() -> float:
    """Give the peak memory of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(session: Session, name: str, source: str, rows: list[str]) -> None:
    """Time the three ways and print their rates as ratios."""
    namespace: dict[str, object] = {}
    exec(source, namespace)
    function = namespace[session.tool(name).record.function]
    started = time.perf_counter()
    wanted = [namespace["format_answer"](function(**namespace["parse"](row)), row) for row in rows]
    bare_s = time.perf_counter() - started
    before = peak_mb()
    started = time.perf_counter()
    mapped = session.tool(name).map(rows)
    map_s = time.perf_counter() - started
    started = time.perf_counter()
    solved = session.solve(rows)
    solve_s = time.perf_counter() - started
    assert mapped.texts == wanted == solved.texts
    for label, seconds in (("bare loop", bare_s), ("tool.map", map_s), ("session.solve", solve_s)):
        print(f"{label:16}{len(rows) / seconds:12,.0f} instances/s   {bare_s / seconds:6.2f} of the bare loop")
        figures.keep(f"{label}, {name}, {len(rows)} rows", seconds, "s", bare=bare_s)
    print(f"peak memory grew by {peak_mb() - before:.0f} MB over the three, answers included")


def main() -> None:
    """Make ten tools and measure two of them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--tasks-folder", type=Path, default=bbh.ROOT.parent / "shared" / "data" / "bbh")
    options.add_argument("--light", action="store_true", help="the light tool alone, for millions of rows")
    given = options.parse_args()
    rows = questions(given.rows, given.tasks_folder)
    replay = str(bbh.ROOT / "tests" / "recordings" / "bbh.jsonl")
    light = LIGHT.replace('partition(": ")', 'rpartition(": ")').replace('"Sort"', repr(HEAD.removesuffix(": ")))
    examples = [(row, " ".join(sorted(row.removeprefix(HEAD).split()))) for row in rows[:6]]
    count = [(f"Count the words: {'x ' * n}", str(n)) for n in range(1, 7)]
    for label in ("light tool",) if given.light else ("recorded tool", "light tool"):
        with tempfile.TemporaryDirectory() as folder, Session(folder, replay=replay) as session:
            bbh.make(session, list(bbh.TASKS), given.tasks_folder)
            session.add("count_words", COUNT, count, description="Count words.")
            if label == "light tool":
                session.drop("word_sorting")
                session.add("sort_words", light, examples, description="Sort words.")
            name = "word_sorting" if label == "recorded tool" else "sort_words"
            print(f"{label}, {len(session.tools())} tools in the cache")
            session.solve(rows[:300])
            measure(session, name, session.tool(name).source, rows)


if __name__ == "__main__":
    main()
