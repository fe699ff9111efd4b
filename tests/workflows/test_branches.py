"""Branches: which comparison is chosen, where its threshold lies, what rivals it has."""

import random

import pytest

from latm_magic.workflows.branches import learn
from latm_magic.workflows.features import roundest


def learned(rows, actions, elses=()):
    return learn("ask", rows, actions, [str(place) for place in range(len(rows))], elses)


def rows_of(count, seed=0):
    chance = random.Random(seed)
    return [
        {
            "ask.usd": round(chance.uniform(10, 500), 2),
            "rules.limit": chance.choice([80, 150, 400]),
            "ask.kind": chance.choice(["a", "b", "c"]),
            "ask.request": chance.randrange(1, 10**6),
            "ask.ms": chance.lognormvariate(4, 1),
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("decide", "told"),
    [
        (lambda row: row["ask.usd"] > 200, {"ask.usd > 200"}),
        (lambda row: row["ask.usd"] > row["rules.limit"], {"ask.usd > rules.limit", "rules.limit > ask.usd"}),
        (lambda row: row["ask.kind"] == "b", {"ask.kind == 'b'"}),
    ],
)
def test_the_comparison_that_decides_is_found(decide, told):
    """A constant, value against value, and a text, beside numbers that decide nothing."""
    rows = rows_of(60)
    tree = learned(rows, ["yes" if decide(row) else "no" for row in rows])
    (guard,) = tree.guards
    assert str(guard) in told
    assert guard.support == 60


def test_a_conjunction_is_two_guards():
    """Through the tree."""
    rows = rows_of(200)
    tree = learned(rows, ["yes" if row["ask.usd"] > 200 and row["ask.kind"] == "b" else "no" for row in rows])
    assert {str(guard) for guard in tree.guards} == {"ask.usd > 200", "ask.kind == 'b'"}


def test_this_value_else_that_one_is_a_variable():
    """An amount that was exchanged or, where it needed not be, the input."""
    rows = rows_of(120)
    for place, row in enumerate(rows):
        row["input.price"] = row.pop("ask.usd")
        if place % 2:
            row["fx.usd"], row["count.fx"] = row["input.price"], 1
            row["input.price"] = round(row["input.price"] * 7.5, 2)
    price = [row.get("fx.usd", row["input.price"]) for row in rows]
    tree = learned(rows, ["duty" if each > 150 else "post" for each in price], [("fx.usd", "input.price")])
    assert [str(guard) for guard in tree.guards] == ["fx.usd else input.price > 150"]


def test_with_few_traces_a_rival_explains_them_as_well():
    """What says otherwise of something new makes it unsure."""
    rows = [{"ask.usd": 10.0, "ask.days": 1.0}, {"ask.usd": 300.0, "ask.days": 60.0}]
    (guard,) = learned(rows, ["no", "yes"]).guards
    assert guard.rivals
    assert guard.rival({"ask.usd": 400.0, "ask.days": 0.5})
    assert not guard.rival({"ask.usd": 400.0, "ask.days": 70.0})


def test_a_few_wrong_traces_are_not_learned():
    """One of forty that did otherwise is noise, where only a request number tells it apart."""
    rows = rows_of(80)
    actions = ["yes" if row["ask.usd"] > 200 else "no" for row in rows]
    actions[7] = "no" if actions[7] == "yes" else "yes"
    assert [str(guard) for guard in learned(rows, actions).guards] == ["ask.usd > 200"]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (694, 1070, 1000),
        (0.0, 1.0, 0),
        (-3, 8, 0),
        (3, 4, 3),
        (0.081, 0.1, 0.09),
        (164.36, 169.11, 167),
        (-20, -10, -20),
    ],
)
def test_a_threshold_is_the_roundest_number_of_its_gap(low, high, wanted):
    """From the lower value on, and below the higher one."""
    assert roundest(low, high)[0] == wanted
    assert low <= wanted < high
