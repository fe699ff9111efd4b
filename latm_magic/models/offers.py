"""What an endpoint offers: its list of models, with the context and price of each where they are known.

Endpoints say how long a context may be in words of their own, or not at all; then the kept list says it, if it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from latm_magic.models.prices import Price, Prices

_CONTEXT_NAMES = ("context_length", "max_model_len", "context_window", "max_context_length", "loaded_context_length")
_MOST_TOKENS = 10**9


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of an endpoint's list."""

    name: str
    context_tokens: int | None = None
    """As the endpoint gives it; None = not said."""


def read_listing(document: object) -> tuple[Listed, ...]:
    """Return the models of a decoded list, by name; what is no entry is left out."""
    listed = document.get("data") if isinstance(document, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    found = [Listed(one_line(entry["id"], 100), _context(entry)) for entry in entries if _is_name(entry.get("id"))]
    return tuple(sorted({each.name: each for each in found}.values(), key=lambda each: each.name))


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def _context(entry: Mapping[str, object]) -> int | None:
    meta = entry.get("meta")  # llama.cpp's place for it
    places = [entry.get(name) for name in _CONTEXT_NAMES] + [meta.get("n_ctx") if isinstance(meta, dict) else None]
    return next((each for each in places if type(each) is int and 0 < each <= _MOST_TOKENS), None)


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that an endpoint offers."""

    name: str
    context_tokens: int | None
    """How many tokens request and reply may have together; None = unknown."""
    price: Price | None
    """US dollars a million tokens; None = unknown."""
    roles: tuple[str, ...]
    """The roles that use it now: maker, user, dispatcher."""


@dataclass(frozen=True, slots=True)
class Offers:
    """The models of one endpoint, those in use first."""

    source: str
    """The endpoint's address, with the profile's name where one is in use."""
    models: tuple[OfferedModel, ...]
    missing: tuple[tuple[str, str], ...]
    """(role, model) of roles whose model the endpoint does not offer; "" where none is named."""

    def __iter__(self) -> Iterator[OfferedModel]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)


def offers_of(source: str, listed: Iterable[Listed], roles: Mapping[str, str], prices: Prices, base_url: str) -> Offers:
    """Return what is listed with prices at `base_url`; `roles` names the model of each role."""
    found = [
        OfferedModel(
            each.name,
            each.context_tokens or prices.context_tokens(each.name, base_url),
            prices.price(each.name, base_url),
            tuple(role for role, name in roles.items() if name == each.name),
        )
        for each in listed
    ]
    names = {each.name for each in found}
    missing = tuple((role, name) for role, name in roles.items() if name not in names)
    return Offers(source, tuple(sorted(found, key=lambda each: (not each.roles, each.name))), missing)
