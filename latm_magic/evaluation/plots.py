"""Runs drawn as SVG: cost against instances with the crossing, coverage against growing, accuracy against labels.

matplotlib (the extra `plot`) is imported when something is drawn. A picture says in its title what is an estimate.
"""

from __future__ import annotations

from collections import defaultdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError, TaskError
from latm_magic.evaluation.economy import economy
from latm_magic.evaluation.scores import coverage_by_version, scores, total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from latm_magic.evaluation.lines import Run
    from latm_magic.evaluation.scores import Score

_STYLE: Any = {"svg.hashsalt": "latm_magic", "svg.fonttype": "path", "font.size": 9, "legend.frameon": False}
_LARGEST = 1_000
"""Instances up to which cost is drawn, where nothing crosses later."""
Points = list[tuple[float, float]]
Lines = dict[str, Points]


def write_plots(runs: Sequence[Run], folder: Path) -> tuple[Path, ...]:
    """Draw what runs have figures for into a folder; raises `LatmError` without matplotlib, `TaskError`.

    Several runs, with different numbers of labels, give accuracy against labels.
    """
    drawn: Mapping[str, tuple[Lines, Callable[[Any, Lines], None]]] = {
        "cost": (cost_lines(runs[0]), _draw_cost),
        "coverage": (coverage_lines(runs[0]), _draw_coverage),
        "accuracy": (accuracy_lines(runs), _draw_accuracy),
    }
    paths = []
    for name, (lines, draw) in drawn.items():
        if lines:
            path = folder / f"{name}.svg"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(_svg(lines, draw), encoding="utf-8")
            except OSError as fault:
                raise TaskError(f"{path.name!r} cannot be written: {fault.strerror}. Name another folder.") from None
            paths.append(path)
    return tuple(paths)


def cost_lines(run: Run) -> Lines:
    """Return by method what so many instances take, in tokens, on all tasks of a run in the mean.

    One more line is asking directly: measured where the run has that method, else an estimate, and named so.
    """
    by_method = {method: total(some) for method, some in _by_method([run]).items()}
    direct = by_method.pop("direct", None)
    lines: Lines = {}
    ends = []
    for method, score in by_method.items():
        one = economy(score, direct)
        if not (score.tokens or score.making_tokens):
            continue
        even = one.break_even()
        ends.append(2 * even if even else _LARGEST)
        lines[f"{method} (break-even {even:,})" if even else f"{method} (never)"] = [
            (0.0, one.making), (1.0, one.making + one.each_with_user)
        ]  # fmt: skip
        name = "asked directly" + ("" if one.is_measured else " (estimate)")
        lines.setdefault(name, [(0.0, 0.0), (1.0, one.direct)])
    end = max(ends, default=_LARGEST)
    return {name: [(0.0, base), (end, base + end * (one - base))] for name, [(_, base), (_, one)] in lines.items()}


def coverage_lines(run: Run) -> Lines:
    """Return by task the share that each version of a growing tool answered; {} where nothing grew."""
    lines: Lines = {}
    for (method, task, number), (_made, rows) in run.cells().items():
        counts = coverage_by_version(rows)
        if method == "compiled+grow" and number == 1 and len(counts) > 1:
            lines[task] = [(version, answered / asked) for version, (answered, asked) in sorted(counts.items())]
    return lines


def accuracy_lines(runs: Sequence[Run]) -> Lines:
    """Return by method the share that is right of all, by number of labels; {} for fewer than two such numbers."""
    lines: defaultdict[str, Points] = defaultdict(list)
    for run in sorted(runs, key=lambda each: each.asked["labels"]):
        for method, some in _by_method([run]).items():
            lines[method].append((run.asked["labels"], total(some).accuracy))
    return {method: points for method, points in lines.items() if len(points) > 1}


def _by_method(runs: Sequence[Run]) -> dict[str, list[Score]]:
    found: defaultdict[str, list[Score]] = defaultdict(list)
    for run in runs:
        for score in scores(run):
            found[score.method].append(score)
    return dict(found)


def _svg(lines: Lines, draw: Callable[[Any, Lines], None]) -> str:
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise LatmError("Plots need matplotlib: pip install 'latm_magic[plot]'.") from None
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        axes = figure.subplots()
        for name, points in lines.items():
            axes.plot(*zip(*points, strict=True), marker="." if len(points) > 2 else None, label=name)  # noqa: PLR2004
        draw(axes, lines)
        axes.set_ylim(0)
        axes.legend()
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _draw_cost(axes: Any, _lines: Lines) -> None:
    axes.set_title("Tokens of the strong model against instances, a task in the mean")
    axes.set_xlabel("instances")


def _draw_coverage(axes: Any, _lines: Lines) -> None:
    axes.set_title("Share answered without a model, by version of the growing tool")
    axes.set_xlabel("version")


def _draw_accuracy(axes: Any, _lines: Lines) -> None:
    axes.set_title("Share that is right, against labels")
    axes.set_xlabel("labels")
