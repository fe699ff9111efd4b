"""The check digit by Luhn, found by trying all ten."""

import re

WORDINGS = (
    r"Which Luhn check digit belongs behind (\d+)\?",
    r"Card number without its last digit: ([\d ]+)\. Last digit \(Luhn\):",
    r"Complete by the Luhn rule: (\d+)\?",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"digits": found[1].replace(" ", "")}
    raise ValueError("no number to complete")


def passes(number: str) -> bool:
    total = 0
    for place, digit in enumerate(number[::-1]):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def luhn_digit(digits: str) -> str:
    for digit in "0123456789":
        if passes(digits + digit):
            return digit
    raise ValueError("no digit passes")
