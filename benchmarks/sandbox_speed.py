"""What the sandbox costs beside the tool, with other ways to run the same function side by side in one run.

    python benchmarks/sandbox_speed.py

Compiles the package's bytecode first, as installing it does; then prints a line a figure, with the goal where there is
one. smolagents and pydantic-monty (extra `bench`) are left out
where they are not installed.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import figures

import latm_magic.sandbox
from latm_magic.sandbox import Pipeline, Sandbox

SOURCE = "def double(x):\n    return 2 * x\n"
WORDS = '''
import re

QUESTION = re.compile(r"Sort the following words alphabetically: List: ([a-z' ]+)")

def parse(question: str) -> dict:
    """Read the words; every part of the sentence is accounted for."""
    match = QUESTION.fullmatch(question.strip())
    if match is None:
        raise ValueError("not a list of words to sort")
    words = match.group(1).split()
    if len(words) < 2:
        raise ValueError("fewer than two words")
    return {"words": words}

def sort_words(words: list[str]) -> list[str]:
    """Sort alphabetically."""
    return sorted(words)

def format_answer(result: list[str], question: str) -> str:
    """Join with spaces."""
    return " ".join(result)
'''
LIST = "syndrome therefrom hurdle apple zebra indisposition counterpart alarm tunnel quiet"
HANG = "def spin():\n    while True:\n        pass\ndef hang_in_c():\n    return sum(iter(int, 1))\n"
CALLS, BATCH, QUESTIONS = 5000, 1000, 100_000


def main():
    compileall.compile_dir(Path(latm_magic.sandbox.__file__).parents[1], quiet=2)
    print("one call, median us beside the tool")
    namespace = {}
    exec(SOURCE, namespace)
    direct = median_us(namespace["double"], CALLS)
    show("direct call", direct, "us")
    with Sandbox() as sandbox:
        show("Sandbox.run", median_us(lambda n: sandbox.run(SOURCE, "double", args=[n]), CALLS) - direct, "us", 90)
        others(direct)
        show("fresh process a call", median_us(in_a_fresh_process, 20) - direct, "us")
        rows = [[n] for n in range(BATCH)]
        batch = median_us(lambda _: sandbox.map(SOURCE, "double", rows), 50) / BATCH
        show(f"Sandbox.map of {BATCH}, a call", batch - direct, "us", 8)
    print("starting")
    show("first result, cold", statistics.median(cold_ms() for _ in range(7)), "ms", 120)
    with Sandbox(max_workers=64) as sandbox:
        sandbox.run(SOURCE, "double", args=[1])
        firsts = median_us(lambda n: sandbox.run(f"{SOURCE}# {n}", "double", args=[1]), 40) / 1000
        show("first result of a further tool", firsts, "ms", 8)
        memory(sandbox)
    print("tools in turn, a question each")
    in_turn()
    print("limits")
    late()
    print(f"{QUESTIONS} questions")
    many()


def show(name, value, unit, goal=None):
    """Print one figure."""
    aim = "" if goal is None else f"   (goal: at most {goal} {unit})"
    print(f"  {name:<40}{value:>12.2f} {unit}{aim}")
    figures.keep(name, value, unit)


def median_us(call, times):
    """Return the median duration of `call`, after some calls that do not count."""
    for n in range(min(20, times)):
        call(-1 - n)
    durations = []
    for n in range(times):
        began = perf_counter()
        call(n)
        durations.append(perf_counter() - began)
    return statistics.median(durations) * 1e6


def in_a_fresh_process(n):
    """Call the function in a Python started for this call alone."""
    program = f"import json, sys\n{SOURCE}print(json.dumps(double(*json.loads(sys.argv[1]))))"
    subprocess.run([sys.executable, "-I", "-S", "-c", program, json.dumps([n])], check=True, capture_output=True)


def others(direct):
    """Time the other ways that are installed."""
    if importlib.util.find_spec("smolagents") is None:
        print("  smolagents                          not installed (extra `bench`)")
    else:
        from smolagents.local_python_executor import LocalPythonExecutor

        executor = LocalPythonExecutor([])
        executor.send_tools({})
        executor(SOURCE)
        show("smolagents LocalPythonExecutor", median_us(lambda n: executor(f"double({n})"), 2000) - direct, "us")
    if importlib.util.find_spec("pydantic_monty") is None:
        print("  pydantic-monty                      not installed (extra `bench`)")
    else:
        from pydantic_monty import Monty

        with Monty() as pool, pool.checkout() as session:
            session.feed_run(SOURCE)
            call = median_us(lambda n: session.feed_run("double(x)", inputs={"x": n}), 2000)
            show("pydantic-monty", call - direct, "us")


def cold_ms():
    """Return the milliseconds to the first result of a new sandbox."""
    began = perf_counter()
    with Sandbox() as sandbox:
        sandbox.run(SOURCE, "double", args=[1])
        return (perf_counter() - began) * 1000


def memory(sandbox):
    """Print what a worker holds: resident, and its own share of what it has in common with the others."""
    resident, shares = [], []
    for worker in sandbox._pool._idle:  # noqa: SLF001 - only the pool knows its processes
        try:
            smaps = Path(f"/proc/{worker._handle.pid}/smaps_rollup")  # noqa: SLF001 - as above
            lines = smaps.read_text().splitlines()
        except OSError:
            print("  memory a worker                     cannot be read on this system or by this user")
            return
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.endswith("kB")}
        resident.append(sizes["Rss"])
        shares.append(sizes["Pss"])
    show("memory a worker, resident", statistics.median(resident), "MB", 25)
    show("memory a worker, its share", statistics.median(shares), "MB")


def in_turn():
    """Print what a question costs where tools take turns: with a worker each, and with fewer workers than tools."""
    pipeline = Pipeline("parse", "sort_words", "format_answer")
    question = f"Sort the following words alphabetically: List: {LIST}"
    for count in (16, 17, 50):
        turns(f"{count} tools, by memory", [(f"{WORDS}# {n}", pipeline, question) for n in range(count)], goal=0.6)
    turns("50 tools, 16 workers", [(f"{WORDS}# {n}", pipeline, question) for n in range(50)], goal=4, max_workers=16)
    real = real_tools()
    turns(f"{len(real)} recorded tools, by memory", real, goal=0.6)
    turns(f"{len(real)} recorded tools, one worker", real, goal=4, max_workers=1)
    with Sandbox() as sandbox:
        began = perf_counter()
        for n in range(1000):
            assert sandbox.solve(f"{WORDS}# {n}", pipeline, question, tested=0).returned
        show("1,000 questions of 1,000 new tools", perf_counter() - began, "s", 3)
        show("  workers kept of them", len(sandbox._pool._idle), "")  # noqa: SLF001 - only the pool knows


def turns(name, tools, goal, **options):
    """Print the median of a question where each of `tools` is asked in turn, and of the first turn."""
    with Sandbox(**options) as sandbox:
        rounds = []
        for _ in range(4):
            for source, pipeline, question in tools:
                began = perf_counter()
                run = sandbox.solve(source, pipeline, question, tested=0)
                rounds.append((perf_counter() - began) * 1000)
                assert run.outcome in {"returned", "raised"}, run
    show(name, statistics.median(rounds[len(tools) :]), "ms", goal)
    show("  the first time", statistics.median(rounds[: len(tools)]), "ms")


def real_tools():
    """Return (source, steps, question) of each tool whose making is recorded with the tests, one a recording."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "tests" / "recordings").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            reply = json.loads(line).get("reply", {})
            text = reply.get("text") or ""
            source = text.partition("```python\n")[2].partition("```")[0]
            if "\ndef parse(" in source:
                # The question is refused by nearly all parsers: what is timed is coming to the answer.
                found.append((source, Pipeline("parse", "parse"), "how much is it?"))
                break
    return [tool for tool in found if passes(tool[0])][:23]


