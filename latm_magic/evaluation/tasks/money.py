"""Tasks on money, in whole cents: a bill that is split, and the total of an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_GOODS = ["cable", "chair", "desk", "folder", "lamp", "mouse", "paper", "printer", "shelf", "stapler", "tray", "webcam"]


def _draw_bill(chance: Random, difficulty: int) -> Facts:
    cents = chance.randint(1000, 10 ** (difficulty + 4))
    tip = chance.choice((0, 5, 10, 15, 20)) if difficulty == 1 else chance.randint(0, 30)
    return {"cents": cents, "tip": tip, "people": chance.randint(2, 4 * difficulty)}


def _share(cents: int, tip: int, people: int) -> str:
    return _money(-(-cents * (100 + tip) // (100 * people)))


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _draw_invoice(chance: Random, difficulty: int) -> Facts:
    goods = chance.sample(_GOODS, chance.randint(1, 1 + 2 * difficulty))
    return {
        "lines": [(chance.randint(1, 4**difficulty), name, chance.randint(99, 20_000)) for name in goods],
        "discount": chance.randint(0, 5 * (difficulty - 1)),
        "tax": chance.choice((0, 7, 19, 20)),
    }


def _invoice_total(lines: list[tuple[int, str, int]], discount: int, tax: int) -> str:
    net = sum(count * cents for count, _, cents in lines)
    net -= _percent(net, discount)
    return _money(net + _percent(net, tax))


def _percent(cents: int, rate: int) -> int:
    """Return a share in cents, rounded half up."""
    return (cents * rate + 50) // 100


def _invoice_texts(lines: list[tuple[int, str, int]], discount: int, tax: int) -> dict[str, str]:
    return {
        "list": "; ".join(f"{count} x {name} at {_money(cents)}" for count, name, cents in lines),
        "rows": "\n".join(f"{name}\t{count}\t{_money(cents)}" for count, name, cents in lines),
        "discount": str(discount),
        "tax": str(tax),
    }


TYPES = (
    TaskType(
        name="split_bill",
        domain="money",
        description=(
            "What does each pay if a bill and a tip (in percent of the bill) are split evenly? Rounded up to a full"
            " cent, with two decimals and no currency sign."
        ),
        wordings=(
            "A bill of ${bill} and a tip of {tip} % are split among {people} people. What does each pay?",
            "Split ${bill} plus {tip} percent tip {people} ways:",
            "We are {people} at the table. The check says {bill} dollars and we add {tip} % for service. Each pays?",
        ),
        draw=_draw_bill,
        answer=_share,
        texts=lambda cents, tip, people: {"bill": _money(cents), "tip": str(tip), "people": str(people)},
    ),
    TaskType(
        name="invoice_total",
        domain="money",
        description=(
            "Add up an invoice: counts times unit prices, less a discount in percent, plus tax in percent of what is"
            " left. Discount and tax are each rounded half up to a cent. The answer has two decimals."
        ),
        wordings=(
            "Invoice: {list}. Discount {discount} %, tax {tax} %. Total?",
            "What does the order {list} come to, with {discount} % off and then {tax} % tax on top?",
            "item\tcount\tprice\n{rows}\ndiscount\t{discount} %\ntax\t{tax} %\nWhat is to be paid?",
        ),
        draw=_draw_invoice,
        answer=_invoice_total,
        texts=_invoice_texts,
    ),
)
