"""A notebook that is open in JupyterLab, as a person at the browser has it: cells, outputs, menus.

Each step waits for what a person would wait for; nothing sleeps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["CARD", "Opened"]

CARD = ".jp-OutputArea-output[data-mime-type='text/html']"
"""What latm_magic showed, wherever it is."""

_RAN = re.compile(r"\[\d+\]:")


@dataclass(frozen=True)
class Opened:
    """A notebook in a page."""

    page: Page

    def cell(self, position: int) -> Locator:
        """Return a code cell with its outputs; -1 is the last."""
        return self.page.locator(".jp-CodeCell").nth(position)

    def outputs(self, position: int) -> Locator:
        """Return what a code cell shows."""
        return self.cell(position).locator(".jp-OutputArea-output")

    def menu(self, menu: str, item: str) -> None:
        """Click on an item of a menu."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def run_all(self) -> None:
        """Run all cells, and wait until none is waiting any more."""
        self.menu("Run", "Run All Cells")
        self.wait()

    def run(self, position: int) -> None:
        """Run one cell, and wait for its end."""
        self.cell(position).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.wait(position)

    def wait(self, position: int | None = None) -> None:
        """Wait until a cell was run; without one, until something was run and nothing is left to run."""
        from playwright.sync_api import expect

        cells = self.page.locator(".jp-CodeCell") if position is None else self.cell(position)
        cells.locator(".jp-InputPrompt").filter(has_text=_RAN).first.wait_for()
        expect(self.page.locator(".jp-InputPrompt").filter(has_text="[*]:")).to_have_count(0)

    def theme(self, name: str) -> None:
        """Choose a theme, and wait until it is there."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text("Theme", exact=True).hover()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")

    def save(self) -> None:
        """Save the notebook, and wait until the server has it."""
        with self.page.expect_response(lambda reply: reply.request.method == "PUT" and "/api/contents/" in reply.url):
            self.menu("File", "Save Notebook")
