"""Runs of a letter, counted."""

import re

WORDINGS = (
    r"Run-length encode ([a-z]+)",
    r"Compress the string '([a-z]+)' as counts and letters\.",
    r"string: ([a-z]+)\nruns:",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"letters": found[1]}
    raise ValueError("no string to encode")


def run_lengths(letters: str) -> str:
    return re.sub(r"(.)\1*", lambda run: f"{len(run[0])}{run[1]}", letters)
