"""Print what one question costs besides the tool itself, with 1, 10 and 1,000 tools in the cache; the first one too.

python benchmarks/solve_overhead.py

Goal: 150 us with 10 tools, 200 with 1,000. Each figure is the median of wall and of CPU time of this process; a bare
call of the sandbox goes in between, so that a loaded machine shows in both.
The first solve is that of fresh processes, sandbox and router included (goal: 110 ms with 1 tool, 170 with 1,000).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import figures

from latm_magic import Session
from latm_magic.sandbox.records import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.tools.function import Tool

SOURCE = """
def parse(question):
    head, mark, words = question.partition(": ")
    if head != "Sort":
        raise ValueError("not a list to sort")
    return {"words": words.split()}


def sort_words(words):
    return sorted(words)


def format_answer(result, question):
    return " ".join(result)
"""
EXAMPLES = [("Sort: b a", "a b"), ("Sort: d c", "c d"), ("Sort: f e", "e f")]
WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jolly"]
FIRST = """
import sys, time
from latm_magic import Session
wall, cpu = time.perf_counter(), time.process_time()
with Session(sys.argv[1]) as session:
    session.solve(sys.argv[2])
    print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)
"""
QUESTION = "Sort: syndrome therefrom artillery harm prosody bainite"


def medians_us(calls: dict[str, Callable[[], object]], repeats: int = 300) -> dict[str, tuple[float, float]]:
    """Give the median microseconds of each call, by the clock and of CPU; the calls take turns."""
    times: dict[str, list[tuple[int, int]]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            call()
            times[name].append((time.perf_counter_ns() - wall, time.process_time_ns() - cpu))
    return {
        name: (statistics.median(wall for wall, _ in each) / 1000, statistics.median(cpu for _, cpu in each) / 1000)
        for name, each in times.items()
    }


def others(session: Session, count: int) -> None:
    """Put so many further tools into the cache, each with a wording of its own."""
    tool = session.tools()[0].record
    for number in range(count):
        head = f"{WORDS[number % 10]} the {WORDS[number // 10 % 10]} of the {WORDS[number // 100]} list"
        samples = tuple(replace(each, question=each.question.replace("Sort", head)) for each in tool.samples)
        name = f"tool_{number}"
        source = tool.source.replace("sort_words", name).replace('"Sort"', repr(head))
        session.cache.tools.keep(
            replace(tool, name=name, function=name, source=source, samples=samples, use_cases=(), fingerprint="")
        )


def calls_of(session: Session, tool: Tool) -> dict[str, Callable[[], object]]:
    """Return the calls to compare, by name."""
    source, steps = tool.record.source, Pipeline("parse", "sort_words", "format_answer")
    tested = tool.record.verification.branches.known_bits
    return {
        "sandbox.solve": lambda: session.sandbox.solve(source, steps, QUESTION, tested=tested),
        "tool(words=[...])": lambda: tool(words=["b", "a"]),
        "tool.solve(question)": lambda: tool.solve(QUESTION),
        "session.solve(question)": lambda: session.solve(QUESTION),
    }


def first_solve_ms(folder: str, processes: int = 7) -> tuple[float, float]:
    """Give the median milliseconds of a session and its first solve in a fresh process, by the clock and of CPU."""
    command = [sys.executable, "-c", FIRST, folder, QUESTION]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(processes)
    ]
    return statistics.median(float(wall) for wall, _ in runs), statistics.median(float(cpu) for _, cpu in runs)


def main() -> None:
    """Time the sandbox, the tool and the dispatcher, side by side."""
    for count in (1, 10, 1000):
        with tempfile.TemporaryDirectory() as folder:
            with Session(folder) as session:
                tool = session.add("sort_words", SOURCE, EXAMPLES, description="Sort words.")
                others(session, count - 1)
                session.solve(QUESTION)
                for name, (wall, cpu) in medians_us(calls_of(session, tool)).items():
                    print(f"{count:6,} tools  {name:26}{wall:8.1f} us, {cpu:8.1f} us of CPU")
                    figures.keep(f"{count} tools, {name}", wall, "us")
            wall, cpu = first_solve_ms(folder)
            print(f"{count:6,} tools  first solve of a process {wall:8.1f} ms, {cpu:8.1f} ms of CPU")
            figures.keep(f"{count} tools, first solve of a process", wall, "ms")


if __name__ == "__main__":
    main()
