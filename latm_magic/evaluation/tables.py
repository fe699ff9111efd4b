"""The tables that a run is shown as, in Markdown: readable in a terminal, and as they are in a document.

Where figures come from stands in the table: replies that were recorded, or came from models of yours such as a script,
and token counts that are estimates.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.evaluation.economy import USER_CALL_TOKENS, Audit, economy
from latm_magic.evaluation.published import LATM, MAKING_TOKENS, RATIOS, STRONG_TO_LIGHT
from latm_magic.evaluation.scores import pass_power, scores, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.evaluation.lines import Run
    from latm_magic.evaluation.scores import Score

SMALL, LARGE = 240, 10_000
"""Instances at which the published ratios stand."""
_SOURCES = {"": "live", "recorded": "recorded", "yours": "a model of yours"}
NO_FIGURE = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading and what has to be known to read it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        """Return it as Markdown, its columns padded."""
        cells = [self.columns, *self.rows]
        widths = [max(3, *(len(row[place]) for row in cells)) for place in range(len(self.columns))]
        numbers = [_is_number_column([row[place] for row in self.rows]) for place in range(len(self.columns))]
        lines = [_line(row, widths, numbers) for row in cells]
        rule = (
            "|"
            + "|".join("-" * (w + 1) + (":" if right else "-") for w, right in zip(widths, numbers, strict=True))
            + "|"
        )
        parts = [f"### {self.title}", "\n".join([lines[0], rule, *lines[1:]]), self.note]
        return "\n\n".join(part for part in parts if part)


def tables(run: Run) -> tuple[Table, ...]:
    """Return all tables that a run has figures for."""
    held = scores(run)
    found = [accuracy_table(held), cost_table(held), repeats_table(run, held), paper_table(held)]
    return tuple(table for table in found if table.rows)


def accuracy_table(held: Sequence[Score]) -> Table:
    """Return what is answered and right, by task and method, and of each method on all tasks."""
    rows = [_accuracy_row(score) for score in with_totals(held)]
    columns = (
        "task", "method", "made", "instances", "answered", "right of all", "right where answered", "95 % interval",
        "tokens each", "USD each", "making tokens", "replies",
    )  # fmt: skip
    return Table(
        "What is answered, and what of it is right", columns, tuple(rows),
        "The interval is Wilson's. A refusal that was wanted is right. 'recorded': the replies were played from a"
        " recording of a model that saw only its requests, and cost nothing now; their tokens are what the recording"
        " counts. USD: '?' where the price is not known.",
    )  # fmt: skip


def cost_table(held: Sequence[Score], audit: Audit = Audit()) -> Table:  # noqa: B008  a frozen record
    """Return break-evens and cost ratios beside the published ones."""
    direct = {score.task: score for score in with_totals(held) if score.method == "direct"}
    rows = []
    for score in with_totals(held):
        if score.method == "direct" or not score.answered or not (score.tokens or score.making_tokens):
            continue
        one = economy(score, direct.get(score.task))
        even = one.break_even()
        rows.append((
            score.task, score.method, f"{one.making:,.0f}", f"{one.direct:,.0f}{'' if one.is_measured else ' (est.)'}",
            "never" if even is None else f"{even:,}",
            *(f"{one.ratio(count, asks_user=False):,.1f}" for count in (SMALL, LARGE)),
            *(f"{one.ratio(count):,.1f}" for count in (SMALL, LARGE)),
            *(f"{one.ratio(count, audit=audit):,.1f}" for count in (SMALL, LARGE)),
            _sources(score),
        ))  # fmt: skip
    rows += [
        (who, "published", NO_FIGURE, NO_FIGURE, NO_FIGURE, NO_FIGURE, NO_FIGURE,
         *(ratio if count == at else NO_FIGURE for count in (SMALL, LARGE)), NO_FIGURE, NO_FIGURE, "theirs")
        for who, at, ratio in RATIOS
        if rows
    ]  # fmt: skip
    columns = (
        "task", "method", "making tokens", "asking directly, tokens each", "break-even",
        f"refused left, {SMALL:,}", f"{LARGE:,}", f"refused to a light model, {SMALL:,}", f"{LARGE:,}",
        f"and audited, {SMALL:,}", f"{LARGE:,}", "replies",
    )  # fmt: skip
    return Table(
        "Times cheaper than asking the strong model for every instance", columns, tuple(rows),
        f"In tokens of the strong model; a light model's count 1/{STRONG_TO_LIGHT} (the paper's ratio of prices)."
        " (est.) is the request as it would be sent, with three solved examples, at four characters a token, and the"
        " answer alone, without reasoning. The light model's call for what is refused is an estimate too"
        f" ({USER_CALL_TOKENS} tokens). The audit checks the first {audit.first} answers and {audit.rate:.1%} of the"
        f" others against the strong model: {audit.checks(SMALL) / SMALL:.1%} of {SMALL:,} answers,"
        f" {audit.checks(LARGE) / LARGE:.1%} of {LARGE:,}. The paper's makings took {MAKING_TOKENS:,} tokens in the"
        " mean.",
    )  # fmt: skip


def repeats_table(run: Run, held: Sequence[Score]) -> Table:
    """Return, of what was run several times, how often making gave a tool, and pass^k."""
    rows = []
    for score in held:
        if score.runs > 1:
            powers = {k: pass_power(run, score.method, score.task, k) for k in range(1, score.runs + 1)}
            said = ", ".join(f"{k}: {share:.1%}" for k, share in powers.items() if share is not None)
            rows.append((
                score.task, score.method, f"{score.made} of {score.runs}", f"{score.attempts / score.runs:.1f}", said,
                _sources(score),
            ))  # fmt: skip
    columns = ("task", "method", "makings that gave a tool", "proposals each", "pass^k by k", "replies")
    note = "pass^k: the share of instances that k runs in a row all get right; each run makes its own tool."
    return Table("The same again", columns, tuple(rows), note)


def paper_table(held: Sequence[Score]) -> Table:
    """Return our accuracy beside the paper's, on its six tasks."""
    by_task: defaultdict[str, list[Score]] = defaultdict(list)
    for score in held:
        if score.task in LATM:
            by_task[score.task].append(score)
    rows = []
    for task, some in by_task.items():
        paper = LATM[task]
        ours = "; ".join(f"{x.method} {100 * x.accuracy:.1f} ({_sources(x)})" for x in some)
        rows.append((
            task, ours, *(f"{figure:.1f}" for figure in (paper.light_direct, paper.light_latm, paper.strong_direct,
                                                         paper.strong_latm)),
            f"{paper.made_in_five} of 5",
        ))  # fmt: skip
    columns = (
        "task", "ours, right of all, %", "paper: light direct", "LATM, light user", "strong direct",
        "LATM, strong user", "its makings that gave a tool",
    )  # fmt: skip
    note = (
        "The paper's figures are of 240 instances and its models of 2023, from a summary of the paper; ours are of the"
        " instances above, and of another maker: they stand side by side, and are no controlled comparison."
    )
    return Table("Beside the paper", columns, tuple(rows), note)


