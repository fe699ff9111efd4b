"""What tokens cost: kept list prices from the `genai-prices` package, and your own in front of them.

Fetches nothing. A price is known only where the endpoint is one whose list is kept, or where you named it: the same
model name on a server of your own, or of your company, costs something else. Unknown is None and never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.models.model import Usage

_TOKENS_A_UNIT = 1_000_000
_NAMES = ("input", "output", "cached")


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

    def __init__(self, overrides: Mapping[str, Mapping[str, float]] | None = None) -> None:
        """Check the overrides; raises `SettingsError`."""
        self._overrides = {model: _price(model, given) for model, given in (overrides or {}).items()}

    def cost_usd(self, model: str, usage: Usage, base_url: str) -> float | None:
        """Return what `usage` of `model` costs at the endpoint `base_url`, in US dollars; None = unknown price."""
        own = self._overrides.get(model)
        return own.cost_usd(usage) if own else _list_cost_usd(model, usage, base_url)

    def source(self, model: str) -> str:
        """Return where the price of `model` comes from, in words."""
        from importlib.metadata import version  # it loads the email package: not when a session starts

        return "your setting `prices`" if model in self._overrides else f"genai-prices {version('genai-prices')}"


def _price(model: str, given: object) -> Price:
    if not isinstance(given, dict):
        raise SettingsError(f"The price of {model!r} is {given!r}. It looks like {{'input': 2.5, 'output': 10.0}}.")
    for name, value in given.items():
        if name not in _NAMES:
            raise SettingsError(
                f"The price of {model!r} has no part {name!r}.{did_you_mean(name, _NAMES)} "
                "It has input, output and, if you like, cached, in dollars a million tokens."
            )
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < 0:
            raise SettingsError(f"The {name} price of {model!r} is {value!r}. It is a number of dollars, 0 or more.")
    missing = [name for name in ("input", "output") if name not in given]
    if missing:
        raise SettingsError(f"The price of {model!r} lacks {' and '.join(missing)}, in dollars a million tokens.")
    return Price(given["input"], given["output"], given["cached"] if "cached" in given else given["input"])


def _list_cost_usd(model: str, usage: Usage, base_url: str) -> float | None:
    import genai_prices  # 0.15 s, paid only where a live model was asked

    counted = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cached_tokens,
        output_tokens=usage.completion_tokens,
    )
    try:
        price = genai_prices.calc_price(counted, model, provider_api_url=base_url)
    except LookupError:
        return None
    is_listed = price.model_price.input_mtok is not None and price.model_price.output_mtok is not None
    return float(price.total_price) if is_listed else None
