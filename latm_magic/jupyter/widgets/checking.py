"""The rows of `%latm check` as a form: a choice for each row, and one button that does what the cell does.

Which rows these are, and what is learned from them, is the session's; how they are shown without a form is in
`display/checking.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display
from ipywidgets import Button, GridBox, Layout, Text, Textarea, ToggleButtons, VBox

from latm_magic.errors import TaskError
from latm_magic.jupyter.display.checking import answer_cell, check_page, checked_view, why_words
from latm_magic.jupyter.display.page import Cell, Line, View, page
from latm_magic.jupyter.display.plain import clip, count
from latm_magic.jupyter.widgets.parts import Said, html
from latm_magic.task import REFUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.session.checking import CheckRow, CheckSheet
    from latm_magic.session.session import Session

_WRONG, _SKIP = "wrong", "skip"
_CHOICES = {
    "right": "this is right",
    _WRONG: "something else is right",
    "refuse": "it should be refused",
    "none": "there is no answer",
    _SKIP: "say nothing",
}
_HEADS = ("question", "answer", "why", "is it right?")
_COLUMNS = "minmax(9em,5fr) minmax(5em,2fr) minmax(5em,3fr) max-content"
_HOW = "Say of each row whether the answer is right; skip what you cannot say."


class CheckForm:
    """Shows a sheet, takes in what was filled in, and goes on with the rows that are left."""

    def __init__(self, session: Session, sheet: CheckSheet, again: Callable[[], CheckSheet]) -> None:
        """Show `sheet` once displayed; `again` gives the rows that are left after a save."""
        self._session, self._again = session, again
        self._static = check_page(sheet, f"{_HOW} %latm check {sheet.tool} EXPR --cell puts a cell below instead.")
        self._save = Button(description="Save what I filled in", button_style="primary")
        self._save.layout = Layout(width="max-content", margin="6px 0")
        self._save.on_click(self._on_save)
        self._said, self._sheet_area = Said(), VBox()
        self._box = VBox([self._said, self._sheet_area, self._save], layout=Layout(max_width="100%"))
        self._shown: Any = None
        self._fill(sheet)

    def _ipython_display_(self) -> None:
        bundle = self._box._repr_mimebundle_() | self._static._repr_mimebundle_()
        self._shown = display(bundle, raw=True, display_id=True)

    def _fill(self, sheet: CheckSheet) -> None:
        self._sheet = sheet
        self._rows = [_Row(number, row) for number, row in enumerate(sheet.rows, 1)]
        cells = [html(Line(head, "quiet")) for head in _HEADS]
        cells += [cell for row in self._rows for cell in row.cells]
        left = f" {count(sheet.left, 'more row')} to look at." if sheet.left else ""
        note = Line(sheet.note, "quiet") if sheet.note else None
        grid = Layout(grid_template_columns=_COLUMNS, grid_gap="2px 12px", align_items="flex-start", min_width="40em")
        self._sheet_area.children = (html(Line(f"{_HOW}{left}"), note), GridBox(cells, layout=grid))

    def _on_save(self, _button: Button) -> None:
        self._save.disabled = True
        try:
            with self._said.attempt():
                self._take()
        finally:
            self._save.disabled = False

    def _take(self) -> None:
        """Do what the cell does, once; then show what came of it, and what is left."""
        labels = {row.row.question: row.label() for row in self._rows if row.is_filled}
        if not labels:
            raise TaskError("Nothing is filled in: choose what is right in one of the rows.")
        results = self._session.checked(self._sheet.tool, labels, is_random=self._sheet.is_random)
        said, sheet = checked_view(self._sheet.tool, results), self._again()
        self._said.tell(said)
        if sheet.rows:
            self._fill(sheet)
        else:
            self._end(said, sheet)

    def _end(self, said: View, sheet: CheckSheet) -> None:
        """Leave a page in the form's place, which a saved notebook keeps."""
        ending = page(Line(sheet.note))
        self._shown.update(View(said.html + ending.html, f"{said.text}\n{ending.text}"))


class _Row:
    """What stands in the cells of one row."""

    def __init__(self, number: int, row: CheckRow) -> None:
        self.number, self.row = number, row
        # Buttons: on a list, JupyterLab takes arrow keys and letters for its own commands.
        self._choice = ToggleButtons(
            options=list(_CHOICES),
            value=_SKIP,
            tooltips=[f"row {number}: {words}" for words in _CHOICES.values()],
            style={"button_width": "max-content"},
            layout=Layout(width="max-content"),
        )
        is_long = "\n" in (row.answer or "")
        self._answer = (Textarea if is_long else Text)(placeholder="the right answer")
        self._answer.layout = Layout(width="auto", display="none")
        self._choice.observe(self._on_choice, "value")
        answer = answer_cell(row)
        said = answer if isinstance(answer, Cell) else Cell(answer)
        self.cells = (
            html(Line(clip(row.question, 400), is_code=True)),
            html(Line(clip(said.words, 200), said.tone, is_code=True)),
            html(Line(why_words(row), "quiet")),
            VBox([self._choice, self._answer]),
        )

    @property
    def is_filled(self) -> bool:
        """Whether something was said of the row."""
        return bool(self._choice.value != _SKIP)

    def label(self) -> Any:
        """Return what is right, as `Session.checked` takes it; raises `TaskError` where it is not said."""
        if self._choice.value == _WRONG:
            if not self._answer.value.strip():
                self._answer.focus()
                raise TaskError(f"Row {self.number} is wrong, but what is right? Write it, or choose {_SKIP!r}.")
            return self._answer.value
        own = None if self.row.is_none else REFUSE if self.row.answer is None else self.row.answer
        return {"right": own, "refuse": REFUSE, "none": None}[self._choice.value]

    def _on_choice(self, change: Any) -> None:
        is_wrong = change["new"] == _WRONG
        self._answer.layout.display = "" if is_wrong else "none"
        if is_wrong:
            self._answer.focus()
