"""What a notebook shows of the package's records; the records themselves know nothing of it.

`view` gives a record's page; `register` tells a shell to show these records so wherever a cell ends in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.answer import Answer, Answers
from latm_magic.jupyter.display.answers import answer_card, answers_table
from latm_magic.jupyter.display.page import View
from latm_magic.jupyter.display.tables import ledger_table, settings_table, status_table
from latm_magic.jupyter.display.tool import tool_card, verification_card
from latm_magic.models.ledger import Ledger
from latm_magic.settings import Latm
from latm_magic.status import Status
from latm_magic.tool import Verification
from latm_magic.using.function import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["View", "register", "unregister", "view"]

_VIEWS: dict[type, Callable[[Any], View]] = {
    Tool: tool_card,
    Answers: answers_table,
    Answer: answer_card,
    Verification: verification_card,
    Status: status_table,
    Ledger: ledger_table,
    Latm: settings_table,
}


def view(record: Any) -> View:
    """Give what is shown of a record; raises `KeyError` for what has no view."""
    return _VIEWS[type(record)](record)


def register(shell: InteractiveShell) -> None:
    """Have the shell show these records as their views."""
    for kind in _VIEWS:
        _formatter(shell).for_type(kind, _bundle)


def unregister(shell: InteractiveShell) -> None:
    """Take the views away again."""
    for kind in _VIEWS:
        _formatter(shell).pop(kind, None)


def _formatter(shell: InteractiveShell) -> Any:
    formatter: Any = shell.display_formatter
    return formatter.mimebundle_formatter


def _bundle(record: Any, **_: Any) -> dict[str, str]:
    shown = view(record)
    return {"text/plain": shown.text, "text/html": shown.html}
