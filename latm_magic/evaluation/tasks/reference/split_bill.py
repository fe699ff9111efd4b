"""The share of each in a bill with a tip."""

import re
from decimal import ROUND_CEILING, Decimal

WORDINGS = (
    r"A bill of \$(?P<bill>\d+\.\d\d) and a tip of (?P<tip>\d+) % are split among (?P<people>\d+) people\."
    r" What does each pay\?",
    r"Split \$(?P<bill>\d+\.\d\d) plus (?P<tip>\d+) percent tip (?P<people>\d+) ways:",
    r"We are (?P<people>\d+) at the table\. The check says (?P<bill>\d+\.\d\d) dollars and we add (?P<tip>\d+) %"
    r" for service\. Each pays\?",
)


def parse(question: str) -> dict[str, str | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"bill": found["bill"], "tip": int(found["tip"]), "people": int(found["people"])}
    raise ValueError("no bill to split")


def split_bill(bill: str, tip: int, people: int) -> str:
    whole = Decimal(bill) * (100 + tip) / 100
    return str((whole / people).quantize(Decimal("0.01"), ROUND_CEILING))
