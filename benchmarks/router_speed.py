"""What a decision of the local router costs with 10, 100, 1,000 and 10,000 tools in the cache.

    python benchmarks/router_speed.py
    python benchmarks/router_speed.py --tools 10 100 --tasks FOLDER

Tools are made up: each has a template of 12 to 60 words and six questions, its words drawn as in ordinary text (few
are common, most are rare); where the task files are at hand, up to sixteen of the tools are those. A stream is new
questions of the tools and, one in two, of tools that are not there. Every size runs in a process of its own; memory is
how much that grew.
"decision" is the median of questions whose wording is new to the router each time; "again" is the median
when the same masked text comes once more; "batch" is microseconds a question in one `decide_many` over both halves of a
stream in which each question comes twice.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import figures
import psutil

from latm_magic.routing.lexical.router import LexicalRouter

ROOT = Path(__file__).resolve().parents[1]
WORDS = 30_000


@dataclass(frozen=True)
class Maker:
    """A template with slots, and what fills them."""

    template: tuple[str, ...]
    slots: tuple[int, ...]

    @classmethod
    def draw(cls, chance: random.Random) -> Maker:
        """Draw a template of its own."""
        size = chance.randint(12, 60)
        words = [word(chance) for _ in range(size)]
        for place in range(6, size, chance.randint(5, 9)):
            words[place] += chance.choice([",", ".", ":", "?", "\n"])
        return cls(tuple(words), tuple(sorted(chance.sample(range(size), max(2, size // 8)))))

    def question(self, chance: random.Random) -> str:
        """Fill the slots anew."""
        words = list(self.template)
        for slot in self.slots:
            filler = str(chance.randint(0, 9999)) if chance.random() < 0.4 else word(chance)
            words[slot] = f"{filler} {word(chance)}" if chance.random() < 0.3 else filler
        return " ".join(words)


def word(chance: random.Random) -> str:
    """Draw a word of a made-up language; the n-th commonest about n times as rare as the commonest (Zipf)."""
    rank = int(WORDS ** chance.random())
    letters = []
    while rank:
        rank, letter = divmod(rank, 20)
        letters.append("bcdfghjklmnpqrstvwxz"[letter] + "aeiou"[(rank + letter) % 5])
    return "".join(letters) or "a"


def read_tasks(folder: Path) -> dict[str, list[str]]:
    return {
        path.stem: [row["input"] for row in json.loads(path.read_text(encoding="utf-8"))["examples"]]
        for path in sorted(folder.glob("*.json"))
    }


def measure(tools: int, folder: Path) -> None:
    chance = random.Random(tools)
    tasks = dict(list(read_tasks(folder).items())[: min(16, tools // 2)])
    makers = [Maker.draw(chance) for _ in range(tools - len(tasks))]
    owned = [questions[:6] for questions in tasks.values()]
    owned += [[maker.question(chance) for _ in range(6)] for maker in makers]
    asked = [question for questions in tasks.values() for question in chance.sample(questions[6:], 20)]
    asked += [maker.question(chance) for maker in makers for _ in range(20)][: max(300, len(asked))]
    strange = [Maker.draw(chance).question(chance) for _ in asked]
    gc.collect()
    before = psutil.Process().memory_info().rss
    router = LexicalRouter()
    started = time.perf_counter()
    for number, questions in enumerate(owned):
        router.add(f"tool_{number}", questions)
    built = time.perf_counter() - started
    gc.collect()
    grown = psutil.Process().memory_info().rss - before
    stream = asked + strange
    chance.shuffle(stream)
    first, again = timed(router, stream), timed(router, stream)
    adding = []
    for number in range(40):
        maker = Maker.draw(chance)
        questions = [maker.question(chance) for _ in range(6)]
        started = time.perf_counter()
        router.add(f"new_{number}", questions)
        adding.append((time.perf_counter() - started) * 1e3)
    started = time.perf_counter()
    router.decide_many(stream + stream)
    batch = (time.perf_counter() - started) / len(stream) / 2 * 1e6
    started = time.perf_counter()
    content = router.save()
    saved = time.perf_counter() - started
    started = time.perf_counter()
    LexicalRouter().load(content)
    loaded = time.perf_counter() - started
    figures.keep(f"a decision of {tools} tools", statistics.median(first), "us")
    figures.keep(f"adding to {tools} tools", statistics.median(adding), "ms")
    known = sum(router.decide(question).sure for question in asked) / len(asked)
    taken = sum(router.decide(question).sure for question in strange) / len(strange)
    print(
        f"{tools:7,d}  {statistics.median(first):6.0f} us  {percentile(first, 90):6.0f} us  "
        f"{statistics.median(again):6.0f} us  {batch:6.0f} us  {statistics.median(adding):6.2f} ms  "
        f"{max(adding):6.2f} ms  {grown / 1e6:6.0f} MB  {built:6.1f} s  "
        f"{len(content) / 1e6:6.1f} MB {saved:5.1f} s {loaded:5.1f} s  {known:.3f}  {taken:.3f}"
    )


def timed(router: LexicalRouter, stream: list[str]) -> list[float]:
    found = []
    for question in stream:
        started = time.perf_counter()
        router.decide(question)
        found.append((time.perf_counter() - started) * 1e6)
    return found


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[len(values) * share // 100]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tools", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    options.add_argument("--tasks", type=Path, default=ROOT / ".." / "shared" / "data" / "bbh")
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        measure(chosen.one, chosen.tasks)
        return
    print(
        "  tools   decision   90 of 100      again      batch     add one   add worst     memory    built"
        "      saved, in, loaded in  sure: known, strange"
    )
    for tools in chosen.tools:
        subprocess.run([sys.executable, __file__, "--one", str(tools), "--tasks", str(chosen.tasks)], check=True)


if __name__ == "__main__":
    main()
