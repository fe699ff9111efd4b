"""The commands of `python -m latm_magic`: each reads its arguments and makes one call on a session.

What a command shows goes to the standard output, what is said besides to the standard error. It ends in 0, in 1 where
what was asked for does not hold (a tool that fails its samples, a row without an answer under --strict), and in 2 for
an error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.answer import WAYS
from latm_magic.command_line.evaluating import add_options, evaluate
from latm_magic.command_line.tables import KNOWN, check_target, choose_column, read_table
from latm_magic.errors import LatmError, TaskError
from latm_magic.events import Note
from latm_magic.jupyter.display import view
from latm_magic.jupyter.display.status import ledger_view
from latm_magic.jupyter.display.tools import tools_view
from latm_magic.session.session import Session
from latm_magic.text import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.answer import Answers
    from latm_magic.events import Event

_FAILED, _ERROR, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return how it ended: 0, 1 or 2."""
    options = _parser().parse_args(arguments)
    run: Callable[[Session, argparse.Namespace], int] = options.run
    try:
        with Session(options.project, on_event=_tell) as session:
            return run(session, options)
    except LatmError as fault:
        _say(f"{type(fault).__name__}: {fault}")
        return _ERROR
    except KeyboardInterrupt:
        _say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:  # who read the output has read enough
        sys.stderr.close()
        return _ERROR


def _solve(session: Session, options: argparse.Namespace) -> int:
    """Answer a column of questions, and write the table with its answers."""
    table = read_table(options.file)
    column = choose_column(table, options.column, options.file.name)
    names = (options.name, *(["way", "tool", "reason"] if options.explain else []))
    for name in names:
        if name in table.columns:
            raise TaskError(f"{options.file.name!r} has a column {name!r} already: name the new one with --as NAME.")
    check_target(options.to, force=options.force)
    answers = session.solve(table.column(column), tool=options.tool or None, ask=options.ask, retry=options.retry)
    columns = (answers, answers.ways, answers.tools, answers.reasons)
    added = dict(zip(names, columns, strict=False))
    if options.file.suffix.lower() != ".parquet":
        added[options.name] = (
            answers.to_list() if options.file.suffix.lower() in {".jsonl", ".ndjson"} else _texts(answers)
        )
    table.write(added, options.to, force=options.force)
    _say(answers.summary)
    return _FAILED if options.strict and not all(WAYS[way].is_answer for way in answers.ways) else 0


def _texts(answers: Answers) -> list[str]:
    """Return the answers as cells of text; one that there is not is an empty cell, as is a missing answer."""
    return ["" if value is None else text or "" for value, text in zip(answers.values, answers.texts, strict=True)]


def _tools(session: Session, _options: argparse.Namespace) -> int:
    """List the tools of the project."""
    shared = [(offer.name, offer.origin) for offer in session.shared()]
    return _show(tools_view(session.cache.tools.summaries(), shared))


def _export(session: Session, options: argparse.Namespace) -> int:
    """Write tools as a notebook to share, or one as plain code with its tests."""
    return _show(view(session.export(options.file, options.tool, force=options.force)))


def _verify(session: Session, options: argparse.Namespace) -> int:
    """Run tools on all their samples again."""
    names = options.tool or [tool.name for tool in session.tools()]
    results = {name: session.verify(name) for name in names}
    for name, verification in results.items():
        print(f"{name}: {view(verification).text}")
    if not names:
        _say("There are no tools in this project.")
    return 0 if all(verification.passed for verification in results.values()) else _FAILED


def _ledger(session: Session, _options: argparse.Namespace) -> int:
    """Show what model calls cost, by role and tool."""
    return _show(ledger_view(session.ledger))


def _eval(session: Session, options: argparse.Namespace) -> int:
    """Measure methods on task files: what they answer, how rightly, and at what cost."""
    done = evaluate(session, options, _tell)
    print(done.text)
    for note in done.notes:
        _say(note)
    return 0 if done.is_whole else _FAILED


def _show(record: Any) -> int:
    print(record.text)
    return 0


def _tell(event: Event) -> None:
    if isinstance(event, Note):
        _say(event.text)


def _say(words: str) -> None:
    print(one_line(visible(words), 2000), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m latm_magic", description="Use the tools of a project outside of a notebook."
    )
    parser.add_argument(
        "--project", type=Path, default=".", metavar="FOLDER", help="A folder in the project (default: this one)."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Session, argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        return added

    _add_solve_options(command("solve", _solve))
    command("tools", _tools)
    export = command("export", _export)
    export.add_argument("file", type=Path, metavar="FILE", help="A notebook, tools.ipynb, or a module, sort_words.py.")
    export.add_argument(
        "tool", nargs="*", metavar="TOOL", help="Tools; left out: all, for a module the one named as the file."
    )
    export.add_argument("--force", action="store_true", help="Replace files that are there.")
    command("verify", _verify).add_argument("tool", nargs="*", metavar="TOOL", help="Tools; left out: all.")
    command("ledger", _ledger)
    add_options(command("eval", _eval))
    return parser


def _add_solve_options(solve: argparse.ArgumentParser) -> None:
    solve.add_argument("file", type=Path, metavar="FILE", help=f"A table of questions: {KNOWN}.")
    solve.add_argument(
        "--column",
        default="",
        metavar="NAME",
        help="The column with the questions (default: question, input, or the only one).",
    )
    solve.add_argument(
        "--tool", default="", metavar="NAME", help="Use this tool only (default: the one that fits each question)."
    )
    solve.add_argument(
        "--to", type=Path, metavar="FILE", help="Where the table goes, in the same form (default: the standard output)."
    )
    solve.add_argument(
        "--as", dest="name", default="answer", metavar="NAME", help="The name of the new column (default: answer)."
    )
    solve.add_argument("--explain", action="store_true", help="Add the columns way, tool and reason.")
    asking = solve.add_mutually_exclusive_group()
    asking.add_argument(
        "--ask", action="store_const", const=True, help="Ask models whatever it takes (setting: ask_above)."
    )
    asking.add_argument(
        "--no-model", dest="ask", action="store_const", const=False, help="Ask no model for what no parser answers."
    )
    solve.add_argument("--retry", action="store_true", help="Ask again what models left unanswered.")
    solve.add_argument("--strict", action="store_true", help="End in 1 where a row is left without an answer.")
    solve.add_argument("--force", action="store_true", help="Replace a file that is there.")
