"""Days between two dates, by the day number of each."""

import re

MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
ISO = r"(\d{4}-\d\d-\d\d)"
LONG = r"(\d+ [A-Z][a-z]+ \d{4})"
DOTTED = r"(\d\d\.\d\d\.\d{4})"
WORDINGS = (
    f"How many days lie between {ISO} and {ISO}\\?",
    f"Number of days from {LONG} to {LONG}, in either direction:",
    f"Contract A is of {DOTTED}, contract B of {DOTTED}\\. By how many days do their dates differ\\?",
)


def parse(question: str) -> dict[str, list[int]]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"one": read(found[1]), "other": read(found[2])}
    raise ValueError("no two dates")


def read(text: str) -> list[int]:
    if "-" in text:
        return [int(part) for part in text.split("-")]
    if "." in text:
        return [int(part) for part in reversed(text.split("."))]
    day, month, year = text.split()
    return [int(year), MONTHS.index(month) + 1, int(day)]


def day_number(year: int, month: int, day: int) -> int:
    """Count days with the year beginning in March, so that a leap day comes last."""
    year -= month < 3
    months = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * months + 2) // 5 + day


def days_between(one: list[int], other: list[int]) -> int:
    return abs(day_number(one[0], one[1], one[2]) - day_number(other[0], other[1], other[2]))
