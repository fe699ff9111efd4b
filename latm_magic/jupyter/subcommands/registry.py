"""`%latm SUBCOMMAND`: one small function each. A new one is a function with `@subcommand`: help and completion know it.

A subcommand reads its words, makes one call on the session and gives back what is to be shown.
"""

from __future__ import annotations

from argparse import SUPPRESS
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic import settings
from latm_magic.errors import MagicError, did_you_mean
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, View, page
from latm_magic.jupyter.display.tables import ledger_table, settings_table, tools_table
from latm_magic.jupyter.line import read_line

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.status import Status
    from latm_magic.tool import Verification
    from latm_magic.tools.function import Tool

__all__ = ["SUBCOMMANDS", "Subcommand", "run"]

Completes = Literal["", "tools", "settings"]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand and what is known of it."""

    name: str
    function: Any
    """(notebook, options) -> what is shown, declared with `magic_arguments`."""
    python: str
    """The Python call that does the same."""
    completes: Completes
    """What its words are completed from."""

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
    """Make a function that was declared with `magic_arguments("latm NAME")` a subcommand."""

    def note(function: Any) -> Any:
        name = function.parser.prog.removeprefix("latm ")
        SUBCOMMANDS[name] = Subcommand(name, function, python, completes)
        return function

    return note


def run(notebook: Notebook, line: str) -> Any:
    """Run the subcommand that a line names; raises `MagicError` where there is none of that name."""
    name, rest = [*line.split(None, 1), "", ""][:2]
    found = SUBCOMMANDS.get(name or "help")
    if found is None:
        hint = did_you_mean(name, SUBCOMMANDS)
        if not hint and name.isidentifier():
            hint = f" A cell that begins with %%latm {name} makes a tool."
        raise MagicError(f"No subcommand {name[:60]!r}.{hint} %latm help lists all.")
    return found.function(notebook, read_line(found.function, rest))


@subcommand("session.tool(name)", "tools")
@magic_arguments("latm use")
@argument("name", nargs="+", metavar="NAME", help="Tools, or * for all.")
@argument("--replace", action="store_true", help="The names may hide something of yours.")
def use(notebook: Notebook, options: Namespace) -> View:
    """Bring cached tools into the notebook as functions, at their current versions."""
    session = notebook.session
    tools = session.tools() if options.name == ["*"] else tuple(session.tool(name) for name in options.name)
    names = (tool.name for tool in tools)
    notebook.variables.check_free(*names, replace=options.replace, way_on="rename your variable")
    notebook.variables.put(*tools)
    columns = (Column("", is_code=True, wraps=True, columns=70), Column(""))
    rows = tuple((tool.record.signature, Cell(f"version {tool.version}", "quiet")) for tool in tools)
    return page(Table(columns, rows, has_head=False)) if rows else tools_table(())


@subcommand("session.cache.tools.summaries()")
@magic_arguments("latm tools")
def tools(notebook: Notebook, _options: Namespace) -> View:
    """List the cached tools, and those that your team shares."""
    session = notebook.session
    return tools_table(session.cache.tools.summaries(), [(offer.name, offer.origin) for offer in session.shared()])


@subcommand("session.tool(name)", "tools")
@magic_arguments("latm show")
@argument("name", metavar="NAME", help="A tool.")
def show(notebook: Notebook, options: Namespace) -> Tool:
    """Show a tool's card; the notebook's variables stay as they are."""
    return notebook.session.tool(options.name)


@subcommand("session.add(name, source)", "tools")
@magic_arguments("latm edit")
@argument("name", metavar="NAME", help="A tool.")
def edit(notebook: Notebook, options: Namespace) -> View:
    """Put a %%latm_tool cell with a tool's source below, to be changed and run."""
    tool = notebook.session.tool(options.name)
    notebook.shell.set_next_input(f"%%latm_tool {tool.name}\n{tool.source}")
    return page(Line(f"The next cell holds {tool.name}, version {tool.version}: run it to make your change a version."))


@subcommand("session.drop(name)", "tools")
@magic_arguments("latm drop")
@argument("name", metavar="NAME", help="A tool.")
def drop(notebook: Notebook, options: Namespace) -> View:
    """Remove a tool from the cache and the notebook, with all its versions and answers."""
    notebook.session.drop(options.name)
    notebook.variables.remove(options.name)
    return page(Line(f"{options.name} is gone, with all its versions and answers."))


@subcommand("session.verify(name)", "tools")
@magic_arguments("latm verify")
@argument("name", metavar="NAME", help="A tool.")
def verify(notebook: Notebook, options: Namespace) -> Verification:
    """Run a tool on all its samples again."""
    return notebook.session.verify(options.name)


@subcommand("session.ledger, session.direct_estimate()")
@magic_arguments("latm ledger")
def ledger(notebook: Notebook, _options: Namespace) -> View:
    """Show what model calls cost, by role and tool."""
    return ledger_table(notebook.session.ledger, notebook.session.direct_estimate())


@subcommand("session.status()")
@magic_arguments("latm status")
def status(notebook: Notebook, _options: Namespace) -> Status:
    """Show where things are and what is up: project, cache, models, sandbox, money."""
    return notebook.session.status()


@subcommand("session.settings", "settings")
@magic_arguments("latm config")
@argument("name", nargs="?", default="", metavar="NAME", help="A setting.")
@argument("value", nargs="*", help=SUPPRESS)
def config(notebook: Notebook, options: Namespace) -> View:
    """Show the settings and where each value comes from, or one setting."""
    name = options.name.removeprefix("Latm.")
    if name:
        settings.check_keywords([name])
    if options.value:
        value = " ".join(options.value).removeprefix("=").strip()[:60]
        raise MagicError(f"%latm config only shows. Set it with %config Latm.{name} = {value}")
    return settings_table(notebook.session.settings, name)


_MAGICS = (
    ("%%latm NAME", "Make a tool from a description and examples.", "session.make(name, description, examples)"),
    (
        "%%latm NAME --pending GROUP",
        "Make a tool from pending questions.",
        "session.make_from_pending(name, group, description, answers)",
    ),
    ("%%latm_tool NAME", "Take a module that you wrote as a tool.", "session.add(name, source, examples)"),
    ("%%latm_solve", "Answer the questions in the cell.", "session.solve(questions)"),
    ("%latm_solve EXPR", "Answer a column of questions.", "session.solve(questions)"),
)


@subcommand("help(Session)")
@magic_arguments("latm help")
def show_help(_notebook: Notebook, _options: Namespace) -> View:
    """List all magics and subcommands."""
    columns = (
        Column("magic", is_code=True, wraps=True, columns=40),
        Column("what it does", wraps=True, columns=90),
        Column("Python", is_code=True, wraps=True, columns=60),
    )
    rows = [*_MAGICS, *((known.usage, known.summary, known.python) for known in SUBCOMMANDS.values())]
    more = "session is latm_magic.current(). A magic followed by ? shows its options, for example %%latm?"
    return page(Table(columns, tuple(rows)), Line(more, "quiet"))
