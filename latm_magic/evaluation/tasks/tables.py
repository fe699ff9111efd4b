"""Tasks on small tables: a total over some rows, and the row with the highest or lowest value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_REGIONS = ["north", "south", "east", "west", "centre"]
_GOODS = ["barley", "beans", "corn", "flax", "hemp", "lentils", "millet", "oats", "rice", "rye", "soy", "wheat"]
_COLUMNS = ["price", "stock", "weight"]

Row = tuple[str, str, int]


def _draw_sales(chance: Random, difficulty: int) -> Facts:
    least = -50 if difficulty == 3 else 0  # noqa: PLR2004
    rows = [
        (chance.choice(_REGIONS), chance.choice(_GOODS), chance.randint(least, 10 ** (difficulty + 1)))
        for _ in range(chance.randint(3, 6 * difficulty))
    ]
    return {"rows": rows, "region": chance.choice([*_REGIONS, rows[0][0]])}


def _region_total(rows: list[Row], region: str) -> str:
    return str(sum(units for where, _, units in rows if where == region))


def _sales_texts(rows: list[Row], region: str) -> dict[str, str]:
    return {
        "commas": "\n".join(f"{where},{what},{units}" for where, what, units in rows),
        "bars": "\n".join(f"| {where} | {what} | {units} |" for where, what, units in rows),
        "region": region,
    }


def _draw_goods(chance: Random, difficulty: int) -> Facts:
    names = chance.sample(_GOODS, chance.randint(3, 4 * difficulty))
    columns = [chance.sample(range(1, 10 ** (difficulty + 1)), len(names)) for _ in _COLUMNS]
    return {
        "rows": list(zip(names, *columns, strict=True)),
        "column": chance.choice(_COLUMNS),
        "extreme": chance.choice(("highest", "lowest")),
    }


def _extreme_row(rows: list[tuple[str, int, int, int]], column: str, extreme: str) -> str:
    place = 1 + _COLUMNS.index(column)
    choose = max if extreme == "highest" else min
    return choose(rows, key=lambda row: row[place])[0]


def _goods_texts(rows: list[tuple[str, int, int, int]], column: str, extreme: str) -> dict[str, str]:
    return {
        "bars": "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows),
        "semicolons": "\n".join(";".join(map(str, row)) for row in rows),
        "column": column,
        "extreme": extreme,
    }


TYPES = (
    TaskType(
        name="region_total",
        domain="tables",
        description=(
            "Sum the units of all rows of one region in a table of region, product and units; 0 where it has no row."
        ),
        wordings=(
            "region,product,units\n{commas}\n\nHow many units in total has the region {region}?",
            "Given the sales below, sum the units of {region}.\n| region | product | units |\n|---|---|---|\n{bars}",
            "Units of {region}, all rows together, in\n{commas}",
        ),
        draw=_draw_sales,
        answer=_region_total,
        texts=_sales_texts,
        kind="int",
    ),
    TaskType(
        name="extreme_row",
        domain="tables",
        description=(
            "Name the product with the highest or lowest value in the column that is asked for, in a table of product,"
            " price, stock and weight. No two products have the same value in a column."
        ),
        wordings=(
            "| product | price | stock | weight |\n|---|---|---|---|\n{bars}\nWhat has the {extreme} {column}?",
            "product;price;stock;weight\n{semicolons}\nName the row whose {column} is {extreme}.",
            "Look for the {extreme} {column} and name its product.\nproduct;price;stock;weight\n{semicolons}",
        ),
        draw=_draw_goods,
        answer=_extreme_row,
        texts=_goods_texts,
    ),
)
