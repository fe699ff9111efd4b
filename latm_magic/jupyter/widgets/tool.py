"""One tool in `%latm browse`: its pages, and buttons for what can be done with it.

Each button is one call on the session, the same that its subcommand makes; the notebook's variable follows.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ipywidgets import Checkbox, GridBox, HBox, Layout, ToggleButtons, VBox

from latm_magic.errors import LatmError
from latm_magic.events import MakingStep, Note
from latm_magic.jupyter.display.browse import PAGES, tool_page
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.plain import clip, count
from latm_magic.jupyter.display.sharing import exported_view
from latm_magic.jupyter.display.tools import diff_view, verification_view
from latm_magic.jupyter.widgets.parts import Said, beside, button, html, labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ipywidgets import Widget

    from latm_magic.events import Event
    from latm_magic.jupyter.notebook import Notebook

_MOST = 30
"""Rows with buttons; the rest is in the table of the subcommand."""
_ROW = Layout(flex_flow="row wrap", align_items="center", margin="2px 0", grid_gap="4px")


class ToolPanel:
    """A tool's pages and buttons; `box` is what is shown, and empty before a tool is chosen."""

    def __init__(self, notebook: Notebook, on_change: Callable[[], None]) -> None:
        """`on_change` is called once something was done that a list of tools shows."""
        self._notebook, self._session, self._on_change = notebook, notebook.session, on_change
        self._name = ""
        self.box = VBox(layout=Layout(max_width="100%"))
        self._said, self._asked, self._page, self._controls = Said(), HBox(layout=_ROW), html(), VBox()
        self._pages = ToggleButtons(
            options=list(PAGES), tooltips=list(PAGES.values()), style={"button_width": "max-content"}
        )
        self._pages.observe(lambda _: self._show(), "value")
        self._file = labelled("file", "", "tools.ipynb or name.py", "16em")
        self._force = Checkbox(description="replace it", indent=False, layout=Layout(width="max-content"))
        self._drop = button("Drop …", self._ask_to_drop, "remove it with all its versions and answers")
        self._buttons = HBox(
            [
                button("Verify", self._verify, "run it on all its samples again"),
                button("Grow …", self._ask_to_grow, "have the maker write its next version"),
                self._drop,
                self._file,
                self._force,
                button("Export", self._export, "write it as a notebook or a module"),
            ],
            layout=_ROW,
        )

    def open(self, name: str) -> None:
        """Show a tool."""
        self._name, self._file.value = name, f"{name}.ipynb"
        self._force.value = False
        self.say(page())
        self._pages.value = "card"
        self._show()
        shown = [html(Line(name, strong=True, is_code=True)), self._buttons, self._asked, self._said]
        self.box.children = [*shown, self._pages, self._page, self._controls]

    def say(self, view: View) -> None:
        """Say something below the buttons, in the place of what was said or asked before."""
        self._asked.children = ()
        self._said.tell(view)

    def _show(self) -> None:
        which = self._pages.value
        self._page.value = tool_page(self._session, self._name, which).html
        controls: dict[str, Callable[[], Sequence[Widget]]] = {
            "versions": self._version_controls,
            "changes": self._change_controls,
            "corrections": self._correction_controls,
            "pending": self._pending_controls,
        }
        try:
            self._controls.children = tuple(controls[which]()) if which in controls else ()
        except LatmError:  # what a shared tool has not: the page says so
            self._controls.children = ()

    def _do(self, action: Callable[[], View], *, changes: bool = True) -> None:
        """Do what a button says, once, and say what came of it."""
        self.say(page(Line("…", "quiet")))
        for each in self._buttons.children:
            each.disabled = True
        try:
            with self._said.attempt():
                self.say(action())
        finally:
            for each in self._buttons.children:
                each.disabled = False
        if changes:
            self._on_change()
        if self._name:
            self._show()

    def _ask(self, question: str, yes: str, action: Callable[[], View]) -> None:
        """Ask before something is done; the button that does nothing comes first, and has the focus."""
        no = button("No, leave it", lambda: self._answered(page(Line("Nothing was done."))))
        self.say(page())
        self._asked.children = [beside(Line(question, "care")), no, button(yes, lambda: self._do(action))]
        no.focus()

    def _answered(self, view: View) -> None:
        self.say(view)
        self._drop.focus()

    def _verify(self) -> None:
        self._do(lambda: verification_view(self._session.verify(self._name)))

    def _export(self) -> None:
        path, force = self._file.value.strip(), self._force.value
        self._do(lambda: exported_view(self._session.export(path, [self._name], force=force)), changes=False)

    def _ask_to_grow(self) -> None:
        question = f"Have the maker write the next version of {self._name}? It is a model, which costs what it costs."
        self._ask(question, f"Grow {self._name}", self._grow)

    def _grow(self) -> View:
        tool = self._session.grow(self._name, on_event=self._on_event)
        self._notebook.variables.renew(tool)
        return page(Line(f"{tool.name} is at version {tool.version} now.", "good", "✓"))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Note):
            self._said.tell(page(Line(event.text, "care" if event.level == "warning" else "quiet")))
        elif isinstance(event, MakingStep):
            self._said.tell(page(Line(f"{event.tool}: {event.step}", "quiet", "…")))

    def _ask_to_drop(self) -> None:
        self._ask(f"Drop {self._name} with all its versions and answers?", f"Drop {self._name}", self._do_drop)

    def _do_drop(self) -> View:
        name, variables = self._name, self._notebook.shell.user_ns
        was_there = name in variables
        self._session.drop(name)
        self._notebook.variables.remove(name)
        self._name = ""
        self.box.children = [self._said, *self._undoing(name, was_function=was_there and name not in variables)]
        return page(Line(f"{name} is gone, with all its versions and answers."))

    def _undoing(self, name: str, *, was_function: bool) -> list[Widget]:
        """Return a button that brings a dropped tool back, where the session can."""
        take_back = getattr(self._session, "undo", None)
        if take_back is None:
            return []

        def undo() -> None:
            with self._said.attempt():
                take_back()
                tool = self._session.tool(name)
                if was_function:
                    self._notebook.variables.put(tool)
                self._on_change()
                self.open(name)

        made = button("Undo", undo, f"bring {name} back")
        made.focus()
        return [made]

    def _roll_back(self, version: int) -> View:
        tool = self._session.rollback(self._name, version)
        self._notebook.variables.renew(tool)
        return page(Line(f"{tool.name} is at version {tool.version} now.", "good", "✓"))

    def _version_controls(self) -> list[Widget]:
        current = self._session.tool(self._name).version
        others = [tool.version for tool in self._session.versions(self._name) if tool.version != current][-_MOST:]
        made = [self._button(f"Go to version {number}", self._roll_back, number) for number in others]
        return [HBox(made, layout=_ROW)]

    def _change_controls(self) -> list[Widget]:
        numbers = [tool.version for tool in self._session.versions(self._name)][-_MOST:]
        pairs = {f"{old} → {new}": (old, new) for old, new in pairwise(numbers)}
        if len(pairs) < 2:  # noqa: PLR2004  one pair is shown already
            return []
        made = [button(words, self._shower(*pair), f"from version {words}") for words, pair in pairs.items()]
        return [beside(Line("from version to version:", "quiet")), HBox(made, layout=_ROW)]

    def _shower(self, old: int, new: int) -> Callable[[], None]:
        def show() -> None:
            with self._said.attempt():
                shown = diff_view(self._name, self._session.diff(self._name, old, new))
                self._page.value = page(Line(f"version {old} to {new}", strong=True)).html + shown.html

        return show

    def _correction_controls(self) -> list[Widget]:
        corrections = self._session.corrections(self._name)[:_MOST]
        questions = [each.question for each in corrections]
        return _rows([(_code(clip(each, 200)), self._button("Withdraw", self._withdraw, each)) for each in questions])

    def _withdraw(self, question: str) -> View:
        result = self._session.withdraw(question, tool=self._name)
        return page(Line(f"What you said of {clip(result.question, 80)!r} no longer counts."))

    def _pending_controls(self) -> list[Widget]:
        groups = self._session.pending()[:_MOST]
        made = [
            (
                _code(f"{group.number}: {clip(group.questions[0], 160)}"),
                self._button(f"Give to {self._name}", self._give, group.number),
                self._button("Forget", self._forget, group.number),
            )
            for group in groups
        ]
        return _rows(made)

    def _give(self, group: int) -> View:
        given = self._session.give_pending(group, self._name)
        return page(Line(f"{count(len(given.questions), 'question')} given to {self._name}: it can grow from them."))

    def _forget(self, group: int) -> View:
        return page(Line(f"{count(len(self._session.dismiss_pending(group).questions), 'question')} forgotten."))

    def _button(self, words: str, action: Callable[[Any], View], value: Any) -> Widget:
        return button(words, lambda: self._do(lambda: action(value)))


def _code(words: str) -> Widget:
    return beside(Line(words, is_code=True))


def _rows(made: Sequence[Sequence[Widget]]) -> list[Widget]:
    """Return rows of widgets, below each other in columns."""
    if not made:
        return []
    columns = " ".join(["fit-content(44em)", *["max-content"] * (len(made[0]) - 1)])
    grid = Layout(grid_template_columns=columns, grid_gap="2px 12px", align_items="center")
    return [GridBox([each for row in made for each in row], layout=grid)]
