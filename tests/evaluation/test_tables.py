"""Scores and tables of rows that are given: each figure by hand, and where it comes from said in the table itself."""

import pytest

from latm_magic.evaluation.economy import Audit, Economy, economy
from latm_magic.evaluation.lines import Made, Row, Run
from latm_magic.evaluation.scores import coverage_by_version, pass_power, scores, total
from latm_magic.evaluation.tables import Table, cost_table, tables


def run_of(*lines):
    """Return a run that holds lines."""
    run = Run({"labels": 12})
    for line in lines:
        run.add(line)
    return run


def row(question, *, right=True, answered=True, number=1, method="compiled", task="word_sorting", **more):
    """Return an instance's line."""
    chosen = {"way": "parser", "direct_tokens": 300, "source": "recorded", **more}
    return Row(method, task, number, question, "a", "a" if answered else None, right, answered, **chosen)


@pytest.fixture
def run():
    """Return a run of a tool twice: 4 of 5 answered, 3 of these right in the first, all in the second."""
    rights = {"a": True, "b": True, "c": True, "d": False}
    lines = [Made("compiled", "word_sorting", 1, "tool", 1, 1500, source="recorded")]
    lines += [row(q, right=right) for q, right in rights.items()] + [row("e", right=False, answered=False)]
    lines += [Made("compiled", "word_sorting", 2, "draft", 3, 2500, source="recorded")]
    lines += [row(q, number=2) for q in rights] + [row("e", right=False, answered=False, number=2)]
    return run_of(*lines)


def test_scores_count_what_rows_say(run):
    """Coverage, accuracy of all and of what is answered with Wilson's interval, and tokens."""
    (score,) = scores(run)
    assert (score.count, score.answered, score.right, score.runs, score.made, score.attempts) == (10, 8, 7, 2, 1, 4)
    assert (score.coverage, score.accuracy, score.accepted_accuracy) == (0.8, 0.7, 0.875)
    assert score.interval == pytest.approx((0.529, 0.978), abs=0.001)
    assert (score.making_each, score.direct_each, score.tokens_each) == (2000, 300, 0)


def test_pass_power_is_what_runs_in_a_row_get_right(run):
    """Of five questions three are right in both runs, one in one; more runs than there are say nothing."""
    assert pass_power(run, "compiled", "word_sorting", 1) == pytest.approx(0.7)
    assert pass_power(run, "compiled", "word_sorting", 2) == pytest.approx(0.6)
    assert pass_power(run, "compiled", "word_sorting", 3) is None


def test_an_unknown_price_stays_unknown():
    """Of one task or of several together it is shown as a question mark, never as 0."""
    lines = [row("a", cost_usd=None, tokens=5), row("b", task="other", cost_usd=0.5, tokens=5)]
    made = [Made("compiled", task, 1, "tool", 1, 10) for task in ("word_sorting", "other")]
    run = run_of(*made, *lines)
    assert total(scores(run)).cost_usd is None
    assert [cells[9] for cells in tables(run)[0].rows] == ["?", "0.500000", "?"]


def test_ratios_count_what_is_refused_and_what_is_checked():
    """By hand: 1,500 tokens to make, 300 asked directly, a tenth refused at 560 / 15 tokens."""
    one = Economy(making=1500, each=0, refused=0.1, direct=300, is_measured=False)
    assert one.ratio(240, asks_user=False) == pytest.approx(240 * 300 / 1500)
    assert one.ratio(240) == pytest.approx(240 * 300 / (1500 + 240 * 56 / 15))
    checks = 20 + 0.01 * (9000 - 20)
    audited = 10_000 * 300 / (1500 + 10_000 * 56 / 15 + checks * 300)
    assert one.ratio(10_000, audit=Audit(20, 0.01)) == pytest.approx(audited)
    assert one.break_even() == 6
    assert Economy(1500, 400, 0.0, 300, is_measured=False).break_even() is None


def test_the_table_says_what_is_an_estimate(run):
    """Without a direct run its tokens are an estimate; with one they are measured, and no mark stands there."""
    assert "300 (est.)" in str(cost_table(scores(run)))
    measured = [
        Made("direct", "word_sorting", 1, "nothing to make"),
        row("a", method="direct", way="direct", tokens=420),
    ]
    for line in measured:
        run.add(line)
    told = str(cost_table(scores(run)))
    assert "420" in told
    assert "est.)" not in told.partition("In tokens")[0]
    assert economy(scores(run)[0], scores(run)[1]).is_measured


def test_every_table_names_its_source(run):
    """Recorded replies stand in accuracy, repeats and the paper's table; published figures are named as such."""
    accuracy, cost, repeats, paper = tables(run)
    assert accuracy.rows[0][-1] == "recorded"
    assert accuracy.rows[0][2] == "1 of 2"
    assert repeats.rows[0][2:] == ("1 of 2", "2.0", "1: 70.0%, 2: 60.0%", "recorded")
    assert "compiled 70.0 (recorded)" in paper.rows[0][1]
    assert paper.rows[0][2:] == ("59.2", "98.3", "90.9", "99.1", "5 of 5")
    assert [cells[1] for cells in cost.rows] == ["compiled", *["published"] * 4]
    for table in tables(run):
        assert table.note


def test_a_table_is_markdown():
    """Columns of figures stand to the right; a bar inside a cell is escaped."""
    assert str(Table("Heading", ("name", "n"), (("a|b", "1"), ("c", "20")), "Read so.")).splitlines() == [
        "### Heading",
        "",
        "| name |   n |",
        "|------|----:|",
        "| a\\|b  |   1 |",
        "| c    |  20 |",
        "",
        "Read so.",
    ]


def test_coverage_by_version_follows_the_tool_as_it_grows():
    """A refusal counts for the version that was in use."""
    rows = [row("a", version=1), row("b", answered=False), row("c", version=2), row("d", version=2)]
    assert coverage_by_version(rows) == {1: (1, 2), 2: (2, 2)}
