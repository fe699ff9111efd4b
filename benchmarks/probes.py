"""What probes cost, and how well the mark "untested" finds wrong answers; with other ways of marking beside ours.

    python benchmarks/probes.py                   the tools of tests/recordings, and of its columns (see `columns.py`)

Other ways of marking are tried outside the sandbox, on the same rows. `turned` runs a marked row a second time, with
those of its branches that are not tested going the other way, where that one is tested: a row whose answer stays the
same does not stand on them. For tools made with a column, the last lines choose the rule's one number on the other
tasks, each task in turn.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import figures
from bbh import DESCRIPTIONS, ROOT, TASKS, read_instances
from columns import is_right, make, read_rows
from finer import Event, Finer, solved

from latm_magic import Session
from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.policy.probes import MARKS
from latm_magic.sandbox.runtime.namespace import guest_namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROUNDS = 5
ROWS = 300
ENOUGH = range(1, 7)
"""Rows that the maker was shown from which on a branch counts as seen, as they are tried."""
GOAL = 0.15
"""The share of the accepted rows that is to be marked at most, in the median of the tasks."""

STATEMENTS = frozenset({"if", "else", "missing else", "loop", "except", "match"})
FINER = {
    "statements, with else where it stands": STATEMENTS - {"missing else"},
    "functions alone": {"function"},
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
    """One accepted row: whether it is right, the events that no right sample had, and what else is known of it."""

    right: bool
    ran: frozenset[Event]
    turned: bool
    """Its answer is another where these go the other way."""
    marked: bool
    """The product marked it."""

    def untested(self, kinds: Iterable[str] = STATEMENTS) -> list[Event]:
        """Return those of some kinds."""
        return [event for event in self.ran if event[0] in kinds]


@dataclass(frozen=True)
class Task:
    """The accepted rows of one task."""

    name: str
    rows: list[Row]
    seen: Counter[Event]
    """How many of the rows that the maker was shown had an event."""
    common: Counter[Event]
    """How many of the accepted rows had it."""

    def share(self, rule: Callable[[Task, Row], bool]) -> float:
        """Return the share of the rows that a rule marks, 0 to 1."""
        return sum(rule(self, row) for row in self.rows) / len(self.rows)


def finer(kinds: Iterable[str]) -> Callable[[Task, Row], bool]:
    """Mark rows with an untested event of one of these kinds."""
    return lambda _task, row: bool(row.untested(kinds))


def several(count: int) -> Callable[[Task, Row], bool]:
    """Mark rows with at least that many untested branches."""
    return lambda _task, row: len(row.untested()) >= count


def rare(share: float) -> Callable[[Task, Row], bool]:
    """Mark rows with an untested branch that at most this share of the accepted rows runs."""
    return lambda task, row: any(task.common[event] <= share * len(task.rows) for event in row.untested())


def unseen(enough: int) -> Callable[[Task, Row], bool]:
    """Mark rows with an untested branch that fewer of the rows ran which the maker was shown."""
    return lambda task, row: any(task.seen[event] < enough for event in row.untested())


def turned(rule: Callable[[Task, Row], bool]) -> Callable[[Task, Row], bool]:
    """Mark those alone whose answer is another where their untested branches go the other way."""
    return lambda task, row: row.turned and rule(task, row)


RULES: dict[str, Callable[[Task, Row], bool]] = {
    "tested statements alone": finer(STATEMENTS),
    **{label: finer(kinds) for label, kinds in FINER.items()},
    "no arm that only raises or goes on": lambda _task, row: any("leaves" not in event for event in row.untested()),
    "at least 2 untested branches": several(2),
    "at least 3": several(3),
    "untested, run by 3 % of the rows at most": rare(0.03),
    "by 5 %": rare(0.05),
    "by 10 %": rare(0.10),
    "untested, and turned": turned(finer(STATEMENTS)),
    "and turned, by 5 % at most": turned(rare(0.05)),
    **{f"run by fewer than {count} shown rows": unseen(count) for count in ENOUGH},
    **{f"by fewer than {count}, and turned": turned(unseen(count)) for count in (2, 3)},
    "the product": lambda _task, row: row.marked,
}


# The tables.


def task_of(session: Session, name: str, unseen_rows: Pairs) -> Task:
    """Solve what the maker never saw labels of through the product, and again with finer probes."""
    tool = session.tool(name).record
    probes = Finer(tool.source, tool.function)
    right = [sample.question for sample in tool.verification.samples if sample.outcome == "right"]
    tested = frozenset[Event]().union(*(probes.run(question)[1] for question in right))
    shown = [probes.run(question) for question in tool.provenance.rows_shown]
    statements = frozenset(event for event in tested if event[0] in STATEMENTS)
    answers = session.solve([question for question, _ in unseen_rows], tool=name)
    rows, common = [], Counter[Event]()
    for (question, wanted), answer in zip(unseen_rows, answers, strict=True):
        if answer.way == "parser":
            ran = probes.run(question)[1]
            common.update(ran)
            left = ran - tested
            is_turned = any(event[0] in STATEMENTS for event in left) and probes.stands_on(question, statements)
            agrees = is_right(answer, wanted, name, tool.kind)
            rows.append(Row(agrees, left, is_turned, answer.untested))
    return Task(name, rows, Counter(event for text, ran in shown if text is not None for event in ran), common)


def separation(tasks: list[Task]) -> None:
    """Print how many accepted rows are marked, and how many of the wrong ones are among them."""
    print(f"\n{'task':42}accepted   wrong      marked   wrong among the marked")
    for task in tasks:
        wrong = [row for row in task.rows if not row.right]
        share, caught = task.share(RULES["the product"]), sum(row.marked for row in wrong)
        print(f"{task.name:42}{len(task.rows):8}{len(wrong):8}{100 * share:10.1f} %{caught:8}")
    print(f"\n{'rule':42}marked: median   of all   wrong among them     lift   wrong among the others")
    rows = [(task, row) for task in tasks for row in task.rows]
    wrong_count = sum(not row.right for _, row in rows)
    for label, rule in RULES.items():
        marked = [row for task, row in rows if rule(task, row)]
        caught, share = sum(not row.right for row in marked), len(marked) / len(rows)
        left = (wrong_count - caught) / max(1, len(rows) - len(marked))
        lift = f"{caught / wrong_count / share:.1f}" if wrong_count and marked else ""
        among = f"{caught} of {wrong_count}"
        middle = statistics.median(task.share(rule) for task in tasks)
        print(f"{label:42}{100 * middle:12.1f} %{100 * share:9.1f} %{among:>16}{lift:>11}{100 * left:22.2f} %")


def left_out(tasks: list[Task]) -> None:
    """Print what comes of choosing how many shown rows are enough on the other tasks, each task in turn."""
    marked: list[list[Row]] = []
    chosen = Counter[int]()
    for task in tasks:
        others = [other for other in tasks if other is not task]
        fitting = [n for n in ENOUGH if statistics.median(o.share(unseen(n)) for o in others) <= GOAL]
        chosen[max(fitting, default=1)] += 1
        rule = unseen(max(fitting, default=1))
        marked.append([row for row in task.rows if rule(task, row)])
    shares = [len(some) / len(task.rows) for some, task in zip(marked, tasks, strict=True)]
    wrong = sum(not row.right for task in tasks for row in task.rows)
    caught = sum(not row.right for some in marked for row in some)
    found = ", ".join(f"{count} for {times} of {len(tasks)} tasks" for count, times in sorted(chosen.items()))
    print(f"\nas many shown rows as mark {100 * GOAL:.0f} % on the other tasks: {found};")
    print(f"marked {100 * statistics.median(shares):.1f} % in the median, {caught} of {wrong} wrong among them")


@dataclass(frozen=True)
class Times:
    """The times of a task's row, as multiples of the time without probes."""

    name: str
    seconds: float
    """Without probes."""
    untested: float
    """With the probes of branches that are neither tested nor seen, which is what the product runs."""
    every: float


