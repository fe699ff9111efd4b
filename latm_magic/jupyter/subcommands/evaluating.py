"""`%latm eval`: what a tool made from a few labels does on the rest of a solved table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.line import expression, text
from latm_magic.jupyter.progress import progress
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.evaluation.card import Card
    from latm_magic.jupyter.notebook import Notebook


@subcommand("evaluation.card.evaluate(session, rows)")
@magic_arguments("latm eval")
@argument("rows", type=expression, metavar="EXPR", help="An expression: a table of solved questions, or a file.")
@argument("--question", type=text, default="question", metavar="NAME", help="The column with the questions.")
@argument("--answer", type=text, default="answer", metavar="NAME", help="The column with the right answers.")
@argument("--name", default="task", metavar="NAME", help="What the tool is called (default: task).")
@argument("--description", type=text, default="", metavar="TEXT", help="What the task is, in quotes.")
@argument("--labels", type=int, default=12, metavar="N", help="Rows that the tool is made from (default 12).")
@argument("--seed", type=int, default=0, metavar="N", help="Which rows these are.")
@argument("--in-order", action="store_true", help="The first rows are the labels.")
@argument("--limit", type=int, metavar="N", help="Measure on so many of the others.")
@argument("--keep", action="store_true", help="Make it a tool of this project.")
def evaluate(notebook: Notebook, options: Namespace) -> Card:
    """Make a tool from a few rows of a solved table, and measure it on the others: what it answers, and how rightly."""
    from latm_magic.evaluation import card

    rows = notebook.variables.evaluate(options.rows)
    chosen = {name: value for name, value in vars(options).items() if name != "rows"}
    with progress(notebook.shell) as on_event:
        return card.evaluate(notebook.session, rows, **chosen, on_event=on_event)
