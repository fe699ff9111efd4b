"""The next departure of a line."""

import re

TIME = r"\d\d:\d\d"
WORDINGS = (
    rf"Buses leave from (?P<first>{TIME}) every (?P<every>\d+) minutes, none after (?P<last>{TIME})\. It is"
    rf" (?P<now>{TIME})\. When is the next\?",
    rf"First tram (?P<first>{TIME}), then each (?P<every>\d+) min until (?P<last>{TIME})\. Which one do I catch at"
    rf" (?P<now>{TIME})\?",
    rf"Timetable: (?P<first>{TIME}) to (?P<last>{TIME}), interval (?P<every>\d+) min\. Next departure from"
    rf" (?P<now>{TIME}) on:",
)


def parse(question: str) -> dict[str, int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            times = {name: minutes(found[name]) for name in ("first", "last", "now")}
            return {**times, "every": int(found["every"])}
    raise ValueError("no timetable")


def minutes(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])


def next_departure(first: int, last: int, now: int, every: int) -> str:
    waits = max(0, -(-(now - first) // every))
    leaves = first + waits * every
    return f"{leaves // 60:02}:{leaves % 60:02}" if leaves <= last else "none"
