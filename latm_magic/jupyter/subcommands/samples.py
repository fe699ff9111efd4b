"""`%latm samples` and `example`: a tool's examples, as a cell to copy back, and one added or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.cell_text import read_labels
from latm_magic.errors import MagicError
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.questions import feedback_view, samples_cell, samples_view
from latm_magic.jupyter.line import text
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook


@subcommand("session.samples(name)", "tools")
@magic_arguments("latm samples")
@argument("name", metavar="NAME", help="A tool.")
def samples(notebook: Notebook, options: Namespace) -> View:
    """List a tool's examples with their numbers, and put a %%latm cell with all of them below."""
    found = notebook.session.samples(options.name)
    description = notebook.session.tool(options.name).record.description
    notebook.shell.set_next_input(samples_cell(options.name, description, found))
    return samples_view(options.name, found)


@subcommand("session.add_example(name, question, answer), session.remove_example(name, number)", "tools")
@magic_arguments("latm example")
@argument("name", metavar="NAME", help="A tool.")
@argument("--add", type=text, metavar="TEXT", help='The example, in quotes: "question => answer".')
@argument("--remove", type=int, metavar="N", help="The number of an example, as %%latm samples shows it.")
def example(notebook: Notebook, options: Namespace) -> View:
    """Add or remove one example; what the tool does not pass becomes a correction, which %%latm grow learns."""
    if (options.add is None) == (options.remove is None):
        raise MagicError('Say which: %latm example NAME --add "question => answer", or --remove N.')
    if options.remove is not None:
        tool = notebook.session.remove_example(options.name, options.remove)
        notebook.variables.renew(tool)
        return page(Line(f"{tool.name} is at version {tool.version} now, without that example."))
    ((question, answer),) = read_labels(options.add).items()
    added = notebook.session.add_example(options.name, question, answer)
    if added.correction is not None:
        return feedback_view([added.correction])
    notebook.variables.renew(tool := notebook.session.tool(options.name))
    return page(Line(f"{tool.name} passes it, and is at version {tool.version} now: no model was asked."))
