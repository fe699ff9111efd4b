"""The blocks that cards are built of, each as static HTML and as plain text of the same words.

HTML is escaped, has no scripts, classes or outer resources, and carries its style on each element, because that is what
a saved notebook keeps. Text has the theme's own colour; the other tones are mixed with it, so that they can be read on
white and on black alike, and are left out where a program does not know how to mix.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from latm_magic.jupyter.display.plain import clip, one_line, pad, width
from latm_magic.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

Tone = Literal["", "good", "bad", "care", "quiet"]

_COLOURS: dict[Tone, str] = {
    "good": "color:color-mix(in srgb,#22a04a 75%,currentcolor)",
    "bad": "color:color-mix(in srgb,#e5484d 75%,currentcolor)",
    "care": "color:color-mix(in srgb,#d97706 75%,currentcolor)",
    "quiet": "opacity:.72",
}
_FONT = "var(--jp-code-font-family,var(--vscode-editor-font-family,ui-monospace,Menlo,Consolas,monospace))"
_MONO = f"font-family:{_FONT};font-size:.93em"
_RULE = "1px solid rgba(128,128,128,.35)"
_WRAP = "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
_WHOLE_WORDS = "white-space:pre-wrap;word-break:normal;overflow-wrap:break-word"
_LONG_WORD = 32
"""Characters; a column is at least as wide as its longest word, up to this."""
_INDENT = "  "
_LONGEST = 4_000
"""Characters of a line or title beyond which it is cut: a page is looked at, and kept with the notebook."""


@dataclass(frozen=True, slots=True)
class View:
    """Something to look at, as HTML and as text; a notebook shows the one, a terminal the other."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


class Drawing(View):
    """A view whose text is Markdown of ours that a notebook draws; its HTML is for where nothing else is shown."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/markdown": self.text}


class Block(Protocol):
    """A part of a page."""

    def html(self) -> str:
        """Return it as escaped HTML."""

    def text(self) -> str:
        """Return it as plain text without a line end."""


def page(*blocks: Block | None) -> View:
    """Put blocks one below the other; None is left out."""
    shown = [block for block in blocks if block is not None]
    inner = "".join(block.html() for block in shown)
    style = "margin:.2em 0 .6em;line-height:1.45;font-variant-numeric:tabular-nums"
    return View(f'<div style="{style}">{inner}</div>', "\n".join(block.text() for block in shown))


@dataclass(frozen=True, slots=True)
class Title:
    """The name of what is shown."""

    title: str
    note: str = ""

    def html(self) -> str:
        """Return it as escaped HTML."""
        note = f' <span style="opacity:.72;padding-left:.6em">{_escape(self.note)}</span>' if self.note else ""
        title = f'<span style="font-weight:600;{_MONO}">{_escape(self.title)}</span>'
        return f'<div dir="auto" style="margin:0;{_WRAP}">{title}{note}</div>'

    def text(self) -> str:
        """Return it as plain text without a line end."""
        return _plain(f"{self.title}  ({self.note})" if self.note else self.title)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or facts with a dot between them."""

    words: str
    tone: Tone = ""
    mark: str = ""
    """A sign in front, in the tone's colour; the words then stay plain."""
    strong: bool = False
    is_code: bool = False

    def html(self) -> str:
        """Return it as escaped HTML."""
        style = f"margin:.15em 0;{_WRAP}" + (";font-weight:600" if self.strong else "")
        style += f";{_MONO}" if self.is_code else ""
        if self.mark:
            words = f'<span style="{_COLOURS.get(self.tone, "")}">{_escape(self.mark)}</span> {_escape(self.words)}'
        else:
            style += f";{_COLOURS[self.tone]}" if self.tone else ""
            words = _escape(self.words)
        return f'<div dir="auto" style="{style}">{words}</div>'

    def text(self) -> str:
        """Return it as plain text without a line end."""
        return _plain(f"{self.mark} {self.words}" if self.mark else self.words)