def passes(source):
    """Whether the policy accepts a source, as it stands."""
    from latm_magic.sandbox.policy.compile import compile_guest

    return compile_guest(source).code is not None


def late():
    """Print how late the limits are, and how soon the next call has its result."""
    with Sandbox(timeout_s=0.5) as sandbox:
        for function, limit in (("spin", 0.5), ("hang_in_c", 0.75)):
            sandbox.run(HANG + SOURCE, "double", args=[1])
            began = perf_counter()
            run = sandbox.run(HANG + SOURCE, function)
            ended = perf_counter()
            assert run.outcome == "timeout"
            sandbox.run(HANG + SOURCE, "double", args=[1])
            kind = "soft" if function == "spin" else "hard"
            show(f"{kind} limit, late by", (ended - began - limit) * 1000, "ms")
            show("  next call after it", (perf_counter() - ended) * 1000, "ms")


def many():
    """Compare a plain loop over the bare functions with the sandbox on many questions."""
    questions = [f"Sort the following words alphabetically: List: {LIST} {chr(97 + n % 26)}" for n in range(QUESTIONS)]
    namespace = {}
    exec(WORDS, namespace)
    parse, function, form = namespace["parse"], namespace["sort_words"], namespace["format_answer"]
    bare, boxed = [], []
    with Sandbox() as sandbox:
        pipeline = Pipeline("parse", "sort_words", "format_answer")
        sandbox.solve(WORDS, pipeline, questions[0])
        for _ in range(3):
            began = perf_counter()
            wanted = [form(function(**parse(question)), question) for question in questions]
            bare.append(perf_counter() - began)
            began = perf_counter()
            runs = sandbox.solve_many(WORDS, pipeline, questions)
            boxed.append(perf_counter() - began)
            assert [run.value for run in runs] == wanted
            del runs, wanted
    show("bare functions, a question", min(bare) / QUESTIONS * 1e6, "us")
    show(
        "Sandbox.solve_many, a question", min(boxed) / QUESTIONS * 1e6, "us", round(2 * min(bare) / QUESTIONS * 1e6, 2)
    )
    print(f"  {'rate against the bare loop':<40}{min(bare) / min(boxed):>12.2f}      (goal: at least 0.5)")


if __name__ == "__main__":
    main()
