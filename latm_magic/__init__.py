"""Turn repeated questions to language models into verified Python tools, in your notebook.

This file is only the face: `%load_ext latm_magic`, and the names to import. Each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from latm_magic.shown import show_by

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.answer import Answer, Answers
    from latm_magic.errors import LatmError
    from latm_magic.jupyter.display import View
    from latm_magic.jupyter.extension import current, trace
    from latm_magic.session.session import Session
    from latm_magic.task import REFUSE
    from latm_magic.tools.function import Tool
    from latm_magic.tools.tracing import pure

    __version__: str

__all__ = [
    "REFUSE",
    "Answer",
    "Answers",
    "LatmError",
    "Session",
    "Tool",
    "__version__",
    "current",
    "load_ipython_extension",
    "pure",
    "trace",
    "unload_ipython_extension",
]

_HOMES = {
    "REFUSE": "task",
    "Answer": "answer",
    "Answers": "answer",
    "LatmError": "errors",
    "Session": "session",
    "Tool": "tools.function",
    "current": "jupyter.extension",
    "pure": "tools.tracing",
    "trace": "jupyter.extension",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _view(record: Any) -> View:
    from latm_magic.jupyter.display import view

    return view(record)


show_by(_view)


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Load the magics: what `%load_ext latm_magic` calls."""
    from latm_magic.jupyter.extension import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take them out again: what `%unload_ext latm_magic` calls."""
    from latm_magic.jupyter.extension import unload

    unload(ipython)
