"""Feet and inches in centimetres."""

import re
from decimal import ROUND_HALF_UP, Decimal

WORDINGS = (
    r"Convert (\d+) ft ([\d.]+) in to cm\.",
    r"How many centimetres are (\d+) feet and ([\d.]+) inches\?",
    r"Shelf: (\d+)' ([\d.]+)\" high\. Height in cm:",
)


def parse(question: str) -> dict[str, int | str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"feet": int(found[1]), "inches": found[2]}
    raise ValueError("no feet and inches")


def centimetres(feet: int, inches: str) -> str:
    length = (12 * feet + Decimal(inches)) * Decimal("2.54")
    return str(length.quantize(Decimal("0.1"), ROUND_HALF_UP))