def times_of(session: Session, name: str, questions: list[str]) -> Times:
    """Time the tool's own steps under the policy, in this process's processor time: a busy machine changes little."""
    tool = session.tool(name).record
    probed = {"none": -1, "untested": tool.verification.branches.known_bits, "all": 0}
    solvers = {kind: solver(tool.source, tool.function, bits) for kind, bits in probed.items()}
    rows = (questions * (ROWS // len(questions) + 1))[:ROWS]
    times: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        for kind, solve in solvers.items():
            began = process_time()
            for row in rows:
                solve(row)
            if number:
                times[kind].append(process_time() - began)
    middle = {kind: statistics.median(found) for kind, found in times.items()}
    none = middle["none"]
    return Times(name, none / ROWS, middle["untested"] / none, middle["all"] / none)


def speed(tasks: list[Times]) -> None:
    """Print the times, and their medians."""
    print(f"{'task':42}us a row   probes of untested   of all branches")
    for task in tasks:
        print(f"{task.name:42}{1e6 * task.seconds:8.1f}{task.untested:21.3f}{task.every:18.3f}")
        figures.keep(f"{task.name} with probes", task.seconds * task.untested, "s", bare=task.seconds)
    middle = [statistics.median(values) for values in ([t.untested for t in tasks], [t.every for t in tasks])]
    print(f"{'median':50}{middle[0]:21.3f}{middle[1]:18.3f}")


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


@contextmanager
def open_session(recording: str) -> Iterator[Session]:
    """Open a session on a project of its own, with a recorded maker."""
    replay = str(ROOT / "tests" / "recordings" / f"{recording}.jsonl")
    with tempfile.TemporaryDirectory() as folder, Session(folder, replay=replay, deadline_s=3600.0) as session:
        yield session


def tables(family: str, makings: Iterator[tuple[Session, str, Pairs]]) -> list[Task]:
    """Print the tables of tools that are being made: each with its session and with what its maker saw no label of."""
    times, tasks = [], []
    for session, name, pairs in makings:
        times.append(times_of(session, name, [question for question, _ in pairs]))
        tasks.append(task_of(session, name, pairs))
    print(f"\n== {family}")
    speed(times)
    separation(tasks)
    return tasks


def recorded_tools(folder: Path) -> Iterator[tuple[Session, str, Pairs]]:
    """Make the tools of BIG-Bench tasks."""
    for name in TASKS:
        with open_session("bbh") as session:
            pairs = read_instances(folder, name)
            session.make(name, DESCRIPTIONS[name], pairs[:6])
            yield session, name, pairs[6:]


def recorded_columns(folder: Path, arm: str) -> Iterator[tuple[Session, str, Pairs]]:
    """Make the tools of columns."""
    for task in sorted(folder.iterdir()):
        with open_session(f"columns/{task.name}") as session:
            make(session, task, arm)
            yield session, task.name, read_rows(task / "hidden.csv")


def main() -> None:
    """Make the tools, and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks-folder", type=Path, default=ROOT.parent / "shared" / "data" / "bbh")
    options.add_argument("--columns-folder", type=Path, default=ROOT.parent / "shared" / "data" / "columns")
    given = options.parse_args()
    tables("recordings", recorded_tools(given.tasks_folder))
    tables("columns, the labels alone", recorded_columns(given.columns_folder, "plain"))
    left_out(tables("columns, with the column and rounds", recorded_columns(given.columns_folder, "rounds")))


if __name__ == "__main__":
    main()
