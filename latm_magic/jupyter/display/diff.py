"""A unified diff with its lines coloured; the signs in front say the same without colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Line

if TYPE_CHECKING:
    from latm_magic.jupyter.display.page import Tone

_TONES: tuple[tuple[str, Tone], ...] = (
    ("+++", "quiet"),
    ("---", "quiet"),
    ("@@", "quiet"),
    ("+", "good"),
    ("-", "bad"),
)


@dataclass(frozen=True, slots=True)
class Diff:
    """A difference, a line each."""

    difference: str

    def html(self) -> str:
        """Return it as escaped HTML."""
        return "".join(line.html() for line in self._lines())

    def text(self) -> str:
        """Return it as plain text without a line end."""
        return "\n".join(line.text() for line in self._lines())

    def _lines(self) -> list[Line]:
        return [Line(words, _tone(words), is_code=True) for words in self.difference.splitlines()]


def _tone(words: str) -> Tone:
    return next((tone for start, tone in _TONES if words.startswith(start)), "")
