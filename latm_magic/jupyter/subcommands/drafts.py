"""`%latm drafts` and `keep`: the best proposals of makings that failed, and one of them taken as a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.display.drafts import draft_view, drafts_view, why_view
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display import View
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.tools.function import Tool


@subcommand("session.drafts(), session.draft(name, number)", "drafts")
@magic_arguments("latm drafts")
@argument("name", nargs="?", default="", metavar="NAME", help="Show this draft: what it does wrong, and its source.")
@argument("number", nargs="?", type=int, metavar="N", help="Of several drafts of that name, this one (default: last).")
def drafts(notebook: Notebook, options: Namespace) -> View:
    """List the best proposals of makings that failed, or show one."""
    session = notebook.session
    return draft_view(session.draft(options.name, options.number)) if options.name else drafts_view(session.drafts())


@subcommand("session.why(name)", "tools")
@magic_arguments("latm why")
@argument("name", metavar="NAME", help="A tool whose making, or growing, failed.")
def why(notebook: Notebook, options: Namespace) -> View:
    """Show again why the last making of a tool failed: its proposals, and what the best got wrong."""
    return why_view(notebook.session.why(options.name))


@subcommand("session.keep(name, number)", "drafts")
@magic_arguments("latm keep")
@argument("name", metavar="NAME", help="A draft.")
@argument("number", nargs="?", type=int, metavar="N", help="Of several drafts of that name, this one (default: last).")
@argument("--replace", action="store_true", help="The name may hide something of yours.")
def keep(notebook: Notebook, options: Namespace) -> Tool:
    """Take a draft as a tool, with what it does wrong on record; a function here from now on."""
    notebook.variables.check_free(options.name, replace=options.replace)
    tool = notebook.session.keep(options.name, options.number)
    notebook.variables.put(tool)
    return tool
