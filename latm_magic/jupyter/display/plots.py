"""`%latm ledger --plot`: spending against asking directly, ways and model calls over time, checks with their intervals.

Only what is on record is drawn: how many answers came which way is counted by the day. matplotlib is imported when
something is drawn. The picture is SVG without a ground; lines have colours that can be told from white and from black,
and text has the page's own colour.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from latm_magic.answer import WAYS
from latm_magic.errors import MagicError
from latm_magic.intervals import wilson
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.plain import count, one_line, usd
from latm_magic.session.verdict import random_audits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.answer import Way
    from latm_magic.models.ledger import DirectEstimate, Entry
    from latm_magic.session.session import Session

_TEXT, _GREY = "#010203", "#767676"
"""What stands for the page's colour while drawing, and what is taken where a page cannot give one."""
_COLOURS = ("#3b7dd8", "#c8690f", "#2f9155", "#a855c7", "#c2477f", "#8a7a1f")
_LINES = "stroke-linejoin:round;stroke-linecap:butt"
_MOST_POINTS, _MOST_TOOLS, _MOST_DAYS, _FEWEST_DAYS = 300, 12, 92, 6
_STYLE: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "latm_magic",
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), _TEXT
    ),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was checked at random of a tool's current version."""

    tool: str
    agreed: int
    checked: int

    @property
    def words(self) -> str:
        """The share with its interval, in words."""
        low, high = wilson(self.agreed, self.checked)
        return f"{self.tool}: {self.agreed:,} of {self.checked:,} checked at random agree, {low:.1%} to {high:.1%}"


@dataclass(frozen=True, slots=True)
class LedgerPlot:
    """A picture, and what it shows in words."""

    svg: str
    words: tuple[str, ...]

    @property
    def view(self) -> View:
        """What a page shows: the picture in its own colours, with the words for who does not see it."""
        told = page(*(Line(each, "quiet") for each in self.words))
        if not self.svg:
            return told
        label = escape("; ".join(self.words))
        start = f'<svg role="img" aria-label="{label}" style="max-width:100%;height:auto;color:inherit;'
        return View(self.svg.replace('<svg style="', start, 1).replace(_TEXT, "currentColor") + told.html, told.text)

    def __repr__(self) -> str:
        return self.view.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        picture = {"image/svg+xml": self.svg.replace(_TEXT, _GREY)} if self.svg else {}
        return picture | self.view._repr_mimebundle_()


def ledger_plot(session: Session) -> LedgerPlot:
    """Draw what is on record; raises `MagicError` where matplotlib is not installed."""
    entries, direct, days = session.ledger.entries(), session.direct_estimate(), session.ways_by_day()
    spent = session.ledger.total.cost_usd
    agreements = _agreements(session)
    panels: list[tuple[str, Any]] = []
    if direct is not None and direct.cost_usd and spent is not None:
        panels.append(("spent", (direct, spent)))
    panels += [("ways", days)] if days else []
    panels += [("calls", entries)] if entries else []
    panels += [("checks", agreements)] if agreements else []
    words = (_spent_words(direct, spent), *_way_words(days), _call_words(entries), *_check_words(agreements))
    return LedgerPlot(_svg(panels), words)


def _agreements(session: Session) -> list[Agreement]:
    """Return what was checked of each tool, those with most checks first."""
    feedback, found = session.cache.feedback, []
    for tool in session.cache.tools.summaries():
        audits = random_audits(feedback, tool.name, tool.version)
        if audits:
            found.append(Agreement(tool.name, sum(audit.agreed for audit in audits), len(audits)))
    return sorted(found, key=lambda each: -each.checked)


def _spent_words(direct: DirectEstimate | None, spent: float | None) -> str:
    if direct is None:
        return (
            "What asking directly would cost is not known: nothing was solved since the extension was loaded, or no"
            " maker_model is named."
        )
    if direct.cost_usd is None or spent is None:
        return "Some price is unknown, so what was spent cannot be set against asking directly."
    solved = f"{count(direct.instances, 'question')} solved since the extension was loaded: {usd(direct.cost_usd)}"
    if not direct.cost_usd:
        return f"Asking {direct.model} directly costs nothing; {usd(spent)} was spent in this project."
    even = break_even(direct, spent)
    return (
        f"Asking {direct.model} directly for the {solved}. Spent in this project in all: {usd(spent)}, "
        f"as much as {count(even, 'question')} asked directly: the break-even point."
    )


