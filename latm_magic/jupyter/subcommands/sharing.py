"""`%latm export` and `%latm load`: tools to files, and the tools of somebody else's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError
from latm_magic.jupyter.line import expression, path, text
from latm_magic.jupyter.progress import progress
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.sharing.exporting import Exported
    from latm_magic.sharing.loading import Loaded
    from latm_magic.tools.function import Tool


@subcommand("session.export(file, names)", "tools")
@magic_arguments("latm export")
@argument("file", type=path, metavar="FILE", help="A notebook, tools.ipynb, or a module, sort_words.py.")
@argument("names", nargs="*", metavar="NAME", help="Tools; left out: all, for a module the one named as the file.")
@argument("--force", action="store_true", help="Replace files that are there.")
def export(notebook: Notebook, options: Namespace) -> Exported:
    """Write tools as a notebook to share, or one as plain code with its tests."""
    return notebook.session.export(options.file, options.names, force=options.force)


@subcommand("session.load(files), session.load_conversation(file, name, examples)")
@magic_arguments("latm load")
@argument("files", nargs="*", type=path, metavar="FILE", help="Tool notebooks, or folders of them.")
@argument("--dry-run", action="store_true", help="Show and verify only; keep nothing.")
@argument("--clash", choices=("keep", "replace", "rename"), default="keep", help="Where you have a tool of that name.")
@argument("--rename", action="append", default=[], metavar="OLD=NEW", help="Give a tool another name; may be repeated.")
@argument("--min-accuracy", type=float, metavar="SHARE", help="Share of the held-out examples that must be right.")
@argument("--latm", type=path, metavar="FILE", help="A conversation as the authors of LATM published them (.json).")
@argument("--name", metavar="NAME", help="With --latm: the tool's name.")
@argument("--examples", type=expression, metavar="EXPR", help="With --latm: examples to verify it on.")
@argument("--description", type=text, default="", metavar="TEXT", help="With --latm: what it does, in quotes.")
def load(notebook: Notebook, options: Namespace) -> Loaded | Tool:
    """Read tools that somebody shared without running a cell, verify them, and admit what passes."""
    if options.latm:
        return _load_conversation(notebook, options)
    if not options.files:
        raise MagicError("%latm load needs a notebook or a folder, or --latm FILE. %latm help lists all subcommands.")
    renamed = dict(_pair(words) for words in options.rename)
    chosen = {key: getattr(options, key) for key in ("dry_run", "clash", "min_accuracy")}
    with progress(notebook.shell) as on_event:
        return notebook.session.load(options.files, rename=renamed, **chosen, on_event=on_event)


def _load_conversation(notebook: Notebook, options: Namespace) -> Tool:
    if options.files or not (options.name and options.examples):
        raise MagicError("%latm load --latm FILE needs --name NAME and --examples EXPR, and no other file.")
    notebook.variables.check_free(options.name)
    task = (options.latm, options.name, notebook.variables.examples(options.examples))
    chosen = {key: getattr(options, key) for key in ("description", "min_accuracy")}
    with progress(notebook.shell) as on_event:
        tool = notebook.session.load_conversation(*task, **chosen, on_event=on_event)
    notebook.variables.put(tool)
    return tool


def _pair(words: str) -> tuple[str, str]:
    old, equals, new = words.partition("=")
    if not (old and equals and new):
        raise MagicError(f"--rename {words[:60]!r} is not of the form OLD=NEW.")
    return old, new
