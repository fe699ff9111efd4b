"""`%latm correct`, `confirm`, `unconfirmed` and `pending`: what you say about answers, and what has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError, TaskError
from latm_magic.jupyter.display.page import Line, View, page
from latm_magic.jupyter.display.plain import clip, count
from latm_magic.jupyter.display.questions import (
    corrections_view,
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
    from latm_magic.session.session import Session


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


@subcommand("session.corrections(name)", "tools")
@magic_arguments("latm corrections")
@argument("name", metavar="NAME", help="A tool.")
def corrections(notebook: Notebook, options: Namespace) -> View:
    """List what you corrected of a tool's answers and it has not learned yet."""
    return corrections_view(options.name, notebook.session.corrections(options.name))


@subcommand("session.withdraw(question)")
@magic_arguments("latm withdraw")
@argument("question", metavar="QUESTION", help="An expression: the question, or its answer, for example answers[3].")
@argument("--tool", metavar="NAME", help="The tool whose question it is.")
def withdraw(notebook: Notebook, options: Namespace) -> View:
    """Take back what you said is right."""
    result = notebook.session.withdraw(notebook.variables.evaluate(options.question), tool=options.tool)
    return page(Line(f"What you said of {clip(result.question, 80)!r} no longer counts."))


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
@argument("--tool", metavar="TOOL", help="They are this tool's questions: it can learn them with %%latm grow.")
@argument("--dismiss", action="store_true", help="Forget the group, until its questions are asked again.")
def pending(notebook: Notebook, options: Namespace) -> View:
    """Show the questions that no tool fits, grouped by likeness."""
    session = notebook.session
    if options.tool is not None or options.dismiss:
        return _settle_pending(session, options)
    groups = session.pending()
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


def _settle_pending(session: Session, options: Namespace) -> View:
    if options.group is None or (options.tool is not None and options.dismiss):
        raise MagicError("Say which: %latm pending GROUP --tool TOOL, or %latm pending GROUP --dismiss.")
    if options.dismiss:
        return page(Line(f"{count(len(session.dismiss_pending(options.group).questions), 'question')} forgotten."))
    given = count(len(session.give_pending(options.group, options.tool).questions), "question")
    return page(Line(f"{given} given to {options.tool}: %latm grow {options.tool} has it learn them."))
