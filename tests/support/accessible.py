"""What axe-core finds of a page: a test-time tool of the `browser` extra, injected from the package that brings it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["serious"]

_OUTPUT = ".jp-OutputArea-output"


def serious(page: Page, selector: str = _OUTPUT) -> list[tuple[str, str]]:
    """Return what axe-core finds serious or worse in what cells show; skips the test where axe-core is not there."""
    pytest.importorskip("axe_playwright_python", reason="`make test-browser` installs axe-core")
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("selector => axe.run({include: [selector]}, {resultTypes: ['violations']})", selector)
    return [
        (each["id"], node["html"][:200])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
