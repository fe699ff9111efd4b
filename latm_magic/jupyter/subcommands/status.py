"""`%latm ledger`, `status` and `config`: where things are, and what they cost."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic import settings
from latm_magic.errors import MagicError
from latm_magic.jupyter.display.status import ledger_view, settings_view
from latm_magic.jupyter.line import expression
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.status import Status


@subcommand("session.ledger, session.direct_estimate()")
@magic_arguments("latm ledger")
def ledger(notebook: Notebook, _options: Namespace) -> View:
    """Show what model calls cost, by role and tool."""
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
