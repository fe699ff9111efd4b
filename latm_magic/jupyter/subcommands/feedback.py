"""`%latm correct`, `confirm` and `unconfirmed`: what you say about answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError
from latm_magic.jupyter.display.questions import feedback_view, unconfirmed_view
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.notebook import Notebook


@subcommand("session.correct(question, answer, tool=name)")
@magic_arguments("latm correct")
@argument("question", metavar="QUESTION", help="An expression: the question, or its answer, for example answers[3].")
@argument("answer", metavar="ANSWER", help="An expression: what is right, for example 'apple pear'.")
@argument("--tool", metavar="NAME", help="The tool whose question it is; left out: the one that answers now.")
def correct(notebook: Notebook, options: Namespace) -> View:
    """Say which answer to a question is right; the tool can learn it with %latm grow."""
    evaluate = notebook.variables.evaluate
    return feedback_view(
        [notebook.session.correct(evaluate(options.question), evaluate(options.answer), tool=options.tool)]
    )


@subcommand("session.confirm(questions), session.confirm(tool=name)")
@magic_arguments("latm confirm")
@argument("questions", nargs="?", metavar="EXPR", help="An expression: a question, several, or answers.")
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
