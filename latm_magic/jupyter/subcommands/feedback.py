"""`%latm correct`, `confirm`, `unconfirmed` and `pending`: what you say about answers, and what has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError, TaskError
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.questions import (
    feedback_view,
    group_view,
    groups_view,
    pending_cell,
    unconfirmed_view,
)
from latm_magic.jupyter.line import expression
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook


@subcommand("session.correct(question, answer, tool=name)")
@magic_arguments("latm correct")
@argument(
    "question",
    type=expression,
    metavar="QUESTION",
    help="An expression: the question, or its answer, for example answers[3].",
)
@argument("answer", type=expression, metavar="ANSWER", help="An expression: what is right, for example 'apple pear'.")
@argument("--tool", metavar="NAME", help="The tool whose question it is; left out: the one that answers now.")
def correct(notebook: Notebook, options: Namespace) -> View:
    """Say which answer to a question is right; the tool can learn it with %latm grow."""
    evaluate = notebook.variables.evaluate
    return feedback_view(
        [notebook.session.correct(evaluate(options.question), evaluate(options.answer), tool=options.tool)]
    )


@subcommand("session.confirm(questions), session.confirm(tool=name)")
@magic_arguments("latm confirm")
@argument(
    "questions", nargs="?", type=expression, metavar="EXPR", help="An expression: a question, several, or answers."
)
@argument(
    "--tool", metavar="NAME", help="The tool whose questions they are; alone: its examples that a model answered."
)
def confirm(notebook: Notebook, options: Namespace) -> View:
    """Say that answers are right."""
    if options.questions is None and options.tool is None:
        raise MagicError("Nothing to confirm: give questions or answers, or --tool NAME for a tool's examples.")
    questions = None if options.questions is None else notebook.variables.evaluate(options.questions)
    return feedback_view(notebook.session.confirm(questions, tool=options.tool))


@subcommand("session.unconfirmed(name)", "tools")
@magic_arguments("latm unconfirmed")
@argument("name", metavar="NAME", help="A tool.")
def unconfirmed(notebook: Notebook, options: Namespace) -> View:
    """List a tool's examples that a model answered and that you have not confirmed."""
    return unconfirmed_view(options.name, notebook.session.unconfirmed(options.name))


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
