"""What the tests of models/ share: a request, a key that must not be seen, and models that close themselves."""

import pytest
from list_store import ListStore
from loopback import CANARY

from latm_magic.models.ledger import Ledger
from latm_magic.models.model import Message, Request
from latm_magic.models.openai import OpenAIModel
from latm_magic.models.prices import Prices


@pytest.fixture
def request_():
    """Return a request of the maker."""
    return Request("maker", (Message("system", "Write Python."), Message("user", "Sort the words.")), tool="sort_words")


@pytest.fixture
def connect():
    """Return a function that makes a model which asks an endpoint."""
    made = []

    def make(endpoint, name="loopback-1", **options):
        made.append(
            OpenAIModel(
                name, **{"api_key": CANARY, "base_url": endpoint.base_url, "deadline_s": 20, "max_retries": 2} | options
            )
        )
        return made[-1]

    yield make
    for model in made:
        model.close()


@pytest.fixture
def ledger():
    """Return a ledger in memory with a price for the scripted model."""
    return Ledger(ListStore(), Prices({"scripted": {"input": 10.0, "output": 100.0, "cached": 1.0}}))
