"""`%latm versions`, `diff`, `rollback` and `grow`: what a tool was, is, and can become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.tools import diff_view, versions_view
from latm_magic.jupyter.progress import progress
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.tools.function import Tool
    from latm_magic.workflows.flow import Flow


@subcommand("session.versions(name)", "tools")
@magic_arguments("latm versions")
@argument("name", metavar="NAME", help="A tool.")
def versions(notebook: Notebook, options: Namespace) -> View:
    """List all versions of a tool."""
    session = notebook.session
    current = session.tool(options.name).version
    return versions_view(session.versions(options.name), current, session.cache.tools.suspects().get(options.name, ""))


@subcommand("session.diff(name, old, new)", "tools")
@magic_arguments("latm diff")
@argument("name", metavar="NAME", help="A tool.")
@argument("old", nargs="?", type=int, metavar="OLD", help="A version; left out: the one before.")
@argument("new", nargs="?", type=int, metavar="NEW", help="Another version; left out: the current one.")
def diff(notebook: Notebook, options: Namespace) -> View:
    """Show what changed from one version of a tool to another: source and samples."""
    return diff_view(options.name, notebook.session.diff(options.name, options.old, options.new))


@subcommand("session.rollback(name, version)", "tools")
@magic_arguments("latm rollback")
@argument("name", metavar="NAME", help="A tool.")
@argument("version", nargs="?", type=int, metavar="VERSION", help="A version; left out: the one before.")
def rollback(notebook: Notebook, options: Namespace) -> View:
    """Go back to an older version of a tool, or to a newer one again; the others are kept."""
    tool = notebook.session.rollback(options.name, options.version)
    notebook.variables.renew(tool)
    return page(Line(f"{tool.name} is at version {tool.version} now."))


@subcommand("session.rename(old, new)", "tools")
@magic_arguments("latm rename")
@argument("name", metavar="NAME", help="A tool.")
@argument("new", metavar="NEW_NAME", help="What it is to be called.")
def rename(notebook: Notebook, options: Namespace) -> View:
    """Give a tool another name, with all its versions, answers and corrections."""
    notebook.variables.check_free(options.new)
    tool = notebook.session.rename(options.name, options.new)
    notebook.variables.remove(options.name)
    notebook.variables.put(tool)
    return page(Line(f"{options.name} is called {tool.name} now, at version {tool.version}."))


@subcommand("session.undo()")
@magic_arguments("latm undo")
def undo(notebook: Notebook, _options: Namespace) -> View:
    """Take back the last drop, renaming, correction, rollback or replaced version; again: the one before."""
    undone = notebook.session.undo()
    notebook.variables.remove(undone.was)
    if undone.tool and not notebook.variables.taken([undone.tool]):
        notebook.variables.put(notebook.session.tool(undone.tool))
    return page(Line(undone.told))


@subcommand("session.grow(name, questions=column)", "tools")
@magic_arguments("latm grow")
@argument("name", metavar="NAME", help="A tool, or a flow: that learns from its traces.")
@argument("--on", metavar="EXPR", help="A column: what the tool refuses of it goes to the maker.")
@argument("--rounds", type=int, metavar="N", help="Coverage rounds with --on (default 1).")
def grow(notebook: Notebook, options: Namespace) -> Tool | Flow:
    """Have the maker write a tool's next version from what it refused and what it got wrong; nothing is lost."""
    column = None if options.on is None else notebook.variables.evaluate(options.on)
    with progress(notebook.shell) as on_event:
        tool = notebook.session.grow(options.name, questions=column, coverage_rounds=options.rounds, on_event=on_event)
    notebook.variables.renew(tool)
    return tool
