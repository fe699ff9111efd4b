"""`%latm help`: what can be typed, in groups, and all there is to know of one magic or subcommand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError, did_you_mean
from latm_magic.jupyter.display.status import command_view, help_view
from latm_magic.jupyter.subcommands.registry import ALIASES, SUBCOMMANDS, meant, subcommand, usage_of

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.notebook import Notebook

_MAGICS = {
    "%%latm": ("%%latm NAME", "session.make(name, description, examples)"),
    "%%latm_tool": ("%%latm_tool NAME", "session.add(name, source, examples)"),
    "%%latm_check": ("%%latm_check NAME", "session.checked(name, labels)"),
    "%%latm_ask": ("%%latm_ask", "session.ask(prompt, tools, schema)"),
    "%%latm_flow": ("%%latm_flow NAME", "session.make_flow(name)"),
    "%latm_solve": ("%latm_solve EXPR", "session.solve(questions)"),
    "%%latm_solve": ("%%latm_solve", "session.solve(questions)"),
}
_GROUPS = {
    "make": ("%%latm", "%%latm_tool", "%%latm_flow", "advise", "drafts", "keep", "pending"),
    "use": ("%latm_solve", "%%latm_solve", "%%latm_ask", "use", "try", "verdict"),
    "mend": (
        "check", "%%latm_check", "correct", "confirm", "corrections", "withdraw", "unconfirmed", "example", "samples",
        "grow", "edit", "rollback", "rename", "drop", "undo",
    ),
    "share": ("export", "load"),
}  # fmt: skip
_LAST_GROUP = "look"
"""Where all others stand."""


@subcommand("help(Session)", "commands")
@magic_arguments("latm help")
@argument("name", nargs="?", default="", metavar="NAME", help="A subcommand or a magic.")
def show_help(notebook: Notebook, options: Namespace) -> View:
    """List all magics and subcommands, or tell all of one; %latm NAME -h and %latm NAME? do the same."""
    return _of_one(notebook, options.name) if options.name else help_view(_groups(notebook))


def _groups(notebook: Notebook) -> dict[str, list[tuple[str, str, str]]]:
    """Return a row for each magic and subcommand, by group."""
    grouped = {name for names in _GROUPS.values() for name in names}
    names = {**_GROUPS, _LAST_GROUP: tuple(name for name in SUBCOMMANDS if name not in grouped)}
    return {
        group: [_row(notebook, name) for name in some if name in _MAGICS or name in SUBCOMMANDS]
        for group, some in names.items()
    }


def _row(notebook: Notebook, name: str) -> tuple[str, str, str]:
    if name in SUBCOMMANDS:
        known = SUBCOMMANDS[name]
        return known.short, known.summary, known.python
    typed, python = _MAGICS[name]
    return typed, _magic(notebook, name).parser.description.strip().splitlines()[0], python


def _magic(notebook: Notebook, name: str) -> Any:
    kind = "cell" if name.startswith("%%") else "line"
    return notebook.shell.magics_manager.magics[kind][name.lstrip("%")]


def _of_one(notebook: Notebook, name: str) -> View:
    plain = ALIASES.get(name, name)
    if plain in SUBCOMMANDS:
        known = SUBCOMMANDS[plain]
        return command_view(known.parser, known.usage, known.python)
    magic = next((each for each in (name, f"%{name}", f"%%{name}") if each in _MAGICS), None)
    if magic is not None:
        parser = _magic(notebook, magic).parser
        return command_view(parser, usage_of(parser, magic), _MAGICS[magic][1])
    if name in {"%latm", "latm"}:
        return help_view(_groups(notebook))
    hint = _of_flow(notebook, name) or meant(name) or did_you_mean(name, [*SUBCOMMANDS, *_MAGICS])
    raise MagicError(f"No magic or subcommand {name[:60]!r}.{hint} %latm help lists all.")


def _of_flow(notebook: Notebook, name: str) -> str:
    is_flow = any(flow.name == name for flow in notebook.session.flows())
    return f" It is a flow: %latm flow {name[:60]} shows it." if is_flow else ""
