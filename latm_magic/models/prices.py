"""What tokens cost: kept list prices from the `genai-prices` package, and your own in front of them.

Fetches nothing. A price is known only where the endpoint is one whose list is kept, or where you named it: the same
model name on a server of your own, or of your company, costs something else. Unknown is None and never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.errors import SettingsError, did_you_mean
from latm_magic.models.model import Usage
from latm_magic.text import quoted, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKENS_A_UNIT = 1_000_000
_TOKENS_TRIED = 1_000
"""Some models cost more where a request is long."""
_NAMES = ("input", "output", "cached")
_HIGHEST = 1_000_000
"""A price in `prices`; with it no sum of costs can overflow into infinity."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price of yours, in US dollars a million tokens."""

    input: float
    output: float
    cached: float
    """For prompt tokens from the endpoint's prompt cache."""

    def cost_usd(self, usage: Usage) -> float:
        """Return what `usage` costs, in US dollars."""
        fresh = usage.prompt_tokens - usage.cached_tokens
        dollars = fresh * self.input + usage.cached_tokens * self.cached + usage.completion_tokens * self.output
        return dollars / _TOKENS_A_UNIT


class Prices:
    """List prices, and yours by model: `{"input": 2.5, "output": 10.0, "cached": 1.25}`, dollars a million tokens."""

    def __init__(self, overrides: Mapping[str, Mapping[str, float]] | None = None, *, may_lower: bool = True) -> None:
        """Check the overrides; raises `SettingsError`. Without `may_lower` the higher of override and list counts."""
        self._may_lower = may_lower
        self._overrides = {model: _price(model, given) for model, given in (overrides or {}).items()}

    def cost_usd(self, model: str, usage: Usage, base_url: str) -> float | None:
        """Return what `usage` of `model` costs at the endpoint `base_url`, in US dollars; None = unknown price."""
        own = self._overrides.get(model)
        if own is None:
            return _list_cost_usd(model, usage, base_url)
        cost_usd = own.cost_usd(usage)
        return cost_usd if self._may_lower else max(cost_usd, _list_cost_usd(model, usage, base_url) or 0.0)

    def most_usd(self, model: str, usage: Usage, base_url: str) -> float | None:
        """Return the same for a budget. A price that only a project names is unknown to it: None."""
        if not self._may_lower and _list_cost_usd(model, usage, base_url) is None:
            return None
        return self.cost_usd(model, usage, base_url)

    def price(self, model: str, base_url: str) -> Price | None:
        """Return the price of `model` at the endpoint `base_url`, for prompts of ordinary length; None = unknown."""
        parts = (Usage(_TOKENS_TRIED, 0), Usage(0, _TOKENS_TRIED), Usage(_TOKENS_TRIED, 0, _TOKENS_TRIED))
        costs = [self.cost_usd(model, usage, base_url) for usage in parts]
        known = [round(cost * _TOKENS_A_UNIT / _TOKENS_TRIED, 6) for cost in costs if cost is not None]
        return Price(*known) if len(known) == len(parts) else None

    def context_tokens(self, model: str, base_url: str) -> int | None:
        """Return how many tokens `model` takes by the kept list, request and reply together; None = unknown."""
        found = _listed(model, Usage(0, 0), base_url)
        return found.model.context_window if found else None

    def source(self, model: str) -> str:
        """Return where the price of `model` comes from, in words."""
        from importlib.metadata import version  # it loads the email package: not when a session starts

        setting = "your setting `prices`" if self._may_lower else "the project's `prices`, or the list's where higher"
        return setting if model in self._overrides else f"genai-prices {version('genai-prices')}"


def _price(model: str, given: object) -> Price:
    if not isinstance(given, dict):
        raise SettingsError(
            f"The price of {quoted(model)} is {shown(given)}. It looks like {{'input': 2.5, 'output': 10.0}}."
        )
    for name, value in given.items():
        if name not in _NAMES:
            raise SettingsError(
                f"The price of {quoted(model)} has no part {quoted(name)}.{did_you_mean(name, _NAMES)} "
                "It has input, output and, if you like, cached, in dollars a million tokens."
            )
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= _HIGHEST:  # NaN is neither
            raise SettingsError(
                f"The {name} price of {quoted(model)} is {shown(value)}. "
                f"It is a number of dollars from 0 to {_HIGHEST:,}."
            )
    missing = [name for name in ("input", "output") if name not in given]
    if missing:
        raise SettingsError(f"The price of {quoted(model)} lacks {' and '.join(missing)}, in dollars a million tokens.")
    return Price(given["input"], given["output"], given["cached"] if "cached" in given else given["input"])


def _list_cost_usd(model: str, usage: Usage, base_url: str) -> float | None:
    price = _listed(model, usage, base_url)
    is_listed = price and price.model_price.input_mtok is not None and price.model_price.output_mtok is not None
    return float(price.total_price) if is_listed else None


def _listed(model: str, usage: Usage, base_url: str) -> Any:
    """Return what the kept list makes of `usage`; None for a model or an endpoint that is not on it."""
    import genai_prices  # 0.15 s, paid only where a live model was asked

    counted = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cached_tokens,
        output_tokens=usage.completion_tokens,
    )
    try:
        return genai_prices.calc_price(counted, model, provider_api_url=base_url)
    except LookupError:
        return None
