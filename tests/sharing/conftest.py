"""A project with one tool, and the notebook that it exports."""

from __future__ import annotations

import pytest
from cells import MODULE, examples


@pytest.fixture
def here(open_session):
    """Return a session whose project has one tool."""
    session = open_session("here")
    session.add("sort_words", MODULE, examples(), description="Sort the words.")
    return session


@pytest.fixture
def exported(here, tmp_path):
    """Return the notebook of that tool."""
    here.export(tmp_path / "tools.ipynb")
    return tmp_path / "tools.ipynb"
