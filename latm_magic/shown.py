"""Records that can be looked at wherever they are: `print`, and the HTML that marimo, VS Code and others ask for.

What is shown is decided in `jupyter/display/`, which knows all records and is far above them; the face of the package
says how it is found, when there is something to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Page(Protocol):
    """A record as HTML and as text."""

    @property
    def html(self) -> str:
        """Return it as HTML."""

    @property
    def text(self) -> str:
        """Return it as plain text."""


_views: list[Callable[[Any], Page]] = []


def show_by(view: Callable[[Any], Page]) -> None:
    """Have records shown by what `view` returns of them."""
    _views[:] = [view]


class Shown:
    """A record that has a view."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return it as text to be read."""
        return _views[0](self).text if _views else repr(self)

    def _repr_html_(self) -> str | None:
        return _views[0](self).html if _views else None
