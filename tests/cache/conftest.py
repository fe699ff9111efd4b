"""A cache in a folder of its own, with a home of its own for the key."""

from __future__ import annotations

from contextlib import closing

import pytest

from latm_magic.cache.cache import Cache
from latm_magic.environment import home_folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Keep the key of this test out of the home folder of whoever runs it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LATM_HOME", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path):
    """Where the cache of project "reports" will be."""
    return tmp_path / "reports" / ".latm"


@pytest.fixture
def cache(folder):
    """Return a cache that does not exist yet."""
    with Cache(folder, home_folder(), busy_timeout_s=0.1) as made:
        yield made


@pytest.fixture
def edit(folder):
    """Return a function that runs SQL on the cache's file, behind the cache's back."""
    import sqlite3

    def run(statement, *parameters):
        with closing(sqlite3.connect(folder / "cache.sqlite")) as connection, connection:
            connection.text_factory = bytes
            return connection.execute(statement, parameters).fetchall()

    return run
