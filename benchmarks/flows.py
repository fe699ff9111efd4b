"""How often a flow is right, by how many traces or answers it was learned from, beside what it is compared with.

    python benchmarks/flows.py                       all tables, one seed; the networks take most of the time
    python benchmarks/flows.py --quick               guards and the nearest trace, 10 and 30 traces, fewer cases
    python benchmarks/flows.py --tables given,unsure --controllers guards --seeds 3 --sizes 5,10,30,100,300

Workflows of `flow_worlds.py`, without a model. A figure is the mean over the workflows of a group and the seeds: the
share of new cases in which the path is the expert's, and (after the stroke) in which the answer is. "four" are those
whose figures were known before; "frozen" were written before anything was tuned on them.

given     traces of an expert; "fit" is the processor time of learning, in seconds
noise     10 % of the traces with a detour and 10 % with a wrong branch: those whose answer is right kept (all of them)
answers   final answers alone, in a graph that is known
mixed     a graph mined from 10 or 20 traces, and 30 answers more
unsure    the flow answers where it is sure: the share answered, and right where answered; its own bindings are used

The neural controllers, "exact" and "reinforce" need torch: python -m pip install 'latm_magic[torch]'.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import figures
import flow_worlds as worlds
import numpy as np

from latm_magic.workflows.answers_only.learning import learn_paths
from latm_magic.workflows.answers_only.paths import Example, explore, is_same_answer
from latm_magic.workflows.controller import Guards
from latm_magic.workflows.controllers.nearest import NearestTrace
from latm_magic.workflows.controllers.sequence import SequenceController
from latm_magic.workflows.graph import mine
from latm_magic.workflows.running import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from latm_magic.traces import Step, Trace
    from latm_magic.workflows.answers_only.gates import Gates
    from latm_magic.workflows.decisions import Controller
    from latm_magic.workflows.machine import Machine

GROUPS = {"four": worlds.WORLDS, "frozen": worlds.FROZEN}
CONTROLLERS: dict[str, Callable[[], Controller]] = {
    "guards": Guards,
    "nearest": NearestTrace,
    "gru": lambda: SequenceController("gru"),
    "gru-gumbel": lambda: SequenceController("gru", training="gumbel"),
    "transformer": lambda: SequenceController("transformer"),
    "transformer-gumbel": lambda: SequenceController("transformer", training="gumbel"),
}
UNSEEN = 10**6
"""Added to the seed of the cases that are judged."""


@dataclass(frozen=True)
class Judge:
    """New cases of a workflow, with what the expert does in them."""

    world: worlds.World
    cases: list[worlds.Case]
    wanted: list[Trace]

    @classmethod
    def of(cls, world: worlds.World, count: int, seed: int) -> Judge:
        """Return the judge of a workflow, with as many new cases."""
        cases = worlds.cases(world, count, UNSEEN + seed)
        return cls(world, cases, worlds.traces(world, cases, UNSEEN + seed))

    def shares(self, controller: Controller | Gates) -> tuple[float, float]:
        """Return the shares of cases with the right path, and with the right answer."""
        rng = np.random.default_rng(0)
        got = [
            worlds.follow(self.world, case, lambda after, seen: controller.next(after, seen).action, rng)
            for case in self.cases
        ]
        paths = [path(one) == path(other) for one, other in zip(got, self.wanted, strict=True)]
        answers = [is_same_answer(one.answer, other.answer) for one, other in zip(got, self.wanted, strict=True)]
        return float(np.mean(paths)), float(np.mean(answers))

    def answered(self, machine: Machine) -> tuple[float, float]:
        """Return the share that a flow answers by itself, and the share that is right of those."""
        right = []
        for case, wanted in zip(self.cases, self.wanted, strict=True):
            ran = run(machine, case.inputs, caller(self.world, case))
            if ran.unsure is None:
                right.append(is_same_answer(ran.value, wanted.answer))
        return len(right) / len(self.cases), float(np.mean(right)) if right else float("nan")


def path(trace: Trace) -> list[str]:
    return [step.tool for step in trace.steps]


def caller(world: worlds.World, case: worlds.Case) -> Callable[[str, Any], Step]:
    """Return what calls the tools of a case."""
    rng = np.random.default_rng(0)
    return lambda tool, arguments: world.call(case, tool, arguments, rng)


@dataclass
class Table:
    """Rows by size, filled cell by cell."""

    title: str
    sizes: Sequence[Any]
    cells: dict[str, dict[Any, list[tuple[float, ...]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, row: str, size: Any, *values: float) -> None:
        """Add what one workflow and seed gave."""
        self.cells[row][size].append(values)

    def means(self, row: str, size: Any) -> tuple[float, ...]:
        """Return the mean of a cell's values, those aside that are not a number."""
        columns = [
            [each for each in column if not np.isnan(each)] for column in zip(*self.cells[row][size], strict=True)
        ]
        return tuple(float(np.mean(column)) if column else float("nan") for column in columns)

    def show(self, group: str, names: tuple[str, ...]) -> None:
        """Print the table, and keep its figures."""
        print(f"\n{self.title}, {group}")
        print(f"{'':22}" + "".join(f"{size:>12}" for size in self.sizes))
        for row in self.cells:
            means = {size: self.means(row, size) for size in self.sizes}
            print(f"{row:22}" + "".join(f"{'/'.join(f'{x:.3f}' for x in means[size]):>12}" for size in self.sizes))
            for size, values in means.items():
                for name, value in zip(names, values, strict=False):
                    figures.keep(f"flows, {self.title}, {group}, {row}, {size}: {name}", value, "share")


