"""What a notebook shows of the package's records; the records themselves know nothing of it.

`view` returns a record's page; `register` tells a shell to show these records so wherever a cell ends in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.answers import answer_view, answers_view, preview_view
from latm_magic.jupyter.display.asking import asked_view, comparison_view, traces_view
from latm_magic.jupyter.display.drafts import draft_view
from latm_magic.jupyter.display.evaluation import card_view
from latm_magic.jupyter.display.flows import flow_answer_view, flow_view
from latm_magic.jupyter.display.models import offers_view, pings_view
from latm_magic.jupyter.display.page import View
from latm_magic.jupyter.display.sharing import exported_view, loaded_view
from latm_magic.jupyter.display.status import ledger_view, settings_view, status_view
from latm_magic.jupyter.display.tools import tool_view, verification_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["View", "register", "unregister", "view"]

_VIEWS: dict[tuple[str, str], Callable[[Any], View]] = {
    ("latm_magic.tools.function", "Tool"): tool_view,
    ("latm_magic.draft", "Draft"): draft_view,
    ("latm_magic.workflows.flow", "Flow"): flow_view,
    ("latm_magic.workflows.flow", "FlowAnswer"): flow_answer_view,
    ("latm_magic.answer", "Answers"): answers_view,
    ("latm_magic.answer", "Answer"): answer_view,
    ("latm_magic.session.solving", "Preview"): preview_view,
    ("latm_magic.verification", "Verification"): verification_view,
    ("latm_magic.session.status", "Status"): status_view,
    ("latm_magic.session.pinging", "Pings"): pings_view,
    ("latm_magic.models.ledger", "Ledger"): ledger_view,
    ("latm_magic.models.offers", "Offers"): offers_view,
    ("latm_magic.settings", "Latm"): settings_view,
    ("latm_magic.solving.tool_loop.asked", "Asked"): asked_view,
    ("latm_magic.solving.tool_loop.comparing", "TraceComparison"): comparison_view,
    ("latm_magic.cache.trace_file", "Traces"): traces_view,
    ("latm_magic.sharing.exporting", "Exported"): exported_view,
    ("latm_magic.sharing.loading", "Loaded"): loaded_view,
    ("latm_magic.evaluation.card", "Card"): card_view,
}
"""By module and name, so that nothing is imported before there is something to show."""

_told: list[Callable[[Any], None]] = []


def view(record: Any) -> View:
    """Return what is shown of a record; raises `KeyError` for what has no view."""
    shown = _VIEWS[type(record).__module__, type(record).__name__](record)
    for tell in _told:
        tell(record)
    return shown


def register(shell: InteractiveShell, on_view: Callable[[Any], None]) -> None:
    """Have the shell show these records as their views; `on_view` is told of each that is looked at."""
    _told.append(on_view)
    for module, name in _VIEWS:
        _formatter(shell).for_type_by_name(module, name, _bundle)


def unregister(shell: InteractiveShell, on_view: Callable[[Any], None]) -> None:
    """Take the views away again."""
    _told[:] = [told for told in _told if told != on_view]
    for module, name in _VIEWS:
        _formatter(shell).pop(f"{module}.{name}", None)


def _formatter(shell: InteractiveShell) -> Any:
    formatter: Any = shell.display_formatter
    return formatter.mimebundle_formatter


def _bundle(record: Any, **_: Any) -> dict[str, str]:
    shown = view(record)
    return {"text/plain": shown.text, "text/html": shown.html}
