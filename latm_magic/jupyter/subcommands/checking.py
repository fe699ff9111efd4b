"""`%latm advise`, `check` and `verdict`: which rows to label, which to look at, and what a column came to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError
from latm_magic.jupyter.display.checking import advice_cell, check_cell, check_view
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.plain import count
from latm_magic.jupyter.subcommands.registry import subcommand
from latm_magic.jupyter.widgets import can_show_forms

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.jupyter.widgets.checking import CheckForm

_MOST_IN_A_FORM = 50
"""Rows; more than that are better filled in as text."""

_DECIDE = "write !refuse where that is so, else the answer; what stays !refuse? is left out"


def share(word: str) -> float:
    """Read a share such as "98%" or "0.98"; raises `MagicError`."""
    try:
        return float(word.removesuffix("%")) / (100 if word.endswith("%") else 1)
    except ValueError:
        raise MagicError(f"{word[:40]!r} is not a share: write 98% or 0.98.") from None


@subcommand("session.advise(questions)")
@magic_arguments("latm advise")
@argument("questions", metavar="EXPR", help="An expression: the column of questions.")
@argument("--rows", type=int, default=12, metavar="N", help="Rows to label (default 12).")
def advise(notebook: Notebook, options: Namespace) -> View:
    """Choose the rows of a column that are most worth a label, as a cell ready to fill in; no model is asked."""
    rows = notebook.session.advise(notebook.variables.evaluate(options.questions), rows=options.rows)
    notebook.shell.set_next_input(advice_cell(options.questions, rows))
    how = "name the tool, say above them what the task is, and fill in the answers"
    lines = [Line(f"The next cell holds {count(len(rows), 'row')} that are worth a label: {how}.")]
    if rows.refusals:
        lines.append(Line(f"{count(len(rows.refusals), 'question')} below them may be none of this task's: {_DECIDE}."))
    return page(*lines)


@subcommand("session.check(name, questions)", "tools")
@magic_arguments("latm check")
@argument("name", metavar="NAME", help="A tool.")
@argument("questions", nargs="?", metavar="EXPR", help="An expression: the column of questions.")
@argument("--rows", type=int, default=12, metavar="N", help="Rows to show (default 12).")
@argument("--target", type=share, metavar="SHARE", help="Random rows, as many as prove this share right: 98%%.")
@argument("--cell", action="store_true", help="Put a cell below where there would be a form.")
def check(notebook: Notebook, options: Namespace) -> View | CheckForm:
    """Show the rows whose label tells most of a tool, with a form or a cell below to say what is right."""
    questions = None if options.questions is None else notebook.variables.evaluate(options.questions)
    ask = partial(notebook.session.check, options.name, questions, rows=options.rows, target=options.target)
    sheet = ask()
    if sheet.rows and len(sheet.rows) <= _MOST_IN_A_FORM and not options.cell and can_show_forms(notebook.shell):
        from latm_magic.jupyter.widgets.checking import CheckForm

        return CheckForm(notebook.session, sheet, ask)
    if sheet.rows:
        notebook.shell.set_next_input(check_cell(sheet))
    return check_view(sheet)


@subcommand("session.verdict(answers)")
@magic_arguments("latm verdict")
@argument("answers", metavar="EXPR", help="An expression: the answers of %%latm_solve.")
def verdict(notebook: Notebook, options: Namespace) -> View:
    """Say in one line what a column came to, what is known of it, and what it cost."""
    return page(Line(str(notebook.session.verdict(notebook.variables.evaluate(options.answers))), strong=True))
