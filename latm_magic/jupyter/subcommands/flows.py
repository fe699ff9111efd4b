"""`%latm flow`: the flows of the project, one of them, its graph and function, and what to trace next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.display.flows import flow_view, flows_view, graph_view, next_view, source_view
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display import View
    from latm_magic.jupyter.notebook import Notebook


@subcommand("session.flows(), session.flow(name)")
@magic_arguments("latm flow")
@argument("name", nargs="?", default="", metavar="NAME", help="Show this flow, and make it a function here.")
@argument("--version", type=int, metavar="N", help="This version (default: the newest).")
@argument("--tools", default="()", metavar="EXPR", help="An expression: functions of yours that it calls.")
@argument("--verify", action="store_true", help="Replay its traces again, and call changed tools as recorded.")
@argument("--graph", action="store_true", help="Its graph, as Mermaid.")
@argument("--source", action="store_true", help="The Python function that it is.")
@argument("--next", dest="pool", metavar="EXPR", help="An expression: inputs, of which those to trace next are named.")
@argument("-n", "--rows", type=int, default=5, metavar="N", help="How many of them (default 5).")
def flow(notebook: Notebook, options: Namespace) -> View:
    """List the flows of the project, or show one: guards, graph, function, or the inputs worth tracing next."""
    if not options.name:
        return flows_view(notebook.session.flows())
    tools = notebook.variables.evaluate(options.tools)
    found = notebook.session.flow(options.name, options.version, tools=tools)
    if options.verify:
        found.verify()
    if options.pool is not None:
        return next_view(found, found.next(notebook.variables.evaluate(options.pool), options.rows))
    if options.graph or options.source:
        return graph_view(found) if options.graph else source_view(found)
    if not notebook.variables.taken([found.name]):
        notebook.variables.put(found)
    return flow_view(found)
