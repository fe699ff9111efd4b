"""The total of an invoice."""

import re
from decimal import ROUND_HALF_UP, Decimal

LINE = re.compile(r"(\d+) x ([a-z]+) at (\d+\.\d\d)")
ROW = re.compile(r"([a-z]+)\t(\d+)\t(\d+\.\d\d)")
WORDINGS = (
    r"Invoice: (?P<lines>.+)\. Discount (?P<discount>\d+) %, tax (?P<tax>\d+) %\. Total\?",
    r"What does the order (?P<lines>.+) come to, with (?P<discount>\d+) % off and then (?P<tax>\d+) % tax on top\?",
    r"item\tcount\tprice\n(?P<rows>.+)\ndiscount\t(?P<discount>\d+) %\ntax\t(?P<tax>\d+) %\nWhat is to be paid\?",
)


def parse(question: str) -> dict[str, list[list[str]] | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question, re.DOTALL)
        if found:
            return {"lines": read(found.groupdict()), "discount": int(found["discount"]), "tax": int(found["tax"])}
    raise ValueError("no invoice")


def read(parts: dict[str, str]) -> list[list[str]]:
    """Return count and unit price of each line."""
    lines = []
    in_rows = "rows" in parts
    for text in parts["rows"].split("\n") if in_rows else parts["lines"].split("; "):
        found = (ROW if in_rows else LINE).fullmatch(text)
        if not found:
            raise ValueError("a line that is no item")
        lines.append([found[2], found[3]] if in_rows else [found[1], found[3]])
    return lines


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def invoice_total(lines: list[list[str]], discount: int, tax: int) -> str:
    net = Decimal("0.00")
    for count, price in lines:
        net += int(count) * Decimal(price)
    net -= cents(net * discount / 100)
    return str(net + cents(net * tax / 100))
