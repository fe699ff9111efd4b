"""What tokens cost: prices of yours, listed ones, unknown ones."""

import pytest

from latm_magic.errors import SettingsError
from latm_magic.models.endpoint import OPENAI_BASE_URL
from latm_magic.models.model import Usage
from latm_magic.models.prices import Prices


def test_cost_when_no_cached_price_is_given():
    """Cached tokens cost what fresh ones do, unless you say otherwise."""
    prices = Prices({"m": {"input": 2.0, "output": 0.0}})
    assert prices.cost_usd("m", Usage(1_000_000, 0, 500_000), "") == 2.0


def test_cost_when_the_list_knows_the_model():
    """List prices are found by model and endpoint, without network, and the ledger can say which list it used."""
    prices = Prices()
    assert 0 < prices.cost_usd("gpt-4o", Usage(1000, 1000, 0), OPENAI_BASE_URL) < 1
    assert prices.cost_usd("gpt-4o", Usage(1000, 0, 1000), OPENAI_BASE_URL) < prices.cost_usd(
        "gpt-4o", Usage(1000, 0, 0), OPENAI_BASE_URL
    )
    assert prices.source("gpt-4o").startswith("genai-prices ")
    assert Prices({"gpt-4o": {"input": 1, "output": 1}}).source("gpt-4o") == "your setting `prices`"


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-4o", "http://127.0.0.1:11434/v1"),
        ("gpt-4o", "https://llm.example.com/v1"),
        ("no-such-model", OPENAI_BASE_URL),
    ],
)
def test_cost_when_the_price_is_unknown(model, base_url):
    """A model on a server of your own, or one the list lacks, has an unknown price, which is None and not 0."""
    assert Prices().cost_usd(model, Usage(1, 1), base_url) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"input": 1.0}, "lacks output"),
        ({"input": 1.0, "ouput": 2.0}, "Did you mean 'output'"),
        ({"input": -1, "output": 2}, "is -1"),
        ({"input": "free", "output": 2}, "is 'free'"),
        ({"input": float("nan"), "output": 2}, "is nan"),
        ({"input": True, "output": 2}, "is True"),
        (3.0, "is 3.0"),
    ],
)
def test_prices_when_they_are_wrong(given, words):
    """A price that cannot be meant is an error with a hint."""
    with pytest.raises(SettingsError, match=words):
        Prices({"m": given})
