"""`%latm traces`: the runs of tools that are kept, and one of them step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError
from latm_magic.jupyter.display.asking import comparison_view, trace_view, traces_view
from latm_magic.jupyter.display.page import Line, page
from latm_magic.jupyter.display.plain import count
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.cache.trace_file import Traces
    from latm_magic.jupyter.display import View
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.traces import Trace


@subcommand("session.traces(name), session.compare_traces(left, right), session.drop_traces(name)")
@magic_arguments("latm traces")
@argument("name", nargs="?", default="", metavar="NAME", help="What the runs are kept under.")
@argument("number", nargs="?", type=int, metavar="N", help="Show this run, step by step.")
@argument("other", nargs="?", type=int, metavar="M", help="Show the run of that number beside it.")
@argument("--drop", action="store_true", help="Forget the runs of that name, or the one of that number.")
def traces(notebook: Notebook, options: Namespace) -> View:
    """List the runs of tools that are kept, show one step by step, or two beside each other."""
    found = notebook.session.traces(options.name or None)
    if options.drop:
        return _dropped(notebook, options, found)
    if options.number is None:
        return traces_view(found)
    one = _numbered(found, options.number)
    if options.other is None:
        return trace_view(one)
    return comparison_view(notebook.session.compare_traces(one, _numbered(found, options.other)))


def _dropped(notebook: Notebook, options: Namespace, found: Traces) -> View:
    if not options.name:
        raise MagicError("--drop needs the name of the runs: %latm traces NAME --drop.")
    one = None if options.number is None else _numbered(found, options.number).id
    return page(Line(f"{count(notebook.session.drop_traces(options.name, one), 'run')} dropped.", "good", "✓"))


def _numbered(found: Traces, number: int) -> Trace:
    if not 1 <= number <= len(found):
        raise MagicError(f"There are {len(found)} runs here: give a number from 1 to {len(found)}.")
    return found[number - 1]
