"""What is drawn of a run: the points, which can be checked, and that a picture comes of them."""

import pytest

from latm_magic.evaluation.lines import Made, Row, Run
from latm_magic.evaluation.plots import accuracy_lines, cost_lines, coverage_lines, write_plots


def grown(labels=12, right=True):
    """Return a run of a tool that grows: half answered by its first version, all by the second."""
    run = Run({"labels": labels})
    run.add(Made("compiled+grow", "t", 1, "tool", 1, 1000, source="recorded"))
    for number, (version, answered) in enumerate([(1, True), (None, False), (2, True), (2, True)]):
        run.add(
            Row("compiled+grow", "t", 1, f"q{number}", "a", "a", right, answered, "parser", version, direct_tokens=100)
        )
    run.add(Made("compiled+grow", "t", 1, "grown", 1, 500, source="recorded"))
    return run


def test_cost_crosses_asking_directly_where_the_table_says():
    """Both lines have the same height at the break-even; asking is named an estimate."""
    lines = cost_lines(grown())
    (name,) = [each for each in lines if each.startswith("compiled+grow (break-even ")]
    even = int(name.partition("break-even ")[2].rstrip(")"))
    (_, base), (end, top) = lines[name]
    (_, nothing), (_, direct) = lines["asked directly (estimate)"]
    assert (base, nothing) == (1500, 0)
    assert base + even / end * (top - base) <= direct * even / end
    assert base + (even - 1) / end * (top - base) > direct * (even - 1) / end


def test_coverage_and_accuracy_have_their_points():
    """By version of the tool; by number of labels, of which there have to be two."""
    assert coverage_lines(grown()) == {"t": [(1, 0.5), (2, 1.0)]}
    assert accuracy_lines([grown()]) == {}
    assert accuracy_lines([grown(), grown(3, right=False)]) == {"compiled+grow": [(3, 0.0), (12, 1.0)]}


def test_pictures_are_written_and_always_the_same(tmp_path):
    """SVG with a title that says what is drawn, byte by byte the same each time."""
    pytest.importorskip("matplotlib")
    runs = [grown(), grown(3)]
    paths = write_plots(runs, tmp_path / "a")
    assert [path.name for path in paths] == ["cost.svg", "coverage.svg", "accuracy.svg"]
    again = write_plots(runs, tmp_path / "b")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    assert all(path.read_text().count("<path") > 10 for path in paths)
