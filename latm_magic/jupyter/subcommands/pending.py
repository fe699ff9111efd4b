"""`%latm pending`: the questions that no tool fits, and the cell that makes a tool of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import TaskError
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.questions import group_view, groups_view, pending_cell
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook


@subcommand("session.pending()")
@magic_arguments("latm pending")
@argument("group", nargs="?", type=int, metavar="GROUP", help="Show the questions of this group.")
@argument("name", nargs="?", default="", metavar="NAME", help="Put a cell below that makes a tool of this name of it.")
def pending(notebook: Notebook, options: Namespace) -> View:
    """Show the questions that no tool fits, grouped by likeness."""
    groups = notebook.session.pending()
    if options.group is None:
        return groups_view(groups)
    chosen = [group for group in groups if group.number == options.group]
    if not chosen:
        raise TaskError(f"No pending group {options.group}: %latm pending shows those that there are.")
    if options.name:
        notebook.shell.set_next_input(pending_cell(options.name, chosen[0]))
        return page(
            Line("The next cell holds the questions: write what the task is above them, the answers behind =>.")
        )
    return group_view(chosen[0])
