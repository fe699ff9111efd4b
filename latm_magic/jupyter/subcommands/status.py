"""`%latm ledger`, `status`, `config` and `help`: where things are, what they cost, and what can be typed."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic import settings
from latm_magic.errors import MagicError
from latm_magic.jupyter.display.status import help_view, ledger_view, settings_view
from latm_magic.jupyter.line import expression
from latm_magic.jupyter.subcommands.registry import SUBCOMMANDS, subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.display.plots import LedgerPlot
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.status import Status


@subcommand("session.ledger, session.direct_estimate()")
@magic_arguments("latm ledger")
@argument("--plot", action="store_true", help="Draw it against asking directly, over time, and what was checked.")
def ledger(notebook: Notebook, options: Namespace) -> View | LedgerPlot:
    """Show what model calls cost, by role and tool."""
    if options.plot:
        from latm_magic.jupyter.display.plots import ledger_plot

        return ledger_plot(notebook.session)
    return ledger_view(notebook.session.ledger, notebook.session.direct_estimate())


@subcommand("session.status()")
@magic_arguments("latm status")
def status(notebook: Notebook, _options: Namespace) -> Status:
    """Show where things are and what is up: project, cache, models, sandbox, money."""
    return notebook.session.status()


@subcommand("session.settings", "settings")
@magic_arguments("latm config")
@argument("name", nargs="?", default="", metavar="NAME", help="A setting.")
@argument("value", nargs="*", type=expression, help=SUPPRESS)
def config(notebook: Notebook, options: Namespace) -> View:
    """Show the settings and where each value comes from, or one setting."""
    name = options.name.removeprefix("Latm.")
    if name:
        settings.check_keywords([name])
    if options.value:
        value = " ".join(options.value).removeprefix("=").strip()[:60]
        raise MagicError(f"%latm config only shows. Set it with %config Latm.{name} = {value}")
    return settings_view(notebook.session.settings, name)


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
    return help_view([*_MAGICS, *((known.usage, known.summary, known.python) for known in SUBCOMMANDS.values())])
