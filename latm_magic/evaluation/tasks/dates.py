"""Tasks on dates: working days added, and days between two dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_MONTHS = """January February March April May June July August September October November December""".split()
_SATURDAY = 5
_YEARS = {1: (2023, 2025), 2: (1990, 2030), 3: (1801, 2199)}


def _draw_date(chance: Random, difficulty: int) -> date:
    first, last = _YEARS[difficulty]
    return date(first, 1, 1) + timedelta(chance.randrange(365 * (last - first + 1)))


def _draw_start(chance: Random, difficulty: int) -> Facts:
    return {"start": _draw_date(chance, difficulty), "days": chance.randint(1, (9, 60, 900)[difficulty - 1])}


def _add_workdays(start: date, days: int) -> str:
    day = start
    while days:
        day += timedelta(1)
        days -= day.weekday() < _SATURDAY
    return day.isoformat()


def _draw_two(chance: Random, difficulty: int) -> Facts:
    return {"one": _draw_date(chance, difficulty), "other": _draw_date(chance, difficulty)}


def _days_between(one: date, other: date) -> str:
    return str(abs((other - one).days))


def _written(one: date, other: date) -> dict[str, str]:
    texts = {}
    for name, day in (("one", one), ("other", other)):
        texts[name] = day.isoformat()
        texts[f"{name}_long"] = f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        texts[f"{name}_dotted"] = f"{day.day:02}.{day.month:02}.{day.year}"
    return texts


TYPES = (
    TaskType(
        name="add_workdays",
        domain="dates",
        description=(
            "Give the date that is a number of working days after a date, as YYYY-MM-DD. Monday to Friday are working"
            " days; the day of the start is not counted, whatever day it is."
        ),
        wordings=(
            "Which date is {days} working days after {start}?",
            "{start} + {days} working days =",
            "A parcel leaves on {start} and needs {days} days, Saturdays and Sundays not counted. When does it arrive?",
        ),
        draw=_draw_start,
        answer=_add_workdays,
    ),
    TaskType(
        name="days_between",
        domain="dates",
        description=(
            "Count the days between two dates of the Gregorian calendar, in either order: 0 for the same date, 1 for"
            " neighbours. A date with dots is day.month.year."
        ),
        wordings=(
            "How many days lie between {one} and {other}?",
            "Number of days from {one_long} to {other_long}, in either direction:",
            "Contract A is of {one_dotted}, contract B of {other_dotted}. By how many days do their dates differ?",
        ),
        draw=_draw_two,
        answer=_days_between,
        texts=_written,
        kind="int",
    ),
)
