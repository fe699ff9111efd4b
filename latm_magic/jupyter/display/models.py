"""The models that an endpoint offers, and what a try-out of those in use came to, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, View, page
from latm_magic.jupyter.display.plain import count, price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.models.offers import OfferedModel, Offers
    from latm_magic.session.pinging import Pings


def offers_view(offers: Offers) -> View:
    """Show the models of an endpoint, those in use first, with what is known of each."""
    columns = (
        Column("model", is_code=True, wraps=True, columns=60),
        Column("used by", columns=28),
        Column("context", is_number=True),
        Column("input", is_number=True),
        Column("output", is_number=True),
    )
    notes = [
        Line(
            f"The {role} model {name!r} is not among them: name one that is." if name else "No model is named.", "care"
        )
        for role, name in offers.missing
        if name or role == "maker"
    ]
    more = (
        "Context in tokens; prices in US dollars a million tokens, for what is not known give `prices`. "
        "Name one for good: %latm config --save maker_model=NAME"
    )
    table = Table(columns, tuple(map(_offer_row, offers))) if len(offers) else None
    return page(Title(offers.source, count(len(offers), "model")), table, *notes, Line(more, "quiet"))


def _offer_row(offered: OfferedModel) -> tuple[str | Cell, ...]:
    context = f"{offered.context_tokens:,}" if offered.context_tokens else ""
    prices = (offered.price.input, offered.price.output) if offered.price else (None, None)
    return (
        offered.name,
        ", ".join(offered.roles),
        context or Cell("?", "quiet"),
        *(Cell("?", "quiet") if price is None else f"{price:,.6g}" for price in prices),
    )


_MARKS: Mapping[str, Cell] = {"works": Cell("✓", "good"), "fails": Cell("✗", "bad"), "not tried": Cell("·", "quiet")}


def pings_view(pings: Pings) -> View:
    """Show what was tried of each model, what to do about what fails, and what the try-out cost."""
    columns = (Column("", columns=2), Column("tried", columns=20), Column("what to do", wraps=True, columns=200))
    blocks: list[Line | Table] = []
    for row in pings:
        blocks.append(Line(f"{', '.join(row.roles)}: {row.model or '(none named)'}", strong=True))
        rows = tuple((_MARKS[check.state], check.name, check.note or check.state) for check in row.checks)
        blocks.append(Table(columns, rows, has_head=False))
    cost = f"{count(pings.calls, 'call')}, {count(pings.tokens, 'token')}, {price(pings.cost_usd)}"
    return page(Title(pings.source, cost), *blocks)
