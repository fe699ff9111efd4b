"""Answers of generated tasks, checked a second way: by the reference tools, which see the wording alone, and by laws."""

import re
from datetime import date, timedelta
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm_magic.evaluation.tasks.registry import generate, names

NAMES = names()
SEEDS = st.integers(0, 10**9)
DIFFICULTIES = st.integers(1, 3)


def rows_of(name):
    """Return what draws a few rows of a task."""
    return st.builds(lambda seed, difficulty: generate(name, 5, seed, difficulty=difficulty), SEEDS, DIFFICULTIES)


def reference(name):
    return import_module(f"latm_magic.evaluation.tasks.reference.{name}")


def numbers(text):
    return [int(number) for number in re.findall(r"-?\d+", text)]


def times(text):
    return [60 * int(hour) + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", text)]


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_a_reader_of_the_wording_finds_the_same_answer(name, data):
    """The reference tool reads the facts back from the question and computes the answer by a way of its own."""
    tool = reference(name)
    for question, answer in data.draw(rows_of(name)):
        assert str(getattr(tool, name)(**tool.parse(question))) == answer


@pytest.mark.parametrize("name", NAMES)
def test_no_parser_accepts_questions_of_another_task(name):
    """A question is one task's alone, and one with something left out or added is nobody's."""
    own = [question for question, _ in generate(name, 20, 11)]
    strange = [question[1:] for question in own if question[0].isalpha()] + [f"Explain: {question}" for question in own]
    others = [question for other in NAMES if other != name for question, _ in generate(other, 20, 11)]
    parse = reference(name).parse
    for question in (*strange, *others):
        with pytest.raises(ValueError, match=r"\w"):
            parse(question)


@given(rows_of("add_workdays"))
@settings(max_examples=25, deadline=None)
def test_working_days_counted_back(rows):
    """The answer is a working day, and as many working days lie between as were added."""
    for question, answer in rows:
        start = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", question)[0])
        wanted = int(re.search(r"(\d+) (?:working )?days", question)[1])
        end = date.fromisoformat(answer)
        between = [start + timedelta(days) for days in range(1, (end - start).days + 1)]
        assert end.weekday() < 5
        assert sum(day.weekday() < 5 for day in between) == wanted


@given(rows_of("first_free_slot"))
@settings(max_examples=40, deadline=None)
def test_a_slot_is_free_and_none_before_it_is(rows):
    """Within the day, no earlier start is free, and the one that is given is."""
    for question, answer in rows:
        every = list(times(question.replace("09:00 to 17:00", "").replace("09:00 and 17:00", "")))
        busy = list(zip(every[::2], every[1::2], strict=True))
        minutes = int(re.search(r"(\d+) min", question)[1])
        free = [
            start
            for start in range(540, 1020 - minutes + 1)
            if all(start + minutes <= begin or end <= start for begin, end in busy if begin < end)
        ]
        assert answer == (f"{free[0] // 60:02}:{free[0] % 60:02}" if free else "none")


@given(rows_of("polygon_area"))
@settings(max_examples=40, deadline=None)
def test_areas_by_the_points_inside(rows):
    """Pick's theorem: area = points inside + points on the border / 2 - 1; it holds for polygons without crossings."""
    from math import gcd

    for question, answer in rows:
        found = numbers(question)
        corners = list(zip(found[::2], found[1::2], strict=True))
        sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
        border = sum(gcd(x - u, y - v) for (x, y), (u, v) in sides)
        xs, ys = found[::2], found[1::2]
        inside = sum(is_inside(x, y, sides) for x in range(min(xs), max(xs) + 1) for y in range(min(ys), max(ys) + 1))
        assert float(answer) == inside + border / 2 - 1


def is_inside(x, y, sides):
    """Return whether a point is inside and not on the border: a ray to the right crosses an odd number of sides."""
    crossings = 0
    for (a, b), (c, d) in sides:
        cross = (c - a) * (y - b) - (d - b) * (x - a)
        if cross == 0 and min(a, c) <= x <= max(a, c) and min(b, d) <= y <= max(b, d):
            return False
        if (b > y) != (d > y):
            crossings += (cross > 0) == (d > b)
    return crossings % 2 == 1


@given(rows_of("isbn13"), rows_of("iban_digits"), rows_of("luhn_digit"))
@settings(max_examples=25, deadline=None)
def test_check_digits_check(books, accounts, cards):
    """Each number with its check digits passes the law that it is made for."""
    for _, answer in books:
        assert len(answer) == 13
        assert sum(int(digit) * weight for digit, weight in zip(answer, [1, 3] * 7, strict=False)) % 10 == 0
    for question, answer in accounts:
        country = re.search(r"\b[A-Z]{2}\b", question.replace("IBAN", ""))[0]
        account = "".join(re.findall(r"\d", question))
        moved = account + "".join(str(ord(letter) - 55) for letter in country) + answer
        assert int(moved) % 97 == 1
    for question, answer in cards:
        digits = [int(digit) for digit in "".join(re.findall(r"\d", question)) + answer]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        assert (sum(digits[::-2]) + sum(doubled)) % 10 == 0


@given(rows_of("shift_letters"), rows_of("run_lengths"), rows_of("in_base"))
@settings(max_examples=25, deadline=None)
def test_codes_are_read_back(messages, runs, based):
    """What is decoded again is what was encoded."""
    for question, answer in messages:
        places = int(re.search(r"\d+", question)[0])
        back = "".join(
            chr((ord(c) - ord(f := "a" if c.islower() else "A") - places) % 26 + ord(f)) if c != " " else c
            for c in answer
        )
        assert back in question
    for question, answer in runs:
        assert "".join(int(count) * letter for count, letter in re.findall(r"(\d+)([a-z])", answer)) in question
    for question, answer in based:
        number, *_, base = numbers(question)
        assert int(answer, base) == number


@given(rows_of("invoice_total"), rows_of("split_bill"))
@settings(max_examples=25, deadline=None)
def test_nobody_is_a_cent_short(invoices, bills):
    """Shares pay the bill with less than a cent each left over; a total is within a cent of the unrounded one."""
    for question, answer in bills:
        bill = float(re.search(r"\d+\.\d\d", question)[0])
        tip = int(re.search(r"(\d+) (?:%|percent)", question)[1])
        people = int(re.search(r"(\d+) (?:people|ways|at the table)", question)[1])
        over = float(answer) * people - bill * (1 + tip / 100)
        assert -1e-6 <= over < 0.01 * people + 1e-6
    for question, answer in invoices:
        pairs = re.findall(r"(\d+) x \w+ at (\d+\.\d\d)", question)
        pairs += re.findall(r"\w+\t(\d+)\t(\d+\.\d\d)", question)
        discount, tax = (int(rate) for rate in re.findall(r"(\d+) %", question))
        exact = sum(int(count) * float(price) for count, price in pairs) * (1 - discount / 100) * (1 + tax / 100)
        assert abs(float(answer) - exact) < 0.011


@given(rows_of("truth_value"))
@settings(max_examples=40, deadline=None)
def test_expressions_mean_what_python_says(rows):
    """The expressions are Python's."""
    for question, answer in rows:
        expression = re.search(r"[(]*(?:not|True|False).*(?:True|False)[)]*", question)[0]
        assert str(eval(expression, {})) == answer
