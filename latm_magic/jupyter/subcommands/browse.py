"""`%latm browse`: the tools of the project to look through, with a form or as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.display.browse import SORTS, list_view, whole_view
from latm_magic.jupyter.line import text
from latm_magic.jupyter.subcommands.registry import subcommand
from latm_magic.jupyter.widgets import can_show_forms

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.jupyter.widgets.browse import Browser


@subcommand("session.tools(), session.tool(name)", "tools")
@magic_arguments("latm browse")
@argument("name", nargs="?", default="", metavar="NAME", help="A tool to open.")
@argument("--search", type=text, default="", metavar="TEXT", help="Words that its name or description has.")
@argument("--sort", choices=tuple(SORTS), default="name", help="What comes first (default: name).")
@argument("--tables", action="store_true", help="Show tables where there would be a form.")
def browse(notebook: Notebook, options: Namespace) -> View | Browser:
    """Look through the tools: versions, changes, costs, refusals, corrections, with buttons where ipywidgets is."""
    if not options.tables and can_show_forms(notebook.shell):
        from latm_magic.jupyter.widgets.browse import Browser

        return Browser(notebook, options.name, options.search, options.sort)
    if options.name:
        return whole_view(notebook.session, options.name)
    return list_view(notebook.session, options.search, options.sort)
