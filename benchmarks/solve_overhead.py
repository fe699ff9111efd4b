"""Print what a solve costs besides the tool itself: goal at most 1 ms for a loaded tool, through its parser.

python benchmarks/solve_overhead.py
"""

from __future__ import annotations

import statistics
import tempfile
import time

import figures

from latm_magic import Session

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
QUESTION = "Sort: syndrome therefrom artillery harm prosody bainite"


def median_us(run: object, repeats: int = 500) -> float:
    """Give the median microseconds of a call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - started)
    return statistics.median(times) / 1000


def main() -> None:
    """Time the bare functions, the sandbox, the tool and the dispatcher, side by side."""
    namespace: dict[str, object] = {}
    exec(SOURCE, namespace)
    with tempfile.TemporaryDirectory() as folder, Session(folder) as session:
        tool = session.add("sort_words", SOURCE, EXAMPLES, description="Sort words.")
        session.solve(QUESTION)

        def bare() -> None:
            result = namespace["sort_words"](**namespace["parse"](QUESTION))
            namespace["format_answer"](result, QUESTION)

        base = median_us(bare)
        print(f"bare functions            {base:8.1f} us")
        for name, run in {
            "tool(words=[...])": lambda: tool(words=["b", "a"]),
            "tool.solve(question)": lambda: tool.solve(QUESTION),
            "session.solve(question)": lambda: session.solve(QUESTION),
        }.items():
            print(f"{name:26}{median_us(run):8.1f} us, {median_us(run) - base:8.1f} us besides the tool")
            figures.keep(name, median_us(run), "us", bare=base)


if __name__ == "__main__":
    main()