def break_even(direct: DirectEstimate, spent: float) -> int:
    """Return how many questions, asked directly, cost what was spent; the estimate's cost is known and above 0."""
    return -int(-spent * direct.instances // (direct.cost_usd or 1.0))


def _call_words(entries: Sequence[Entry]) -> str:
    if not entries:
        return "No model was asked in this project yet."
    calls = ", ".join(f"{len(times):,} {role}" for role, times in _by_role(entries).items())
    return f"Model calls by role: {calls}."


def _way_words(days: Mapping[str, Counter[str]]) -> list[str]:
    if not days:
        return []
    counts = ", ".join(f"{number:,} {WAYS[way].total}" for way, number in _in_order(days).items())
    return [f"Answers by way since {next(iter(days))}, when counting began: {counts}."]


def _in_order(days: Mapping[str, Counter[str]]) -> dict[Way, int]:
    """Return the sums of all days, in the order of `WAYS`; a way of a later version has no name here."""
    sums = sum(days.values(), Counter())
    return {way: sums[way] for way in WAYS if sums[way]}


def _check_words(agreements: Sequence[Agreement]) -> list[str]:
    left = len(agreements) - _MOST_TOOLS
    more = [f"{count(left, 'more tool')} not drawn"] if left > 0 else []
    return [each.words for each in agreements[:_MOST_TOOLS]] + more or ["No answer was checked at random yet."]


def _by_role(entries: Sequence[Entry]) -> dict[str, list[datetime]]:
    times: dict[str, list[datetime]] = {}
    for entry in entries:
        times.setdefault(one_line(entry.role, 20), []).append(datetime.fromisoformat(entry.time))
    return times


def _svg(panels: Sequence[tuple[str, Any]]) -> str:
    """Return the panels below each other as SVG; "" for none."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise MagicError("The plot needs matplotlib: run %pip install matplotlib, then try again.") from None
    if not panels:
        return ""
    with mpl.rc_context(_STYLE):
        heights = [_height(kind, shown) for kind, shown in panels]
        figure = Figure(figsize=(7.2, sum(heights)), layout="constrained")
        axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
        for place, (kind, shown) in zip(axes, panels, strict=True):
            _DRAWN[kind](place, shown)
        written = StringIO()
        figure.savefig(
            written, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    svg = written.getvalue()
    svg = re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    # Rules of a picture in a page hold for the whole page: they become the picture's own style.
    svg = re.sub(r"<style.*?</style>", "", svg, count=1, flags=re.DOTALL)
    return svg.replace("<svg ", f'<svg style="{_LINES}" ', 1)


def _height(kind: str, shown: Any) -> float:
    """Return a panel's height in inches: that of checks grows with the tools."""
    return 0.9 + 0.35 * min(len(shown), _MOST_TOOLS) if kind == "checks" else 2.5


def _draw_spent(axes: Any, shown: tuple[DirectEstimate, float]) -> None:
    """Draw what was spent as a level, and what asking directly costs as a line that crosses it."""
    direct, spent = shown
    cost = direct.cost_usd or 0.0
    even = spent * direct.instances / cost
    end = 1.25 * max(even, direct.instances)
    axes.set_title("Spent against asking directly (US dollars)")
    axes.plot(
        [0, end], [0, cost * end / direct.instances], color=_COLOURS[1], label=f"{one_line(direct.model, 40)} directly"
    )
    axes.axhline(spent, color=_COLOURS[0], label=f"spent: {usd(spent)}")
    axes.plot([even], [spent], "o", color=_TEXT, label=f"break-even: {count(break_even(direct, spent), 'question')}")
    axes.axvline(direct.instances, color=_TEXT, linestyle=":", label=f"solved here: {direct.instances:,}")
    axes.set_xlabel("questions")
    axes.set_xlim(0, end)
    axes.set_ylim(0)
    axes.legend()


def _draw_calls(axes: Any, entries: Sequence[Entry]) -> None:
    """Draw how many calls each role had made by what time."""
    axes.set_title("Model calls by role, in all (UTC)")
    for place, (role, times) in enumerate(_by_role(entries).items()):
        step = -(-len(times) // _MOST_POINTS)
        points = [*range(0, len(times), step), len(times) - 1]
        x, y = [times[at] for at in points], [at + 1 for at in points]
        colour = _COLOURS[place % len(_COLOURS)]
        axes.step(x, y, where="post", color=colour, marker="." if len(times) == 1 else None, label=role)
    _set_dates(axes)


def _draw_ways(axes: Any, days: Mapping[str, Counter[str]]) -> None:
    """Draw a bar for each of the last days, of how many answers came which way."""
    axes.set_title("Answers by way, a day (UTC)")
    last = list(days)[-_MOST_DAYS:]
    x = [datetime.fromisoformat(day) for day in last]
    below = [0] * len(last)
    for place, way in enumerate(_in_order({day: days[day] for day in last})):
        numbers = [days[day][way] for day in last]
        axes.bar(x, numbers, bottom=below, color=_COLOURS[place % len(_COLOURS)], label=WAYS[way].total)
        below = [one + other for one, other in zip(below, numbers, strict=True)]
    axes.set_xlim(min(x[0], x[-1] - timedelta(days=_FEWEST_DAYS)) - timedelta(days=1), x[-1] + timedelta(days=1))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    _set_dates(axes)


def _set_dates(axes: Any) -> None:
    """Show days and times below, whole numbers at the side."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(0)
    axes.legend(loc="upper left")


def _draw_checks(axes: Any, agreements: Sequence[Agreement]) -> None:
    """Draw the share of checked answers that agree, with the interval of what that says of all."""
    axes.set_title("Answers checked at random that agree, with 95 % interval")
    for place, each in enumerate(agreements[:_MOST_TOOLS]):
        share, (low, high) = each.agreed / each.checked, wilson(each.agreed, each.checked)
        axes.errorbar(share, place, xerr=[[share - low], [high - share]], fmt="o", capsize=4, color=_COLOURS[2])
    shown = agreements[:_MOST_TOOLS]
    axes.set_yticks(range(len(shown)), [f"{one_line(each.tool, 30)} ({each.checked:,})" for each in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


_DRAWN: Mapping[str, Callable[[Any, Any], None]] = {
    "spent": _draw_spent,
    "ways": _draw_ways,
    "calls": _draw_calls,
    "checks": _draw_checks,
}
