"""The `@subcommand` decorator, and the dispatch of a `%latm` line to the function that it names.

A new subcommand is a function with `@subcommand` in the file of its group: dispatch, help and completion know it then.
It reads its words, makes one call on the session and returns what is to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.errors import MagicError, did_you_mean
from latm_magic.jupyter.line import read_line, split_words

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from latm_magic.jupyter.notebook import Notebook

Completes = Literal["", "tools", "drafts", "settings", "commands"]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand and what is known of it."""

    name: str
    function: Any
    """(notebook, options) -> what is shown, declared with `magic_arguments`."""
    python: str
    """The Python call that does the same."""
    completes: Completes
    """What the names among its words are completed from."""

    @property
    def parser(self) -> ArgumentParser:
        """What reads its words."""
        parser: ArgumentParser = self.function.parser
        return parser

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (self.parser.description or "").strip().splitlines()[0]

    @property
    def usage(self) -> str:
        """How it is typed."""
        return " ".join(self.parser.format_usage().replace("::", "").split())


SUBCOMMANDS: dict[str, Subcommand] = {}


def subcommand(python: str, completes: Completes = "") -> Callable[[Any], Any]:
    """Make a function that was declared with `magic_arguments("latm NAME")` a subcommand; `python` does the same."""

    def register(function: Any) -> Any:
        name = function.parser.prog.removeprefix("latm ")
        SUBCOMMANDS[name] = Subcommand(name, function, python, completes)
        return function

    return register


def run(notebook: Notebook, line: str) -> Any:
    """Run the subcommand that a line names; raises `MagicError` where there is none of that name."""
    name, *rest = split_words(line) or [""]
    found = SUBCOMMANDS.get(name or "help")
    if found is None:
        hint = did_you_mean(name, SUBCOMMANDS)
        if not hint and name.isidentifier():
            hint = f" A cell that begins with %%latm {name} makes a tool."
        raise MagicError(f"No subcommand {name[:60]!r}.{hint} %latm help lists all.")
    return found.function(notebook, read_line(found.function, rest, notebook.variables.evaluate))
