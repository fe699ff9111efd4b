"""A session with a sorting tool, and one whose tool has two versions."""

import pytest
from sorting import EXAMPLES, NO_CASE, SORTING


@pytest.fixture
def session(open_session):
    """Return a session with a sorting tool whose models must not be asked."""
    return open_session(tools=SORTING)


@pytest.fixture
def two_versions(session):
    """Return a session whose tool has two versions."""
    session.add("sort_words", NO_CASE, [*EXAMPLES, ("Sort: a B", "a B")], description="Sort the words.")
    return session
