"""Completing what you type behind the magics: subcommands, options, the names of tools and settings.

In an expression behind a magic, variables are completed here, because IPython does so at the start of a line only;
attributes and keys are left to IPython.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError
from latm_magic.jupyter.line import option_names
from latm_magic.jupyter.magics import LatmMagics
from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.jupyter.notebook import Notebook

_PARSERS: dict[str, Any] = {
    "%%latm": LatmMagics.latm_cell,
    "%%latm_tool": LatmMagics.latm_tool,
    "%latm_solve": LatmMagics.latm_solve,
    "%%latm_solve": LatmMagics.latm_solve,
}
_NAMED = {"%%latm", "%%latm_tool"}
_VARIABLE = re.compile(r"(?:^|[^\w.])[^\W\d]\w*$")
_HOOK = "complete_command"


def register(notebook: Notebook) -> None:
    """Have the shell complete the magics with `complete`."""
    for command in ("%latm", *_PARSERS):
        notebook.shell.set_hook(
            _HOOK, lambda _shell, event: complete(notebook, event.text_until_cursor), str_key=command
        )


def unregister(shell: InteractiveShell) -> None:
    """Take that out of the shell again."""
    for command in ("%latm", *_PARSERS):
        shell.strdispatchers[_HOOK].strs.pop(command, None)


def complete(notebook: Notebook, typed: str) -> list[str]:
    """Return the words that may stand where `typed` ends; none where IPython knows better."""
    command, *words = typed.split()
    current = "" if typed[-1:].isspace() or not words else words.pop()
    if command == "%latm":
        return _complete_subcommand(notebook, words, current)
    if words and words[-1] == "--tool":
        return _tools(notebook)
    if current.startswith("-"):
        return option_names(_PARSERS[command].parser)
    if command in _NAMED and not words:
        return _tools(notebook)
    return list(notebook.shell.user_ns) if _VARIABLE.search(current) else []


def _complete_subcommand(notebook: Notebook, words: list[str], current: str) -> list[str]:
    if not words:
        return list(SUBCOMMANDS)
    known = SUBCOMMANDS.get(words[0])
    if known is None:
        return []
    if current.startswith("-"):
        return option_names(known.parser)
    if known.completes == "tools":
        return _tools(notebook)
    return list(notebook.settings.names()) if known.completes == "settings" else []


def _tools(notebook: Notebook) -> list[str]:
    try:
        return list(notebook.session.cache.tools.names())
    except LatmError:
        return []  # a completer cannot show an error; the magic itself will
