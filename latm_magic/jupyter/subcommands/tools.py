"""`%latm use`, `tools`, `show`, `edit`, `drop` and `verify`: the tools of the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.display.editing import failing_rows
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.tools import functions_view, tools_view
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.solving import Preview
    from latm_magic.tools.function import Tool
    from latm_magic.verification import Verification


@subcommand("session.tool(name)", "tools")
@magic_arguments("latm use")
@argument("name", nargs="+", metavar="NAME", help="Tools, or * for all.")
@argument("--replace", action="store_true", help="The names may hide something of yours.")
def use(notebook: Notebook, options: Namespace) -> View:
    """Bring cached tools into the notebook as functions, at their current versions."""
    session = notebook.session
    is_all = options.name == ["*"]
    chosen = session.tools() if is_all else tuple(session.tool(name) for name in options.name)
    taken = notebook.variables.taken(tool.name for tool in chosen) if is_all and not options.replace else {}
    chosen = tuple(tool for tool in chosen if tool.name not in taken) or chosen
    names = (tool.name for tool in chosen)
    notebook.variables.check_free(*names, replace=options.replace, way_on="rename your variable")
    notebook.variables.put(*chosen)
    return functions_view(chosen, taken)


@subcommand("session.cache.tools.summaries()")
@magic_arguments("latm tools")
def tools(notebook: Notebook, _options: Namespace) -> View:
    """List the cached tools, and those that your team shares."""
    session = notebook.session
    shared = [(offer.name, offer.origin) for offer in session.shared()]
    return tools_view(session.cache.tools.summaries(), shared, [flow.name for flow in session.flows()])


@subcommand("session.preview(questions, tool=name)", "tools")
@magic_arguments("latm try")
@argument("name", metavar="NAME", help="A tool.")
@argument("questions", metavar="EXPR", help="An expression: the column of questions.")
@argument("--rows", type=int, default=20, metavar="N", help="Rows to show (default 20).")
def try_(notebook: Notebook, options: Namespace) -> Preview:
    """Show what a tool makes of a column, without a model: a few rows spread over it, and the counts of all."""
    questions = notebook.variables.evaluate(options.questions)
    return notebook.session.preview(questions, tool=options.name, rows=options.rows)


@subcommand("session.tool(name)", "tools")
@magic_arguments("latm show")
@argument("name", metavar="NAME", help="A tool.")
def show(notebook: Notebook, options: Namespace) -> Tool:
    """Show a tool's card; the notebook's variables stay as they are."""
    return notebook.session.tool(options.name)


@subcommand("session.add(name, source)", "tools")
@magic_arguments("latm edit")
@argument("name", metavar="NAME", help="A tool, or a draft.")
@argument("--row", type=int, metavar="N", help="Of the samples that are not right, start from this one (default 1).")
def edit(notebook: Notebook, options: Namespace) -> View:
    """Put a %%latm_tool cell with a tool's source below, and show a sample that it gets wrong beside its lines."""
    tool = notebook.session.tool(options.name)
    failing = failing_rows(tool.record, options.row)
    notebook.shell.set_next_input(f"%%latm_tool {tool.name}\n{tool.source}")
    what = f"version {tool.version}" if tool.version else _without_number(notebook, tool.name)
    said = Line(f"The next cell holds {tool.name}, {what}: run it to make your change a version.")
    return page(said, *failing)


@subcommand("session.drop(name)", "tools")
@magic_arguments("latm drop")
@argument("name", metavar="NAME", help="A tool.")
def drop(notebook: Notebook, options: Namespace) -> View:
    """Remove a tool from the cache and the notebook, with all its versions and answers."""
    flows = {flow.name for flow in notebook.session.flows()}
    notebook.session.drop(options.name)
    notebook.variables.remove(options.name)
    if flows > {flow.name for flow in notebook.session.flows()}:
        return page(
            Line(f"{options.name} is gone; its traces stay, so that %%latm_flow {options.name} makes it again.")
        )
    return page(Line(f"{options.name} is gone, with all its versions and answers; %latm undo brings it back."))


@subcommand("session.verify(name)", "tools")
@magic_arguments("latm verify")
@argument("name", metavar="NAME", help="A tool.")
def verify(notebook: Notebook, options: Namespace) -> Verification:
    """Run a tool on all its samples again."""
    return notebook.session.verify(options.name)


def _without_number(notebook: Notebook, name: str) -> str:
    return "a draft" if any(draft.name == name for draft in notebook.session.drafts()) else "a shared one"
