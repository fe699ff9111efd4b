"""How long opening a project's cache of 1,000 tools takes in a fresh process, to the list of tools (goal: 50 ms).

python benchmarks/cache_open.py [TOOLS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import figures

from latm_magic.cache.cache import Cache
from latm_magic.provenance import Provenance
from latm_magic.signature import Parameter
from latm_magic.task import Instance
from latm_magic.tool import ToolVersion, UseCase
from latm_magic.verification import SampleResult, Verification

SAMPLES = 12
OPENING = """
import sys, time
from pathlib import Path
import latm_magic.cache.cache as module
started = time.perf_counter()
with module.Cache(Path(sys.argv[1]), home=Path(sys.argv[2])) as cache:
    assert len(cache.tools.summaries()) == int(sys.argv[3])
print((time.perf_counter() - started) * 1000)
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as place:
        folder, home = Path(place, "project", ".latm"), Path(place, "home")
        with Cache(folder, home=home) as cache:
            started = time.perf_counter()
            for number in range(count):
                cache.tools.keep(tool(f"tool_{number}"))
            print(f"adding a tool: {(time.perf_counter() - started) / count * 1000:.1f} ms")
        size = (folder / "cache.sqlite").stat().st_size
        print(f"a cache of {count:,} tools of {SAMPLES} samples: {size / 1e6:.1f} MB")
        opening = fresh_open(folder, home, count)
        print(f"opening it and listing all tools, in a fresh process: {opening:.1f} ms (goal 50)")
        figures.keep(f"opening {count} tools", opening, "ms")
        measure_warm(folder, home)


def fresh_open(folder: Path, home: Path, count: int) -> float:
    """Milliseconds, sqlite3's own import among them: the median of nine processes."""
    command = [sys.executable, "-c", OPENING, str(folder), str(home), str(count)]
    times = [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(9)]
    return sorted(times)[len(times) // 2]


def measure_warm(folder: Path, home: Path) -> None:
    with Cache(folder, home=home) as cache:
        cache.tools.names()
        started = time.perf_counter()
        cache.tools.current()
        print(f"tools(), every source and sample, at first: {(time.perf_counter() - started) * 1000:.1f} ms")
        one = cache.tools.get("tool_0")
        steps = {
            "names()": cache.tools.names,
            "summaries()": cache.tools.summaries,
            "tools() again": cache.tools.current,
            "tool(name)": lambda: cache.tools.get("tool_0"),
            "revision()": cache.revision,
            "is_trusted(tool)": lambda: cache.tools.is_trusted(one),
            "find(task)": lambda: cache.tools.find(one.task),
            "answers of 10,000 questions, none kept": lambda: cache.answers.find(
                f"question {i}" for i in range(10_000)
            ),
        }
        for what, step in steps.items():
            shortest = best(step)
            print(f"{what}: {shortest:.2f} ms")
            figures.keep(what, shortest, "ms")


def best(step) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        step()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def tool(name: str) -> ToolVersion:
    """Make a tool of everyday size: a page of source and a dozen samples."""
    samples = tuple(
        Instance(f"{name}: sort the words pear apple fig {i}", f"apple fig pear {i}") for i in range(SAMPLES)
    )
    results = tuple(
        SampleResult(
            s.question, s.answer or "", "demonstration", "right", s.answer, seconds=0.001, call=f"{name}(words=[])"
        )
        for s in samples
    )
    return ToolVersion(
        name=name,
        version=1,
        description="Sort the words alphabetically.",
        source=f"def parse(question):\n    return {{}}\n\n\ndef {name}(words):\n" + "    words = sorted(words)\n" * 80,
        function=name,
        parameters=(Parameter("words", "positional_or_keyword", "list[str]"),),
        returns="list[str]",
        doc="Sort words.",
        calling="parser",
        has_format=False,
        kind="text",
        samples=samples,
        earlier=(),
        verification=Verification(results, policy="1", python="3.11"),
        use_cases=tuple(UseCase(s.question, f"{name}(words=['pear'])") for s in samples[:3]),
        provenance=Provenance("you", "2026-01-01T00:00:00+00:00"),
    )


if __name__ == "__main__":
    main()
