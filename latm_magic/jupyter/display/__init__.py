"""What a notebook shows of the package's records; the records themselves know nothing of it.

`view` returns a record's page; `register` tells a shell to show these records so wherever a cell ends in one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.page import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["View", "register", "unregister", "view"]

_VIEWS: dict[tuple[str, str], str] = {
    ("latm_magic.tools.function", "Tool"): "tools.tool_view",
    ("latm_magic.draft", "Draft"): "drafts.draft_view",
    ("latm_magic.answer", "Answers"): "answers.answers_view",
    ("latm_magic.answer", "Answer"): "answers.answer_view",
    ("latm_magic.session.solving", "Preview"): "answers.preview_view",
    ("latm_magic.verification", "Verification"): "tools.verification_view",
    ("latm_magic.session.status", "Status"): "status.status_view",
    ("latm_magic.session.pinging", "Pings"): "models.pings_view",
    ("latm_magic.models.ledger", "Ledger"): "status.ledger_view",
    ("latm_magic.models.offers", "Offers"): "models.offers_view",
    ("latm_magic.settings", "Latm"): "status.settings_view",
    ("latm_magic.sharing.exporting", "Exported"): "sharing.exported_view",
    ("latm_magic.sharing.loading", "Loaded"): "sharing.loaded_view",
    ("latm_magic.workflows.flow", "Flow"): "flows.flow_view",
    ("latm_magic.workflows.flow", "FlowAnswer"): "flows.flow_answer_view",
    ("latm_magic.solving.tool_loop.asked", "Asked"): "asking.asked_view",
    ("latm_magic.solving.tool_loop.comparing", "TraceComparison"): "asking.comparison_view",
    ("latm_magic.cache.trace_file", "Traces"): "asking.traces_view",
    ("latm_magic.evaluation.card", "Card"): "evaluation.card_view",
}
"""Record, by module and name -> its view, by file and name: nothing is imported before there is something to show."""

_told: list[Callable[[Any], None]] = []


def view(record: Any) -> View:
    """Return what is shown of a record; raises `KeyError` for what has no view."""
    file, name = _VIEWS[type(record).__module__, type(record).__name__].split(".")
    shown: View = getattr(import_module(f"{__name__}.{file}"), name)(record)
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
