"""`%latm ledger`, `status` and `config`: where things are, and what they cost."""

from __future__ import annotations

import re
from argparse import SUPPRESS
from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic import settings
from latm_magic.errors import MagicError
from latm_magic.jupyter.display.status import ledger_view, saved_view, settings_view
from latm_magic.jupyter.line import expression, text
from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.display.page import View
    from latm_magic.jupyter.display.plots import LedgerPlot
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.pinging import Pings
    from latm_magic.session.status import Status

_PAIR = re.compile(r"[A-Za-z_][\w.-]*=.")


@subcommand("session.ledger, session.direct_estimate()")
@magic_arguments("latm ledger")
@argument("--plot", action="store_true", help="Draw it against asking directly, over time, and what was checked.")
def ledger(notebook: Notebook, options: Namespace) -> View | LedgerPlot:
    """Show what model calls cost, by role and tool."""
    if options.plot:
        from latm_magic.jupyter.display.plots import ledger_plot

        return ledger_plot(notebook.session)
    return ledger_view(notebook.session.ledger, notebook.session.direct_estimate())


@subcommand("session.status(), session.ping(profile)")
@magic_arguments("latm status")
@argument("--ping", action="store_true", help="Try what works, with a few tiny calls: streaming, functions, JSON.")
@argument("--profile", default="", help="With --ping: a profile of your own file, in place of the one in use.")
def status(notebook: Notebook, options: Namespace) -> Status | Pings:
    """Show where things are and what is up: project, cache, models, sandbox, money."""
    if options.ping or options.profile:
        return notebook.session.ping(options.profile)
    return notebook.session.status()


@subcommand("session.settings, session.save_setting(name, value)", "settings")
@magic_arguments("latm config")
@argument(
    "--save", action="store_true", help="Save NAME=VALUE ...: in pyproject.toml where it may be, else in your own file."
)
@argument("--mine", action="store_true", help="Save it in your own file, for all projects.")
@argument("name", nargs="?", default="", metavar="NAME", help="A setting.")
@argument("value", nargs="*", type=expression, help=SUPPRESS)
def config(notebook: Notebook, options: Namespace) -> View:
    """Show the settings and where each value comes from, or one setting; --save NAME=VALUE keeps one for good."""
    words = [options.name, *options.value]
    if options.save or options.mine:
        return saved_view([notebook.session.save_setting(*each, mine=options.mine) for each in _to_save(words)])
    name, value = _assignment(words)
    if name:
        settings.check_keywords([name])
    if value:
        raise MagicError(
            f"%latm config only shows. Set it with %config Latm.{name} = {value[:60]}, for good with --save {name}=..."
        )
    return settings_view(notebook.session.settings, name)


def _to_save(words: list[str]) -> list[tuple[str, str]]:
    """Return each name with its value; raises before anything is saved where one is wanting or is no setting's."""
    closed = _closed(words)
    several = [bool(_PAIR.match(word)) for word in closed]
    read = [_assignment([word]) for word in closed] if all(several) else [_assignment(words)]
    if not all(value for _, value in read) or (any(several[1:]) and not all(several)):
        raise MagicError("%latm config --save wants NAME=VALUE, for example maker_model=gpt-5; =None takes it out.")
    settings.check_keywords([name for name, _ in read if not name.startswith("profiles.")])
    return [(name, text(value)) for name, value in read]


def _closed(words: list[str]) -> list[str]:
    """Return words without the blanks around an `=` that stands alone, or at the end or the start of one."""
    closed: list[str] = []
    for word in words:
        if closed and (word.startswith("=") or re.fullmatch(r"[A-Za-z_][\w.-]*=", closed[-1])):
            closed[-1] += word
        else:
            closed.append(word)
    return closed


def _assignment(words: list[str]) -> tuple[str, str]:
    """Return the name and the value that words give, with `=`, blanks or both between them; "" for no value."""
    name, _, value = " ".join(words).replace("=", " ", 1).partition(" ")
    return name.removeprefix("Latm."), value.strip()
