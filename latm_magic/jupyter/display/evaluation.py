"""The card of `%latm eval`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Line, Title, View, page
from latm_magic.jupyter.display.plain import count, price

if TYPE_CHECKING:
    from latm_magic.evaluation.card import Card

_SOURCES = {
    "recorded": "The maker's replies were played from a recording.",
    "yours": "The maker was a model of yours, such as a script.",
}


def card_view(card: Card) -> View:
    """Show what a tool does on rows that it was not made from."""
    made = {"draft": "the best proposal, which fails some of its samples", "none": "no tool"}.get(card.outcome, "")
    spent = f"Making took {count(card.making_tokens, 'token')}, {price(card.making_usd)}."
    kept = (
        f"Kept as {card.kept_as}: %latm_solve uses it." if card.kept_as else "--keep makes it a tool of this project."
    )
    return page(
        Title(card.task, made),
        Line(str(card)),
        Line(card.reason, "care") if card.reason and card.outcome != "tool" else None,
        Line(f"{spent} Which rows are right follows from the answers in your table; the price of asking directly is"
             " estimated at four characters a token, without reasoning.", "quiet"),
        Line(_SOURCES.get(card.source, ""), "quiet") if card.source in _SOURCES else None,
        Line(f"Each row is in evaluation/{card.path.name} in the cache (card.path); the same line again goes on with it"
             " and pays nothing.", "quiet"),
        Line(kept, "quiet") if card.outcome == "tool" else None,
    )  # fmt: skip
