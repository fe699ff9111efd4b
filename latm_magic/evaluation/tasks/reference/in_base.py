"""Numbers in another base, from the highest digit down."""

import re

WORDINGS = (
    r"Write (?P<number>\d+) in base (?P<base>\d+)\.",
    r"What is the decimal number (?P<number>\d+) to the base (?P<base>\d+)\?",
    r"(?P<number>\d+) \(base 10\) = \? \(base (?P<base>\d+)\)",
)


def parse(question: str) -> dict[str, int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"number": int(found["number"]), "base": int(found["base"])}
    raise ValueError("no number to convert")


def in_base(number: int, base: int) -> str:
    if not 2 <= base <= 16:
        raise ValueError("no base from 2 to 16")
    place = 1
    while place * base <= number:
        place *= base
    digits = ""
    while place:
        digits += "0123456789abcdef"[number // place]
        number %= place
        place //= base
    return digits
