"""Working days added to a date, a week at a time."""

import re
from datetime import date, timedelta

WORDINGS = (
    r"Which date is (?P<days>\d+) working days after (?P<start>\d{4}-\d\d-\d\d)\?",
    r"(?P<start>\d{4}-\d\d-\d\d) \+ (?P<days>\d+) working days =",
    r"A parcel leaves on (?P<start>\d{4}-\d\d-\d\d) and needs (?P<days>\d+) days, Saturdays and Sundays not counted\."
    r" When does it arrive\?",
)


def parse(question: str) -> dict[str, str | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"start": found["start"], "days": int(found["days"])}
    raise ValueError("no working days to add")


def add_workdays(start: str, days: int) -> str:
    day = date.fromisoformat(start)
    if days and day.weekday() > 4:
        day -= timedelta(day.weekday() - 4)
    weeks, rest = divmod(days, 5)
    over_weekend = 2 if day.weekday() + rest > 4 else 0
    return (day + timedelta(7 * weeks + rest + over_weekend)).isoformat()
