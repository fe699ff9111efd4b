"""What rows of a run come to: counts by method and task over all its runs, intervals, pass^k, making success."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import comb
from statistics import fmean
from typing import TYPE_CHECKING

from latm_magic.bill import total_usd
from latm_magic.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.evaluation.lines import Made, Row, Run


@dataclass(frozen=True, slots=True)
class Score:
    """One method on one task, or on several together; sums over its runs."""

    method: str
    task: str
    runs: int
    count: int
    """Instances, each once a run."""
    answered: int
    right: int
    """Of all: a refusal that was wanted is right."""
    right_answered: int
    tokens: int
    direct_tokens: int
    """Estimate of asking directly for all of them."""
    cost_usd: float | None
    """US dollars of the instances; None = unknown price."""
    making_tokens: int
    making_usd: float | None
    made: int
    """Runs that gave a tool which passes its samples."""
    attempts: int
    """Proposals, of all runs."""
    outcomes: tuple[str, ...]
    """What making came to, a run each."""
    sources: frozenset[str]

    @property
    def coverage(self) -> float:
        """Share of the instances that are answered, 0 to 1."""
        return self.answered / self.count if self.count else 0.0

    @property
    def accuracy(self) -> float:
        """Share of all instances that are right, 0 to 1."""
        return self.right / self.count if self.count else 0.0

    @property
    def accepted_accuracy(self) -> float | None:
        """Share of the answers that are right, 0 to 1; None where nothing is answered."""
        return self.right_answered / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of that share, 0 to 1."""
        return wilson(self.right_answered, self.answered)

    @property
    def tokens_each(self) -> float:
        """Tokens of an instance, in the mean."""
        return self.tokens / self.count if self.count else 0.0

    @property
    def direct_each(self) -> float:
        """Tokens of an instance that is asked directly, in the mean, by estimate."""
        return self.direct_tokens / self.count if self.count else 0.0

    @property
    def making_each(self) -> float:
        """Tokens of a making, in the mean of the runs."""
        return self.making_tokens / self.runs if self.runs else 0.0


def scores(run: Run) -> tuple[Score, ...]:
    """Return the scores of a run by task and method, in the order of its file."""
    made: defaultdict[tuple[str, str], list[Made]] = defaultdict(list)
    rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for (method, task, _), (some_made, some_rows) in run.cells().items():
        made[method, task] += some_made
        rows[method, task] += some_rows
    return tuple(_score(*key, made[key], rows[key]) for key in made)


def total(parts: Sequence[Score]) -> Score:
    """Return scores of one method on several tasks as one: all instances, and all makings, together."""
    costs, makings = (
        total_usd(iter(values)) for values in zip(*((x.cost_usd, x.making_usd) for x in parts), strict=True)
    )
    sums = {
        name: sum(getattr(part, name) for part in parts)
        for name in ("count", "answered", "right", "right_answered", "tokens", "direct_tokens", "making_tokens",
                     "made", "attempts", "runs")
    }  # fmt: skip
    return Score(
        method=parts[0].method,
        task=f"all {len(parts)}",
        cost_usd=costs,
        making_usd=makings,
        outcomes=tuple(outcome for part in parts for outcome in part.outcomes),
        sources=frozenset().union(*(part.sources for part in parts)),
        **sums,
    )


def pass_power(run: Run, method: str, task: str, k: int) -> float | None:
    """Return pass^k: the share of instances that k runs in a row would all get right; None with fewer than k runs.

    Of an instance that c of n runs got right, C(c, k) / C(n, k), in the mean over instances (tau-bench's estimator).
    """
    by_question: defaultdict[str, list[bool]] = defaultdict(list)
    for row in run.rows.values():
        if (row.method, row.task) == (method, task):
            by_question[row.question].append(row.right)
    shares = [comb(sum(rights), k) / comb(len(rights), k) for rights in by_question.values() if len(rights) >= k]
    return fmean(shares) if shares and len(shares) == len(by_question) else None


def coverage_by_version(rows: Iterable[Row]) -> dict[int, tuple[int, int]]:
    """Return by version of a growing tool (answered, asked); 0 stands for what no version answered yet.

    A refused instance counts for the version that refused it: that of the answers before it.
    """
    found: dict[int, tuple[int, int]] = {}
    version = 1
    for row in rows:
        version = row.version or version
        answered, asked = found.get(version, (0, 0))
        found[version] = (answered + row.answered, asked + 1)
    return found


def _score(method: str, task: str, made: Sequence[Made], rows: Sequence[Row]) -> Score:
    first = [line for line in made if "grow" not in line.outcome and line.outcome != "nothing to learn"]
    return Score(
        method=method,
        task=task,
        runs=len({line.run for line in made}),
        count=len(rows),
        answered=sum(row.answered for row in rows),
        right=sum(row.right for row in rows),
        right_answered=sum(row.right and row.answered for row in rows),
        tokens=sum(row.tokens for row in rows),
        direct_tokens=sum(row.direct_tokens for row in rows),
        cost_usd=total_usd(row.cost_usd for row in rows),
        making_tokens=sum(line.tokens for line in made),
        making_usd=total_usd(line.cost_usd for line in made),
        made=sum(line.outcome == "tool" for line in first),
        attempts=sum(line.attempts for line in first),
        outcomes=tuple(line.outcome for line in first),
        sources=frozenset({row.source for row in rows} | {line.source for line in made}),
    )
