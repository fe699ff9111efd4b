"""The form of `%latm browse`: tools to search, sort and choose from, and below them the one that was chosen.

What a tool has and can do is in `tool.py`; the same without a form is in `display/browse.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from IPython.display import display
from ipywidgets import GridBox, HBox, Layout, ToggleButtons, VBox

from latm_magic.jupyter.display.browse import SORTS, costs, found, list_view, no_tool_has, whole_view
from latm_magic.jupyter.display.page import Line
from latm_magic.jupyter.display.plain import clip, count, usd
from latm_magic.jupyter.widgets.parts import Said, beside, button, html, labelled
from latm_magic.jupyter.widgets.tool import ToolPanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipywidgets import Button, Widget

    from latm_magic.cache.records import ToolSummary
    from latm_magic.jupyter.notebook import Notebook

_MOST = 30
"""Tools that are listed; the search finds the others."""
_HEADS = ("tool", "version", "verified", "what it does", "made", "models cost")
_COLUMNS = "max-content max-content max-content minmax(12em,1fr) max-content max-content"


class Browser:
    """Lists tools, and opens one."""

    def __init__(self, notebook: Notebook, name: str = "", search: str = "", sort: str = "name") -> None:
        """Show the tools that are found once displayed, and the tool `name`; raises `ToolNotFound`."""
        self._session = notebook.session
        self._static = whole_view(self._session, name) if name else list_view(self._session, search, sort)
        self._search = labelled("search", search, "words of name or description", "24em")
        self._sort = ToggleButtons(
            options=list(SORTS), value=sort, tooltips=list(SORTS.values()), style={"button_width": "max-content"}
        )
        self._list, self._said = VBox(layout=Layout(max_height="22em", overflow="auto")), Said()
        self._buttons: dict[str, Button] = {}
        self._chosen = name
        self._panel = ToolPanel(notebook, self._fill)
        for control in (self._search, self._sort):
            control.observe(lambda _: self._fill(), "value")
        self._fill()
        if name:
            self._panel.open(name)

    def _ipython_display_(self) -> None:
        sorting = HBox(
            [beside(Line("sorted by", "quiet")), self._sort], layout=Layout(align_items="center", grid_gap="0 8px")
        )
        top = HBox([self._search, sorting], layout=Layout(flex_flow="row wrap", grid_gap="2px 12px"))
        box = VBox([top, self._said, self._list, self._panel.box], layout=Layout(max_width="100%"))
        display(box._repr_mimebundle_() | self._static._repr_mimebundle_(), raw=True)

    def _fill(self) -> None:
        """List what is found now."""
        with self._said.attempt():
            tools = found(self._session, self._search.value, self._sort.value)
            self._said.value = ""
            self._list.children = [self._grid(tools) if tools else html(self._nothing())]

    def _nothing(self) -> Line:
        words = self._search.value
        return Line(no_tool_has(words) if words else "No tools yet: make one with %%latm NAME.")

    def _grid(self, tools: Sequence[ToolSummary]) -> Widget:
        """Return the first tools in rows, each with its name as a button."""
        spent = costs(self._session)
        suspects = self._session.cache.tools.suspects()
        self._buttons = {}
        cells: list[Widget] = [beside(Line(head, "quiet")) for head in _HEADS]
        for tool in tools[:_MOST]:
            self._buttons[tool.name] = button(tool.name, partial(self._open, tool.name), f"open {tool.name}")
            verified = Line(f"{tool.verified}, suspect", "bad") if tool.name in suspects else Line(tool.verified)
            what = Line(clip(" ".join(tool.description.split()), 90))
            rest = (
                Line(str(tool.version)),
                verified,
                what,
                Line(tool.created[:10]),
                Line(usd(spent.get(tool.name, 0))),
            )
            cells += [self._buttons[tool.name], *map(beside, rest)]
        self._mark()
        more = len(tools) - _MOST
        grid = Layout(grid_template_columns=_COLUMNS, grid_gap="0 14px", align_items="center", min_width="44em")
        below = [html(Line(f"… {count(more, 'more tool')}: search for them.", "quiet"))] if more > 0 else []
        return VBox([GridBox(cells, layout=grid), *below])

    def _open(self, name: str) -> None:
        with self._said.attempt():
            self._session.tool(name)
            self._chosen, self._said.value = name, ""
            self._mark()
            self._panel.open(name)

    def _mark(self) -> None:
        """Mark the tool that is open."""
        for name, each in self._buttons.items():
            each.button_style = "primary" if name == self._chosen else ""
