"""Units of a region in a table of sales."""

import re

ROW = re.compile(r"(?:\| )?([a-z]+)(?:,| \| )([a-z]+)(?:,| \| )(-?\d+)(?: \|)?")
WORDINGS = (
    r"region,product,units\n(?P<rows>.+)\n\nHow many units in total has the region (?P<region>[a-z]+)\?",
    r"Given the sales below, sum the units of (?P<region>[a-z]+)\.\n"
    r"\| region \| product \| units \|\n\|---\|---\|---\|\n"
    r"(?P<rows>.+)",
    r"Units of (?P<region>[a-z]+), all rows together, in\n(?P<rows>.+)",
)


def parse(question: str) -> dict[str, list[list[str]] | str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question, re.DOTALL)
        if found:
            return {"rows": [read(line) for line in found["rows"].split("\n")], "region": found["region"]}
    raise ValueError("no table of sales")


def read(line: str) -> list[str]:
    found = ROW.fullmatch(line)
    if not found:
        raise ValueError("a line that is no row")
    return [found[1], found[3]]


def region_total(rows: list[list[str]], region: str) -> int:
    total = 0
    for where, units in rows:
        if where == region:
            total += int(units)
    return total
