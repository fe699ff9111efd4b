"""The `@subcommand` decorator, and the dispatch of a `%latm` line to the function that it names.

A new subcommand is a function with `@subcommand` in the file of its group: dispatch, help and completion know it then.
It reads its words, makes one call on the session and returns what is to be shown.
"""

from __future__ import annotations

from argparse import SUPPRESS
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
        """How it is typed, with all its options."""
        return usage_of(self.parser, f"%latm {self.name}")

    @property
    def short(self) -> str:
        """How it is typed, without options."""
        named = (each for each in self.parser._actions if not each.option_strings and each.help != SUPPRESS)  # noqa: SLF001
        return " ".join(
            [f"%latm {self.name}", *(f"[{a.metavar}]" if a.nargs in {"?", "*"} else f"{a.metavar}" for a in named)]
        )


SUBCOMMANDS: dict[str, Subcommand] = {}
ALIASES = {"list": "tools", "ls": "tools", "delete": "drop"}
"""Other words for a subcommand."""
_MEANT = {
    "set": "config", "settings": "config", "setting": "config", "remove": "drop", "rm": "drop", "del": "drop",
    "history": "versions", "log": "versions", "info": "show", "describe": "show", "cat": "show", "revert": "rollback",
    "back": "rollback", "restore": "undo", "mv": "rename", "move": "rename", "examples": "samples", "add": "example",
    "import": "load", "save": "export", "share": "export", "cost": "ledger", "costs": "ledger", "solve": "%latm_solve",
    "ask": "%latm_solve", "answer": "%latm_solve", "run": "%latm_solve",
    "make": "%%latm NAME", "create": "%%latm NAME", "new": "%%latm NAME", "tool": "%%latm_tool NAME",
}  # fmt: skip
HELP = {"-h", "--help"}


def subcommand(python: str, completes: Completes = "") -> Callable[[Any], Any]:
    """Make a function that was declared with `magic_arguments("latm NAME")` a subcommand; `python` does the same."""

    def register(function: Any) -> Any:
        name = function.parser.prog.removeprefix("latm ")
        SUBCOMMANDS[name] = Subcommand(name, function, python, completes)
        return function

    return register


def usage_of(parser: ArgumentParser, name: str) -> str:
    """Return how the magic `name` is typed, in one line."""
    usage = " ".join(parser.format_usage().replace("::", "").split())
    return f"{name} {usage.removeprefix(f'%{parser.prog}').strip()}".strip()


def meant(word: str) -> str:
    """Return " Did you mean 'x'?" where people of other programs type this word for a subcommand, else ""."""
    return f" Did you mean {_MEANT[word]!r}?" if word in _MEANT else ""


def run(notebook: Notebook, line: str) -> Any:
    """Run the subcommand that a line names; raises `MagicError` where there is none of that name."""
    name, *rest = split_words(line) or ["help"]
    if HELP & {name, *rest}:
        name, rest = "help", [] if name in HELP else [name]
    found = SUBCOMMANDS.get(ALIASES.get(name, name))
    if found is None:
        raise MagicError(f"No subcommand {name[:60]!r}.{_hint(notebook, name)} %latm help lists all.")
    return found.function(notebook, read_line(found.function, rest, notebook.variables.evaluate))


def _hint(notebook: Notebook, name: str) -> str:
    hint = meant(name) or ("" if name.startswith("-") else did_you_mean(name, SUBCOMMANDS))
    if hint or not name.isidentifier():
        return hint
    if name in notebook.session.cache.tools.names():
        return f" It is a tool: %latm show {name} shows it."
    return f" A cell that begins with %%latm {name} makes a tool."