def with_totals(held: Sequence[Score]) -> Iterable[Score]:
    """Return scores by task, then each method's on all its tasks together, where there are several."""
    yield from held
    methods = dict.fromkeys(score.method for score in held)
    for method in methods:
        parts = [score for score in held if score.method == method]
        if len(parts) > 1:
            yield total(parts)


def _accuracy_row(score: Score) -> tuple[str, ...]:
    low, high = score.interval
    accepted = score.accepted_accuracy
    return (
        score.task,
        score.method,
        _made(score),
        f"{score.count:,}",
        f"{score.coverage:.1%}",
        f"{score.accuracy:.1%}",
        NO_FIGURE if accepted is None else f"{accepted:.1%}",
        NO_FIGURE if accepted is None else f"{low:.1%} to {high:.1%}",
        f"{score.tokens_each:,.0f}",
        "?" if score.cost_usd is None else f"{score.cost_usd / max(1, score.count):.6f}",
        f"{score.making_each:,.0f}",
        _sources(score),
    )


def _made(score: Score) -> str:
    if score.runs == 1:
        return score.outcomes[0] if score.outcomes else NO_FIGURE
    return NO_FIGURE if set(score.outcomes) == {"nothing to make"} else f"{score.made} of {score.runs}"


def _sources(score: Score) -> str:
    if not score.tokens and not score.making_tokens:
        return "none asked"
    return ", ".join(sorted(_SOURCES.get(source, source) for source in score.sources))


def _is_number_column(cells: Sequence[str]) -> bool:
    return any(cell[:1].isdigit() for cell in cells) and all(
        cell[:1].isdigit() or cell[:1] in "-?<>n" for cell in cells
    )


def _line(row: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    cells = [f"{cell:{'>' if numbers[place] else '<'}{widths[place]}}" for place, cell in enumerate(row)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
