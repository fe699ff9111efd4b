"""A session, and a flow of expenses that was made once."""

import pytest
from expenses import TOOLS, traces_of


@pytest.fixture
def flow(session):
    """Return a flow that eighty traces taught; it refuses where it is unsure."""
    return session.make_flow("expense", traces=traces_of(80), tools=TOOLS, unsure="refuse", description="Expenses.")
