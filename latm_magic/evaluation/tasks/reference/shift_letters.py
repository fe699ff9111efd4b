"""Letters shifted forward."""

import re

WORDINGS = (
    r"Shift the letters of '(?P<message>[A-Za-z ]+)' forward by (?P<places>\d+)\.",
    r"Caesar cipher, key (?P<places>\d+)\. Encode: (?P<message>[A-Za-z ]+)",
    r"Write (?P<message>[A-Za-z ]+) in a code in which each letter stands (?P<places>\d+) places further on\.",
)


def parse(question: str) -> dict[str, str | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"message": found["message"], "places": int(found["places"])}
    raise ValueError("no message to shift")


def shift_letters(message: str, places: int) -> str:
    shifted = ""
    for letter in message:
        first = ord("a" if letter.islower() else "A")
        shifted += chr((ord(letter) - first + places) % 26 + first) if letter.isalpha() else letter
    return shifted