@dataclass(frozen=True, slots=True)
class Code:
    """Text with its line ends and blanks, behind a summary to click on; the keyboard reaches it, to scroll it."""

    code: str
    summary: str = ""
    instead: str = ""
    """What plain text says in its place, where nothing can be folded; "" = the code itself."""
    limit: int = 100_000
    """At most this many characters of it."""

    def html(self) -> str:
        """Return it as escaped HTML."""
        style = f"margin:.3em 0 0;padding:.6em .8em;border:{_RULE};border-radius:3px;max-height:36em;overflow:auto"
        style += f";line-height:1.4;background:transparent;color:inherit;{_WRAP};{_MONO}"
        pre = f'<pre tabindex="0" style="{style}">{_escape(self.code, self.limit)}</pre>'
        return _folded(pre, self.summary, is_open=False) if self.summary else pre

    def text(self) -> str:
        """Return it as plain text without a line end."""
        return self.instead or _plain(self.code.rstrip("\n"), self.limit)


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is set."""

    title: str
    is_number: bool = False
    is_code: bool = False
    wraps: bool = False
    """Its cells may break into several lines."""
    columns: int = 24
    """At most this wide as plain text."""
    limit: int = 300
    """At most this many characters of a cell as HTML."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a tone."""

    words: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below each other; a row of one cell spans the table."""

    columns: tuple[Column, ...]
    rows: tuple[Sequence[str | Cell], ...]
    summary: str = ""
    """To fold it behind; "" = always open."""
    is_open: bool = True
    has_head: bool = True

    def html(self) -> str:
        """Return it as escaped HTML."""
        head = f"<thead><tr>{''.join(map(_head_cell, self.columns))}</tr></thead>" if self.has_head else ""
        body = "".join(f'<tr style="background:transparent">{self._html_row(row)}</tr>' for row in self.rows)
        style = "border-collapse:collapse;margin:.35em 0;table-layout:auto;border:none;font-size:inherit;color:inherit"
        table = f'<div style="overflow-x:auto"><table style="{style}">{head}<tbody>{body}</tbody></table></div>'
        return _folded(table, self.summary, is_open=self.is_open) if self.summary else table

    def _html_row(self, row: Sequence[str | Cell]) -> str:
        if len(row) < len(self.columns):
            style = f"text-align:left;padding:.2em 0;border:none;{_COLOURS['quiet']}"
            return f'<td colspan="{len(self.columns)}" style="{style}">{_escape(_words(row[0]))}</td>'
        return "".join(_body_cell(column, cell) for column, cell in zip(self.columns, row, strict=True))

    def text(self) -> str:
        """Return it as plain text without a line end."""
        whole = [row for row in self.rows if len(row) == len(self.columns)]
        lines = [
            [one_line(_words(cell), c.columns) for c, cell in zip(self.columns, row, strict=True)] for row in whole
        ]
        heads = [one_line(column.title, column.columns) if self.has_head else "" for column in self.columns]
        widths = [max(map(width, column)) for column in zip(heads, *lines, strict=True)]
        shown = [self._text_row(heads, widths)] if self.has_head else []
        ready = iter(lines)
        for row in self.rows:
            is_whole = len(row) == len(self.columns)
            shown.append(self._text_row(next(ready), widths) if is_whole else _INDENT + visible(_words(row[0])))
        return "\n".join(shown)

    def _text_row(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        parts = [
            pad(cell, wide, right=column.is_number)
            for cell, wide, column in zip(cells, widths, self.columns, strict=True)
        ]
        return (_INDENT + "  ".join(parts)).rstrip()


def _head_cell(column: Column) -> str:
    side = "right" if column.is_number else "left"
    style = f"text-align:{side};font-weight:500;opacity:.72;border:none;border-bottom:{_RULE};{_PADDING}"
    return f'<th style="{style}">{_escape(column.title)}</th>'


def _body_cell(column: Column, cell: str | Cell) -> str:
    side = "right" if column.is_number else "left"
    style = f"text-align:{side};vertical-align:baseline;border:none;{_PADDING}"
    words = clip(_words(cell), column.limit)
    style += f";{_wrapping(words, is_code=column.is_code)}" if column.wraps else ";white-space:pre"
    style += f";{_MONO}" if column.is_code else ""
    tone = _COLOURS.get(cell.tone, "") if isinstance(cell, Cell) else ""
    direction = "" if column.is_number else ' dir="auto"'
    shown = _escape(words)
    return f'<td{direction} style="{style}{";" + tone if tone else ""}">{shown}</td>'


def _wrapping(words: str, *, is_code: bool) -> str:
    """Break between words as long as these fit, so that no column is squeezed to a few letters.

    A table shares its width out by the widest cells: beyond `max-width` they count no more.
    """
    is_long = any(len(word) > _LONG_WORD for word in words.split())
    least = min(10 if is_code else max(7, min(12, len(words) // 5)), len(words) // 2)
    return f"min-width:{least}em;max-width:44em;{_WRAP if is_long else _WHOLE_WORDS}"


_PADDING = "padding:.15em 1.1em .15em 0"


def _folded(inner: str, summary: str, *, is_open: bool) -> str:
    style = "cursor:pointer;opacity:.8"
    start = "<details open" if is_open else "<details"
    return f'{start} style="margin:.35em 0"><summary style="{style}">{_escape(summary)}</summary>{inner}</details>'


def _words(cell: str | Cell) -> str:
    return cell.words if isinstance(cell, Cell) else cell


def _plain(text: str, limit: int = _LONGEST) -> str:
    return visible(clip(text, limit))


def _escape(text: str, limit: int = _LONGEST) -> str:
    return html.escape(_plain(text, limit))
