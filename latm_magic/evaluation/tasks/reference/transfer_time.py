"""How long a file takes over a line."""

import re
from fractions import Fraction
from math import ceil

SIZE = r"(?P<size>[\d.]+) (?P<unit>[MG]B)"
WORDINGS = (
    f"How long does a file of {SIZE}" r" take at (?P<rate>\d+) Mbit/s, (?P<lost>\d+) % of which is lost to overhead\?",
    f"Backup: {SIZE}" r"; line: (?P<rate>\d+) Mbit/s; overhead: (?P<lost>\d+) %\. Duration:",
    r"A line carries (?P<rate>\d+) megabits a second and loses (?P<lost>\d+) percent\. When is a copy of "
    f"{SIZE} done\\?",
)


def parse(question: str) -> dict[str, str | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {
                "size": found["size"],
                "unit": found["unit"],
                "rate": int(found["rate"]),
                "lost": int(found["lost"]),
            }
    raise ValueError("no transfer")


def transfer_time(size: str, unit: str, rate: int, lost: int) -> str:
    megabits = Fraction(size) * (8000 if unit == "GB" else 8)
    seconds = ceil(megabits / (Fraction(rate) * Fraction(100 - lost, 100)))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
