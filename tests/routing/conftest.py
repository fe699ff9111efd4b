"""A lexical router with five tools, and the task files where they are beside the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from wordings import TEMPLATES, questions

from latm_magic.routing.lexical.router import LexicalRouter

TASKS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "bbh"


@pytest.fixture
def router():
    """Return a router with all tools but "recipe"."""
    made = LexicalRouter()
    for tool, template in TEMPLATES.items():
        if tool != "recipe":
            made.add(tool, questions(template, 6))
    return made


@pytest.fixture(scope="module")
def tasks():
    """Return the questions of the task files."""
    if not TASKS.is_dir():
        pytest.skip("the task files are not beside the project")
    return {
        path.stem: [row["input"] for row in json.loads(path.read_text(encoding="utf-8"))["examples"]]
        for path in sorted(TASKS.glob("*.json"))
    }
