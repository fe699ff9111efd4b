"""The longest gap between times."""

import re
from datetime import datetime
from itertools import pairwise

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
WORDINGS = (
    rf"Heartbeats of [a-z]+:\n({TIME} ping(?:\n{TIME} ping)*)\nWhat is the longest gap between two, in seconds\?",
    rf"For how many seconds was [a-z]+ silent at most\? It was heard at ({TIME}(?:, {TIME})*)\.",
    rf"max gap \(s\) of [a-z]+ in\n({TIME} ping(?:\n{TIME} ping)*)",
)


def parse(question: str) -> dict[str, list[str]]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"times": re.findall(TIME, found[1])}
    raise ValueError("no heartbeats")


def longest_gap(times: list[str]) -> int:
    longest = 0.0
    for earlier, later in pairwise(times):
        between = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
        longest = max(longest, between.total_seconds())
    return int(longest)
