"""What a notebook shows of the package's records; the records themselves know nothing of it.

`view` gives a record's page; `register` tells a shell to show these records so wherever a cell ends in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.answers import answer_card, answers_table
from latm_magic.jupyter.display.page import View
from latm_magic.jupyter.display.sharing import exported_card, loaded_card
from latm_magic.jupyter.display.tables import ledger_table, settings_table, status_table
from latm_magic.jupyter.display.tool import tool_card, verification_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["View", "register", "unregister", "view"]

_VIEWS: dict[tuple[str, str], Callable[[Any], View]] = {
    ("latm_magic.tools.function", "Tool"): tool_card,
    ("latm_magic.answer", "Answers"): answers_table,
    ("latm_magic.answer", "Answer"): answer_card,
    ("latm_magic.tool", "Verification"): verification_card,
    ("latm_magic.session.status", "Status"): status_table,
    ("latm_magic.models.ledger", "Ledger"): ledger_table,
    ("latm_magic.settings", "Latm"): settings_table,
    ("latm_magic.sharing.exporting", "Exported"): exported_card,
    ("latm_magic.sharing.loading", "Loaded"): loaded_card,
}
"""By module and name, so that nothing is imported before there is something to show."""


def view(record: Any) -> View:
    """Give what is shown of a record; raises `KeyError` for what has no view."""
    return _VIEWS[type(record).__module__, type(record).__name__](record)


def register(shell: InteractiveShell) -> None:
    """Have the shell show these records as their views."""
    for module, name in _VIEWS:
        _formatter(shell).for_type_by_name(module, name, _bundle)


def unregister(shell: InteractiveShell) -> None:
    """Take the views away again."""
    for module, name in _VIEWS:
        _formatter(shell).pop(f"{module}.{name}", None)


def _formatter(shell: InteractiveShell) -> Any:
    formatter: Any = shell.display_formatter
    return formatter.mimebundle_formatter


def _bundle(record: Any, **_: Any) -> dict[str, str]:
    shown = view(record)
    return {"text/plain": shown.text, "text/html": shown.html}
