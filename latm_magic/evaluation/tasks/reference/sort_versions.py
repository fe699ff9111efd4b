"""Version numbers from old to new."""

import re
from functools import cmp_to_key
from itertools import zip_longest

WORDINGS = (
    r"Sort these versions from old to new: ([\d., ]+)",
    r"Which order do the releases ([\d. ]+) have, the oldest first\?",
    r"Releases:\n([\d.\n -]+)\nList them by age, oldest first\.",
)


def parse(question: str) -> dict[str, list[str]]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"versions": re.findall(r"\d+(?:\.\d+)*", found[1])}
    raise ValueError("no versions to sort")


def compare(one: str, other: str) -> int:
    for left, right in zip_longest(one.split("."), other.split("."), fillvalue="0"):
        if int(left) != int(right):
            return int(left) - int(right)
    return 0


def sort_versions(versions: list[str]) -> str:
    return ", ".join(sorted(versions, key=cmp_to_key(compare)))