def given(options: argparse.Namespace, group: str) -> None:
    table, seconds = Table("traces without noise", options.sizes), Table("fit in s", options.sizes)
    for seed, judge in judges(options, group):
        for size in options.sizes:
            traces = worlds.traces(judge.world, worlds.cases(judge.world, size, seed), seed)
            for name in options.controllers:
                began = time.process_time()
                controller = CONTROLLERS[name]().fit(traces)
                seconds.add(name, size, time.process_time() - began)
                table.add(name, size, *judge.shares(controller))
    table.show(group, ("path", "answer"))
    print("\nfit in s, processor time")
    for row in seconds.cells:
        print(f"{row:22}" + "".join(f"{seconds.means(row, size)[0]:12.2f}" for size in options.sizes))


def noise(options: argparse.Namespace, group: str) -> None:
    kept, everything = Table("noisy traces, right ones kept", options.sizes), Table("all noisy traces", options.sizes)
    for seed, judge in judges(options, group):
        for size in options.sizes:
            cases = worlds.cases(judge.world, size, seed)
            noisy, clean = (worlds.traces(judge.world, cases, seed, each) for each in (worlds.NOISE, 0))
            right = [one for one, other in zip(noisy, clean, strict=True) if is_same_answer(one.answer, other.answer)]
            for name in options.controllers:
                kept.add(name, size, *judge.shares(CONTROLLERS[name]().fit(right)))
                everything.add(name, size, *judge.shares(CONTROLLERS[name]().fit(noisy)))
    kept.show(group, ("path", "answer"))
    everything.show(group, ("path", "answer"))


def unsure(options: argparse.Namespace, group: str) -> None:
    table = Table("answered by the flow, right where answered", options.sizes)
    for seed, judge in judges(options, group):
        for size in options.sizes:
            traces = worlds.traces(judge.world, worlds.cases(judge.world, size, seed), seed)
            shares = judge.answered(mine(traces))
            table.add(judge.world.name, size, *shares)
            table.add("mean", size, *shares)
    table.show(group, ("answered", "right where answered"))


def answers(options: argparse.Namespace, group: str) -> None:
    table = Table("answers alone, graph known", options.sizes)
    for seed, judge in judges(options, group):
        world = judge.world
        known = mine(worlds.traces(world, worlds.cases(world, 400, UNSEEN - 1), UNSEEN - 1))
        for size in options.sizes:
            examples = list(explored(world, known, worlds.cases(world, size, seed)))
            table.add("nearest input", size, *judge.shares(NearestTrace().fit(shortest(examples))))
            for way in options.ways:
                learned = learn_paths(examples, way=way)
                if learned.gates:
                    table.add(f"{way}, soft", size, *judge.shares(learned.gates))
                table.add(f"{way}, hardened", size, *judge.shares(Guards().fit(learned.traces)))
    table.show(group, ("path", "answer"))


def mixed(options: argparse.Namespace, group: str) -> None:
    table = Table("graph mined from 10 or 20 traces, and 30 answers", ("10", "10+30", "20", "20+30"))
    for seed, judge in judges(options, group):
        world = judge.world
        for size in (10, 20):
            cases = worlds.cases(world, size + 30, seed)
            traces = worlds.traces(world, cases[:size], seed)
            learned = learn_paths(list(explored(world, mine(traces), cases[size:])), traces=traces, way=options.ways[0])
            table.add("guards", str(size), *judge.shares(Guards().fit(traces)))
            table.add("guards", f"{size}+30", *judge.shares(Guards().fit([*traces, *learned.traces])))
    table.show(group, ("path", "answer"))


def explored(world: worlds.World, machine: Machine, cases: list[worlds.Case]) -> Iterator[Example]:
    """Yield each case as an example of which the answer alone is known."""
    rng = np.random.default_rng(0)
    for case in cases:
        answer = worlds.follow(world, case, world.expert, rng).answer
        yield explore(machine, case.inputs, answer, caller(world, case))


def shortest(examples: list[Example]) -> list[Trace]:
    """Return each example with its shortest right path, which is what the nearest input has to go by."""
    return [each.to_trace(min(each.right, key=lambda one: len(one.steps))) for each in examples if each.right]


def judges(options: argparse.Namespace, group: str) -> Iterator[tuple[int, Judge]]:
    for seed in range(options.seeds):
        for world in GROUPS[group]:
            yield seed, Judge.of(world, options.cases, seed)


TABLES = {"given": given, "noise": noise, "answers": answers, "mixed": mixed, "unsure": unsure}


def main() -> None:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="guards and the nearest trace, 10 and 30, 100 cases")
    parser.add_argument("--tables", type=names, default=list(TABLES))
    parser.add_argument("--groups", type=names, default=list(GROUPS))
    parser.add_argument("--controllers", type=names, default=list(CONTROLLERS))
    parser.add_argument("--ways", type=names, default=["exact", "reinforce", "em"])
    parser.add_argument(
        "--sizes", type=lambda text: [int(each) for each in text.split(",")], default=[5, 10, 30, 100, 300]
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--cases", type=int, default=300, help="new cases that are judged")
    options = parser.parse_args()
    if options.quick:
        options.controllers, options.ways, options.cases = ["guards", "nearest"], ["em"], 100
    options.sizes = options.sizes or ([10, 30] if options.quick else [5, 10, 30, 100, 300])
    for name in options.tables:
        for group in options.groups:
            TABLES[name](options, group)


if __name__ == "__main__":
    main()
