"""What probes cost, and how well the mark "untested" finds wrong answers; with finer and coarser probes beside ours.

    python benchmarks/probes.py                                  the tools of tests/recordings
    python benchmarks/probes.py --columns FOLDER --modules FOLDER     and modules for columns, one TASK.py each

A column's folder holds `visible.csv` (the samples) and `hidden.csv`, each with question and answer. Finer and coarser
probes are tried outside the sandbox, on the same rows: give it no modules that you would not run.
"""

from __future__ import annotations

import argparse
import ast
import csv
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import figures
from bbh import DESCRIPTIONS, ROOT, TASKS, read_instances

from latm_magic import LatmError, Session
from latm_magic.comparison import agree
from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.policy.probes import MARKS
from latm_magic.sandbox.runtime.namespace import guest_namespace

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
ROWS = 500

STATEMENTS = frozenset({"if", "missing else", "loop", "except", "match"})
VARIANTS = {
    "arms of if, with else where it stands": STATEMENTS - {"missing else"},
    "arms of statements (ours)": STATEMENTS,
    "+ conditional expressions": STATEMENTS | {"conditional"},
    "+ operands of `or` that were reached": STATEMENTS | {"or"},
    "+ operands of `and` that were reached": STATEMENTS | {"and"},
    "+ each operand true and false": STATEMENTS | {"truth"},
    "+ loops: never, more than once": STATEMENTS | {"never", "again"},
    "+ filters of comprehensions": STATEMENTS | {"filter"},
    "+ comparisons at their edge": STATEMENTS | {"edge"},
    "+ values that are None or empty": STATEMENTS | {"empty"},
    "+ which member or key it was": STATEMENTS | {"member"},
    "all of these": STATEMENTS | {"conditional", "truth", "never", "again", "filter", "edge", "empty", "member"},
}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """One accepted row: whether it is right, what it ran, and whether the product marked it."""

    right: bool
    ran: frozenset[Any]
    marked: bool


# Finer and coarser probes.


