"""The first gap between busy times, minute by minute."""

import re

TIME = r"\d\d:\d\d"
WORDINGS = (
    rf"Busy: (?P<busy>{TIME}-{TIME}(?:, {TIME}-{TIME})*)\. When can a meeting of (?P<minutes>\d+) minutes start at the"
    r" earliest, from 09:00 to 17:00\?",
    rf"My calendar from 09:00 to 17:00 is taken\n(?P<busy>from {TIME} to {TIME}(?:\nfrom {TIME} to {TIME})*)\n"
    r"Where do (?P<minutes>\d+) minutes fit in first\?",
    r"First gap of (?P<minutes>\d+) min between 09:00 and 17:00, given "
    rf"(?P<busy>{TIME}-{TIME}(?:, {TIME}-{TIME})*):",
)


def parse(question: str) -> dict[str, list[int] | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            times = [60 * int(hour) + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", found["busy"])]
            return {"times": times, "minutes": int(found["minutes"])}
    raise ValueError("no busy times")


def first_free_slot(times: list[int], minutes: int) -> str:
    """Mark every busy minute; `times` are starts and ends in turn, in minutes after midnight."""
    taken: set[int] = set()
    for start, end in zip(times[::2], times[1::2], strict=True):
        taken.update(range(start, end))
    free = 0
    for minute in range(540, 1020):
        free = 0 if minute in taken else free + 1
        if free == minutes:
            start = minute - minutes + 1
            return f"{start // 60:02}:{start % 60:02}"
    return "none"
