"""The product with the highest or lowest value in a column."""

import re

ASKED = r"(?P<extreme>highest|lowest)"
COLUMN = r"(?P<column>price|stock|weight)"
WORDINGS = (
    r"\| product \| price \| stock \| weight \|\n\|---\|---\|---\|---\|\n(?P<rows>.+)\nWhat has the "
    f"{ASKED} {COLUMN}\\?",
    r"product;price;stock;weight\n(?P<rows>.+)\nName the row whose " f"{COLUMN} is {ASKED}\\.",
    f"Look for the {ASKED} {COLUMN} and name its product\\."
    r"\nproduct;price;stock;weight\n(?P<rows>.+)",
)


def parse(question: str) -> dict[str, list[list[str]] | str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question, re.DOTALL)
        if found:
            rows = [re.split(r"\s*[|;]\s*", line.strip("| ")) for line in found["rows"].split("\n")]
            if not all(len(row) == 4 and "".join(row[1:]).isdecimal() for row in rows):
                raise ValueError("a line that is no row")
            return {"rows": rows, "column": found["column"], "extreme": found["extreme"]}
    raise ValueError("no table of products")


def extreme_row(rows: list[list[str]], column: str, extreme: str) -> str:
    place = ["product", "price", "stock", "weight"].index(column)
    ranked = sorted(rows, key=lambda row: int(row[place]))
    return ranked[-1 if extreme == "highest" else 0][0]