class Finer(ast.NodeTransformer):
    """Puts a probe of every kind into the functions of a module."""

    def __init__(self) -> None:
        self.ran: set[Any] = set()
        self._count = 0
        self._depth = 0

    def load(self, source: str) -> dict[str, Any]:
        """Return the module's namespace."""
        tree = ast.fix_missing_locations(self.visit(ast.parse(source)))
        names = {
            "__mark": self._mark,
            "__test": self._test,
            "__each": self._each,
            "__less": self._less,
            "__in": self._in,
        }
        namespace: dict[str, Any] = {**names, "__got": self._got}
        exec(compile(tree, "<module>", "exec"), namespace)
        return namespace

    # What the probes call.

    def _mark(self, *branch: Any) -> None:
        self.ran.add(branch)

    def _test(self, kind: str, number: int, value: Any) -> Any:
        self.ran.add((kind, number, bool(value)))
        return value

    def _each(self, number: int, values: Any) -> Any:
        kind = "never"
        for value in values:
            self.ran.add(("loop" if kind == "never" else "again", number))
            kind = "again"
            yield value
        if kind == "never":
            self.ran.add(("never", number))

    def _less(self, number: int, holds: bool, left: Any, right: Any) -> bool:
        if type(left) is type(right) and left == right:
            self.ran.add(("edge", number))
        return holds

    def _in(self, number: int, item: Any, found: bool) -> bool:
        if found and isinstance(item, str | int):
            self.ran.add(("member", number, item))
        return found

    def _got(self, number: int, value: Any) -> Any:
        is_plain = value is None or isinstance(value, str | int | float | list | dict | set | tuple)
        self.ran.add(("empty", number, is_plain and not value))
        return value

    # Where they stand.

    def visit(self, node: ast.AST) -> Any:
        """Visit a node; functions are what is probed."""
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            self._depth += 1
            body = node.body if isinstance(node.body, list) else [node.body]
            seen = [self.visit(each) for each in body]
            node.body = seen if isinstance(node, ast.FunctionDef) else seen[0]
            self._depth -= 1
            return node
        self.generic_visit(node)
        return self._probed(node) if self._depth else node

    def _call(self, name: str, *arguments: Any) -> ast.Call:
        self._count += 1
        given = [each if isinstance(each, ast.AST) else ast.Constant(each) for each in arguments]
        return ast.Call(ast.Name(name, ast.Load()), given, [])

    def _arm(self, kind: str) -> ast.stmt:
        return ast.Expr(self._call("__mark", kind, self._count))

    def _probed(self, node: Any) -> Any:
        match node:
            case ast.If():
                kind = "if" if node.orelse else "missing else"
                node.body, node.orelse = [self._arm("if"), *node.body], [self._arm(kind), *node.orelse]
            case ast.While():
                node.body = [self._arm("loop"), *node.body]
            case ast.ExceptHandler():
                node.body = [self._arm("except"), *node.body]
            case ast.match_case():
                node.body = [self._arm("match"), *node.body]
            case ast.For():
                node.iter = self._call("__each", self._count, node.iter)
            case ast.IfExp():
                node.body, node.orelse = (self._reached("conditional", each) for each in (node.body, node.orelse))
            case ast.BoolOp():
                kind = "or" if isinstance(node.op, ast.Or) else "and"
                tested = [self._call("__test", "truth", self._count, each) for each in node.values]
                node.values = [tested[0], *(self._reached(kind, each) for each in tested[1:])]
            case ast.comprehension():
                node.ifs = [self._call("__test", "filter", self._count, each) for each in node.ifs]
            case ast.Compare(ops=[ast.In()]):
                return self._call("__in", self._count, node.left, node)
            case ast.Compare(ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
                return self._call("__less", self._count, node, node.left, node.comparators[0])
            case ast.Call() | ast.Subscript(ctx=ast.Load()):
                return self._call("__got", self._count, node)
        return node

    def _reached(self, kind: str, value: ast.expr) -> ast.expr:
        return ast.BoolOp(ast.Or(), [self._call("__mark", kind, self._count), value])


def solved(namespace: dict[str, Any], function: str, question: str) -> None:
    """Run a question through a module's functions, whatever comes of it."""
    try:
        result = namespace[function](**namespace["parse"](question))
        if "format_answer" in namespace:
            namespace["format_answer"](result, question)
    except Exception:  # noqa: BLE001 - what it ran until then is what is asked
        pass


# The tables.


def rows_of(session: Session, name: str, unseen: Pairs) -> list[Row]:
    """Solve what the maker never saw through the product, and again with finer probes."""
    tool = session.tool(name).record
    finer = Finer()
    namespace = finer.load(tool.source)

    def ran(question: str) -> frozenset[Any]:
        finer.ran.clear()
        solved(namespace, tool.function, question)
        return frozenset(finer.ran)

    right = [sample.question for sample in tool.verification.samples if sample.outcome == "right"]
    seen = frozenset().union(*(ran(question) for question in right))
    answers = session.solve([question for question, _ in unseen], tool=name)
    return [
        Row(agree(wanted, answer.text or "", tool.kind), ran(question) - seen, answer.untested)
        for (question, wanted), answer in zip(unseen, answers, strict=True)
        if answer.way == "parser"
    ]


def separation(rows: dict[str, list[Row]]) -> None:
    """Print how many accepted rows are marked, and how many of the wrong ones are among them."""
    print(f"\n{'task':42}accepted   wrong      marked   wrong among the marked")
    for name, found in rows.items():
        wrong = [row for row in found if not row.right]
        share, caught = sum(row.marked for row in found) / len(found), sum(row.marked for row in wrong)
        print(f"{name:42}{len(found):8}{len(wrong):8}{100 * share:10.1f} %{caught:8}")
    print(f"\n{'probes':42}marked: median   of all   wrong among them   wrong among the others")
    counted = [
        (label, [[bool({b for b in row.ran if b[0] in kinds}) for row in found] for found in rows.values()])
        for label, kinds in VARIANTS.items()
    ]
    counted.append(("the product", [[row.marked for row in found] for found in rows.values()]))
    everything = [row for found in rows.values() for row in found]
    wrong = sum(not row.right for row in everything)
    for label, marks in counted:
        flat = [mark for some in marks for mark in some]
        median = statistics.median(sum(some) / len(some) for some in marks)
        caught = sum(mark and not row.right for mark, row in zip(flat, everything, strict=True))
        left = (wrong - caught) / max(1, len(flat) - sum(flat))
        share = f"{caught} of {wrong}" + (f" = {100 * caught / wrong:.0f} %" if wrong else "")
        print(f"{label:42}{100 * median:14.1f} %{100 * sum(flat) / len(flat):8.1f} %{share:>19}{100 * left:23.2f} %")


def speed(session: Session, questions: dict[str, list[str]]) -> None:
    """Print the time of a row with the probes of untested branches, and with all, as multiples of the time without.

    Processor time of the tool's own steps under the policy, in this process, so that a busy machine changes little.
    """
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    print(f"{'task':42}us a row   probes of untested   of all branches")
    for name, some in questions.items():
        tool = session.tool(name).record
        tested = {"none": -1, "untested": tool.verification.branches.tested_bits, "all": 0}
        solvers = {kind: solver(tool.source, tool.function, bits) for kind, bits in tested.items()}
        rows = (some * (ROWS // len(some) + 1))[:ROWS]
        times: defaultdict[str, list[float]] = defaultdict(list)
        for number in range(ROUNDS + 1):
            for kind, solve in solvers.items():
                began = process_time()
                for row in rows:
                    solve(row)
                if number:
                    times[kind].append(process_time() - began)
        middle = {kind: statistics.median(found) for kind, found in times.items()}
        for kind in ("untested", "all"):
            ratios[kind].append(middle[kind] / middle["none"])
        print(f"{name:42}{1e6 * middle['none'] / ROWS:8.1f}{ratios['untested'][-1]:21.3f}{ratios['all'][-1]:18.3f}")
        figures.keep(f"{name} with probes", middle["untested"], "s", bare=middle["none"])
    print(f"{'median':50}{statistics.median(ratios['untested']):21.3f}{statistics.median(ratios['all']):18.3f}")


def solver(source: str, function: str, tested: int) -> Callable[[str], None]:
    """Return what solves a question with the probes of those branches that are not tested."""
    compiled = compile_guest(source)
    marks: dict[int, None] = {}
    namespace = {**guest_namespace(printed=lambda _: None), MARKS: marks}
    exec(compiled.probed.code(tested), namespace)

    def solve(question: str) -> None:
        if marks:
            marks.clear()
        solved(namespace, function, question)

    return solve


def read_column(folder: Path, name: str) -> Pairs:
    """Return the questions and answers of a file of a column."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["question"], row["answer"]) for row in csv.DictReader(file)]


def main() -> None:
    """Make or add the tools, and print both tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks-folder", type=Path, default=ROOT.parent / "shared" / "data" / "bbh")
    options.add_argument("--replay", type=Path, default=ROOT / "tests" / "recordings" / "bbh.jsonl")
    options.add_argument("--columns", type=Path)
    options.add_argument("--modules", type=Path)
    given = options.parse_args()
    families: dict[str, dict[str, Pairs]] = {"recordings": {}, "columns": {}}
    with tempfile.TemporaryDirectory() as folder, Session(folder, replay=str(given.replay)) as session:
        for task in TASKS:
            pairs = read_instances(given.tasks_folder, task)
            session.make(task, DESCRIPTIONS[task], pairs[:6])
            families["recordings"][task] = pairs[6:]
        for module in sorted(given.modules.glob("*.py")) if given.columns and given.modules else ():
            column = given.columns / module.stem
            try:
                session.add(module.stem, module.read_text(encoding="utf-8"), read_column(column, "visible"))
                families["columns"][module.stem] = read_column(column, "hidden")
            except LatmError as fault:
                print(f"{module.stem}: {fault}")
        unseen = {task: pairs for family in families.values() for task, pairs in family.items()}
        speed(session, {task: [question for question, _ in pairs] for task, pairs in unseen.items()})
        for family, tasks in families.items():
            if tasks:
                print(f"\n== {family}")
                separation({task: rows_of(session, task, pairs) for task, pairs in tasks.items()})


if __name__ == "__main__":
    main()
