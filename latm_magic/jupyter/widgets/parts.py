"""What forms are put together from: blocks of a page as a widget, and the line that says what came of a button."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ipywidgets import HTML, Button, Layout, Text

from latm_magic.errors import LatmError
from latm_magic.jupyter.display.page import Line, View, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latm_magic.jupyter.display.page import Block


def html(*blocks: Block | None) -> HTML:
    """Return blocks of a page as a widget; text of anybody's is escaped there."""
    return HTML(page(*blocks).html)


def beside(line: Line) -> HTML:
    """Return a line as a widget that stands beside controls: as high as they are, further lines of it close below."""
    return HTML(f'<div style="line-height:1.45;padding:.15em 0">{line.html()}</div>', layout=Layout(margin="2px 0"))


def button(words: str, does: Callable[[], None], tooltip: str = "", style: str = "") -> Button:
    """Return a button as wide as its words."""
    made = Button(description=words, tooltip=tooltip or words, button_style=style, layout=Layout(width="max-content"))
    made.on_click(lambda _: does())
    return made


def labelled(words: str, value: str, hint: str, width: str) -> Text:
    """Return a field with a label in front, which whoever does not see it is told as well."""
    style = {"description_width": "initial"}
    return Text(value, description=words, placeholder=hint, style=style, layout=Layout(width=width))


class Said(HTML):  # type: ignore[misc]  # ipywidgets has no types
    """Where a form says what came of something."""

    def tell(self, view: View) -> None:
        """Say something in the place of what was said before."""
        self.value = view.html

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Say in one line why the block failed; what is no error of ours is raised as well."""
        try:
            yield
        except LatmError as fault:
            self.tell(page(Line(str(fault), "bad")))
        except KeyboardInterrupt:
            self.tell(page(Line("Interrupted: what was done before is kept.", "care")))
            raise
        except BaseException as fault:
            self.tell(page(Line(f"Nothing more was done: {type(fault).__name__}: {fault}", "bad")))
            raise
