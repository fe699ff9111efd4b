"""Columns that look like two tasks: messy ones of which no wording is regular, mixed and alone."""

import random

import pytest

from latm_magic.making.mixture import strange_rows
from latm_magic.task import Instance, Task


def prices(draw):
    """Return prices as shops write them."""
    signs, ends = ["€", "$", "EUR ", "A$", "£ ", "Kč "], ["", "", " inc. VAT", " only", " / kg", " each"]
    return [
        f"{draw.choice(signs)}{draw.randint(1, 900)}{draw.choice([',00', '.50', '', ',95'])}{draw.choice(ends)}"
        for _ in range(120)
    ]


def dates(draw):
    """Return dates as people write them."""
    months = ["January", "Feb.", "mars", "avril", "May", "Juni", "juillet", "Aug", "September", "Oktober"]
    forms = [
        lambda: f"{draw.randint(1, 28)} {draw.choice(months)} {draw.randint(1950, 2024)}",
        lambda: f"{draw.choice(months)} {draw.randint(1, 28)}, {draw.randint(1950, 2024)}",
        lambda: (
            f"{draw.choice(['Mon', 'mardi', 'Fr'])}, {draw.randint(1, 28)}. {draw.choice(months)}, 10:{draw.randint(10, 59)}"
        ),
    ]
    return [draw.choice(forms)() for _ in range(120)]


def names(draw):
    """Return names of species with who described them."""
    parts = ["rosa", "hydnum", "picea", "quercus", "apis", "carex", "viola", "bufo"]
    people = ["L.", "Miller, 1768", "(Banker) Hall", "Fr. ex Drake", "Girault 1929"]
    return [
        f"{draw.choice(parts).title()}{draw.choice(['', 'us', 'ia'])} {draw.choice(parts)}ensis {draw.choice(people)}"
        for _ in range(120)
    ]


KINDS = {"prices": prices, "dates": dates, "names": names}
COLUMNS = {name: list(dict.fromkeys(rows(random.Random(name)))) for name, rows in KINDS.items()}


def task(name):
    """Return a task with a dozen rows of a column as its examples."""
    return Task("any", "What is it?", tuple(Instance(question, "x") for question in COLUMNS[name][:12]))


@pytest.mark.parametrize("name", KINDS)
def test_a_messy_column_of_one_task_looks_like_one(name):
    assert strange_rows(COLUMNS[name], task(name)) is None


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in KINDS for other in KINDS if one != other])
def test_two_messy_columns_that_are_mixed_look_like_two_tasks(one, other):
    """The rows that are told are those of the other one, and the same ones each time."""
    column = [*COLUMNS[one], *COLUMNS[other]]
    random.Random(1).shuffle(column)
    strange = strange_rows(column, task(one))
    assert strange == strange_rows(column, task(one))
    assert sum(row in COLUMNS[other] for row in strange.rows) / len(strange.rows) > 0.8
    assert strange.question in strange.rows


@pytest.mark.parametrize("column", [[], [""], ["x"] * 3, ["", "a"], ["x" * 10**6]])
def test_odd_columns_are_not_two_tasks(column):
    assert strange_rows(column, task("names")) is None
