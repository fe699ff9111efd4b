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


def test_prices_of_a_project_raise_and_never_lower():
    """A project's price counts where it is the higher one; a budget trusts none that only the project names."""
    free, dear = {"input": 0.0, "output": 0.0}, {"input": 900.0, "output": 900.0}
    usage = Usage(1_000_000, 0)
    listed = Prices().cost_usd("gpt-4o", usage, OPENAI_BASE_URL)
    low = Prices({"gpt-4o": free, "own": free}, may_lower=False)
    assert low.cost_usd("gpt-4o", usage, OPENAI_BASE_URL) == low.most_usd("gpt-4o", usage, OPENAI_BASE_URL) == listed
    high = Prices({"gpt-4o": dear}, may_lower=False)
    assert high.most_usd("gpt-4o", usage, OPENAI_BASE_URL) == 900.0
    assert (low.cost_usd("own", usage, ""), low.most_usd("own", usage, "")) == (0.0, None)
    assert Prices({"own": free}).most_usd("own", usage, "") == 0.0
    assert "the project's" in low.source("own")


@pytest.mark.parametrize("value", [float("inf"), -0.1, 1e300, 10**400, 16**5000], ids=range(5))
def test_prices_have_an_end(value):
    """A sum of costs stays a number: infinity minus infinity would be none, and switch the budget off."""
    for name in ("input", "output", "cached"):
        with pytest.raises(SettingsError) as caught:
            Prices({"m": {"input": 1.0, "output": 1.0} | {name: value}})
        assert "\n" not in str(caught.value)
