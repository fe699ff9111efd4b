"""Which router for how many decisions and tools: the lexical one and the learned ones in one table.

    python benchmarks/learned_routers.py                 all of it: an hour or more
    python benchmarks/learned_routers.py --quick         10 tools alone
    python benchmarks/learned_routers.py --tools 10 100 --decisions 10 50 --routers lexical linear

Tools are the generated tasks of `latm_magic.evaluation.tasks`, half of them kept as unseen tasks, and look-alikes: the
same tasks for another desk, which the question names in two words. So with 100 tools most questions differ from those
of another tool in two words. "Decisions" are questions whose tool is known; the last wording of each task is never
among them. No parser and no model is asked.

- *ranked*: new questions of known wordings for which the right tool is first. *sure*: those for which the router is
  sure of it. *wrong*: those for which it is sure of another.
- *unseen*: questions of unseen tasks for which it is sure of no tool.
- *reworded*: questions of the wording never seen for which the right tool is first; and for which it is sure of it.
- *fit*: seconds of processor time to learn everything. *numbers*: what a network has learned. *us*: microseconds of
  processor time a decision, in one `decide_many` of questions that are all new.

Times depend on the machine and what else it does: compare them within one run. GRU and transformer are left out at
1,000 tools, and the lexical router at 1,000 tools and 100 decisions: they take too long to fit here.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

import figures

from latm_magic.evaluation.tasks.registry import generate, names, task_type
from latm_magic.routing.learned.router import LearnedRouter
from latm_magic.routing.lexical.router import LexicalRouter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.routing.router import Decision, Router

ROUTERS = ("lexical", "linear", "gru", "transformer", "embedding", "linear-gumbel", "embedding-gumbel")
TOOLS, DECISIONS = (10, 100, 1000), (10, 50, 100)
SLOW = {(1000, count, kind) for count in DECISIONS for kind in ("gru", "transformer")} | {(1000, 100, "lexical")}
ASKED = 400
"""New questions of each sort."""
FIRST = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "jetty",
    "kayak",
    "lemon",
    "maple",
    "north",
    "ocean",
    "pearl",
]
SECOND = [
    "account",
    "archive",
    "billing",
    "bureau",
    "claims",
    "counter",
    "depot",
    "export",
    "finance",
    "harbour",
    "import",
    "press",
    "sales",
    "store",
]


@dataclass(frozen=True)
class Tool:
    """A task at a desk; the first of each task names no desk."""

    task: str
    desk: str

    @property
    def name(self) -> str:
        """What the router knows it by."""
        return f"{self.task} {self.desk}".strip()

    def questions(self, count: int, seed: int, wordings: range) -> list[str]:
        """Return different questions in some of its wordings."""
        rows = generate(self.task, count, seed, wordings=list(wordings))
        return [f"For the {self.desk}: {question}" if self.desk else question for question, _ in rows]


@dataclass(frozen=True)
class Stream:
    """What the routers of one size learn from, and what they are asked."""

    owned: dict[str, list[str]]
    known: list[tuple[str, str]]
    reworded: list[tuple[str, str]]
    unseen: list[str]


def tools_of(count: int) -> list[Tool]:
    tasks = names()[::2]
    desks = ["", *(f"{first} {second}" for second, first in product(SECOND, FIRST))]
    return list(islice((Tool(task, desk) for desk in desks for task in tasks), count))


def stream_of(tools: list[Tool], decisions: int) -> Stream:
    draw = random.Random(len(tools) + decisions)
    owned, known, reworded = {}, [], []
    asked = {tool.name: 0 for tool in tools}
    for tool in draw.choices(tools, k=ASKED):
        asked[tool.name] += 1
    for number, tool in enumerate(tools):
        last = len(task_type(tool.task).wordings) - 1
        rows = tool.questions(decisions + asked[tool.name], number, range(last))
        owned[tool.name] = rows[:decisions]
        known += [(tool.name, question) for question in rows[decisions:]]
        other = tool.questions(asked[tool.name], number, range(last, last + 1))
        reworded += [(tool.name, question) for question in other]
    others = names()[1::2]
    unseen = [question for task in others for question, _ in generate(task, ASKED // len(others), 5)]
    return Stream(owned, known, reworded, unseen)


def make(kind: str) -> Router:
    if kind == "lexical":
        return LexicalRouter()
    name, _, softmax = kind.partition("-")
    return LearnedRouter(name, gumbel=bool(softmax))


def share(truths: Iterator[bool]) -> float:
    found = list(truths)
    return sum(found) / len(found)


def measure(kind: str, stream: Stream) -> tuple[str, float]:
    """Return a row of the table, and the share of all new questions that were rightly let through or kept back."""
    router = make(kind)
    began = time.process_time()
    for tool, questions in stream.owned.items():
        router.add(tool, questions)
    router.decide("")
    fitted = time.process_time() - began

    def decide(questions: list[str]) -> list[Decision]:
        return router.decide_many(questions)

    began = time.process_time()
    known = decide([question for _, question in stream.known])
    spent = (time.process_time() - began) / len(stream.known) * 1e6
    reworded, unseen = decide([question for _, question in stream.reworded]), decide(stream.unseen)
    own = list(zip([tool for tool, _ in stream.known], known, strict=True))
    other = list(zip([tool for tool, _ in stream.reworded], reworded, strict=True))
    sure = share(found.sure and found.tool == tool for tool, found in own)
    rejected = share(not found.sure for found in unseen)
    cells = [
        share(found.tool == tool for tool, found in own),
        sure,
        share(found.sure and found.tool != tool for tool, found in own),
        rejected,
        share(found.tool == tool for tool, found in other),
        share(found.sure and found.tool == tool for tool, found in other),
    ]
    numbers = router.parameters if isinstance(router, LearnedRouter) else 0
    row = "".join(f"{cell:>10.3f}" for cell in cells) + f"{fitted:>9.1f} s{numbers:>11,}{spent:>8.0f}"
    return row, (sure + rejected) / 2


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--tools", type=int, nargs="+", default=TOOLS)
    options.add_argument("--decisions", type=int, nargs="+", default=DECISIONS)
    options.add_argument("--routers", nargs="+", choices=ROUTERS, default=ROUTERS)
    chosen = options.parse_args()
    heads = ("ranked", "sure", "wrong", "unseen", "reworded", "and sure")
    if set(chosen.routers) != {"lexical"}:
        import torch  # noqa: F401  so that no fit pays for the import

    print(f"{'tools':>6}{'decisions':>10}  {'router':17}" + "".join(f"{head:>10}" for head in heads), end="")
    print(f"{'fit':>11}{'numbers':>11}{'us':>8}")
    for count, decisions in product((10,) if chosen.quick else chosen.tools, chosen.decisions):
        stream = stream_of(tools_of(count), decisions)
        for kind in chosen.routers:
            if (count, decisions, kind.partition("-")[0]) in SLOW:
                continue
            row, kept = measure(kind, stream)
            print(f"{count:>6}{decisions:>10}  {kind:17}{row}", flush=True)
            figures.keep(f"{kind} router, {count} tools, {decisions} decisions", kept, "share")


if __name__ == "__main__":
    main()
