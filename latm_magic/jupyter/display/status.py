"""Status, ledger, settings and help, as tables."""

from __future__ import annotations

from argparse import SUPPRESS
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, View, page
from latm_magic.jupyter.display.plain import count, price, seconds, usd

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

    from latm_magic.jupyter.display.page import Block
    from latm_magic.models.ledger import DirectEstimate, Ledger, Total
    from latm_magic.session.saving import Saved
    from latm_magic.session.status import Status
    from latm_magic.settings import Latm


def status_view(status: Status) -> View:
    """Show where things are and what is up."""
    models = ", ".join(f"{role} {name or '(none named)'}" for role, name in status.models)
    key = "; a key is set" if status.has_key else "; no key is set"
    untrusted = f", {status.untrusted:,} not made on this machine" if status.untrusted else ""
    budget = "" if status.budget_usd is None else f" of {usd(status.budget_usd)}"
    walls = Cell(status.walls.summary, "care" if status.walls.missing else "")
    facts = (
        ("project", status.project),
        ("cache", f"{count(status.tools, 'tool')}{untrusted} in {status.cache}"),
        ("models", models),
        ("replies from", status.source + key),
        ("sandbox", walls),
        ("spent", f"{usd(status.spent_usd)}{budget}, since the extension was loaded"),
    )
    # A path is shown to its end, however long it is.
    columns = (Column("", columns=14), Column("", wraps=True, columns=400))
    return page(Table(columns, tuple((Cell(name, "quiet"), value) for name, value in facts), has_head=False))


def ledger_view(ledger: Ledger, direct: DirectEstimate | None = None) -> View:
    """Show what model calls cost by role and tool, in all, and what the same instances would have cost directly."""
    totals = ledger.totals(("role", "tool"))
    if not totals:
        return page(Line("No model was asked in this project yet."), _direct(direct))
    columns = (
        Column("role"),
        Column("tool", is_code=True, columns=30),
        Column("calls", is_number=True),
        Column("prompt tokens", is_number=True),
        Column("cached", is_number=True),
        Column("completion", is_number=True),
        Column("time", is_number=True),
        Column("cost", is_number=True),
    )
    rows = [_ledger_row(total, total.role, total.tool) for total in totals]
    unknown = ledger.unknown_prices
    whole = ledger.total
    notes = [
        Line(f"The price of {', '.join(unknown)} is unknown: give it in the setting `prices`.", "care")
        if unknown
        else None,
        Line(f"{count(whole.recorded, 'reply', 'replies')} came from a recording and cost nothing.", "quiet")
        if whole.recorded
        else None,
    ]
    return page(Table(columns, (*rows, _ledger_row(whole, "in all", ""))), *notes, _direct(direct))


def _ledger_row(total: Total, role: str, tool: str) -> tuple[str | Cell, ...]:
    failed = f" ({total.failed:,} failed)" if total.failed else ""
    cost: str | Cell = usd(total.cost_usd)
    if total.cost_usd is None:
        cost = Cell(f"unknown (known part {usd(total.known_cost_usd)})" if total.known_cost_usd else "unknown", "care")
    numbers = (total.prompt_tokens, total.cached_tokens, total.completion_tokens)
    return (role, tool, f"{total.calls:,}{failed}", *(f"{n:,}" for n in numbers), seconds(total.seconds), cost)


def _direct(direct: DirectEstimate | None) -> Line | None:
    if direct is None:
        return None
    basis = "as measured on direct calls" if direct.is_measured else "estimated, at four characters a token"
    tokens = count(direct.prompt_tokens + direct.completion_tokens, "token")
    which = f"the {count(direct.instances, 'instance')} solved since the extension was loaded"
    return Line(
        f"Asked of {direct.model} directly, {which} would have taken {tokens}: {price(direct.cost_usd)} ({basis})."
    )


def settings_view(settings: Latm, name: str = "") -> View:
    """Show all settings with where each value came from, or one of them with its help."""
    listing = [row for row in settings.listing() if name in {"", row[0]}]
    if name:
        _, value, source, text = listing[0]
        how = f"%config Latm.{name} = ...   or   LATM_{name.upper()}=...   For good: %latm config --save {name}=..."
        return page(Title(f"{name} = {value!r}", source), Line(text), Line(f"Set it: {how}", "quiet"))
    columns = (
        Column("setting", is_code=True, columns=32),
        Column("value", is_code=True, wraps=True, columns=28, limit=120),
        Column("from", columns=24),
        Column("what it is", wraps=True, columns=90),
    )
    rows = tuple(_setting_row(row) for row in listing)
    how = "Set one with %config Latm.NAME = value, for good with %latm config --save NAME=VALUE. The key is no setting."
    return page(Table(columns, rows), Line(how, "quiet"))


def saved_view(settings: Sequence[Saved]) -> View:
    """Show what was saved, and where."""
    lines = []
    for saved in settings:
        what = f"{saved.name} is taken out" if saved.value is None else f"{saved.name} = {saved.value!r}"
        lines.append(Line(f"{what}: {saved.place} ({saved.path})"))
        if saved.note:
            lines.append(Line(saved.note, "care"))
    return page(*lines)


def _setting_row(row: tuple[str, Any, str, str]) -> tuple[str | Cell, ...]:
    name, value, source, text = row
    is_default = source == "default"
    return (name, repr(value), Cell(source, "quiet") if is_default else source, Cell(text, "quiet"))


def help_view(groups: Mapping[str, Sequence[tuple[str, str, str]]]) -> View:
    """List magics and subcommands by group: how each is typed, what it does, and the Python call that does the same."""
    columns = (
        Column("", is_code=True, wraps=True, columns=40),
        Column("", wraps=True, columns=90),
        Column("", is_code=True, wraps=True, columns=60),
    )
    blocks: list[Block] = []
    for group, rows in groups.items():
        blocks += [Line(group, strong=True), Table(columns, tuple(rows), has_head=False)]
    more = (
        "%latm help NAME, %latm NAME -h and %latm NAME? tell all of one, with its options."
        " On the right what does the same in Python; session is latm_magic.current()."
    )
    return page(*blocks, Line(more, "quiet"))


def command_view(parser: ArgumentParser, usage: str, python: str) -> View:
    """Show all there is to know of one magic: how it is typed, what it does, its options, the same in Python."""
    summary, _, rest = (parser.description or "").strip().partition("\n")
    rows = tuple(
        (
            ", ".join(each.option_strings) + f" {each.metavar or ''}" * (each.nargs != 0),
            (each.help or "").replace("%%", "%"),
        )
        for each in parser._actions  # noqa: SLF001  argparse has no public list of them
        if each.help != SUPPRESS
    )
    columns = (Column("", is_code=True, columns=30), Column("", wraps=True, columns=90))
    return page(
        Line(usage, is_code=True, strong=True),
        Line(summary),
        Code(dedent(rest).strip()) if rest.strip() and "In Python" not in rest.strip()[:9] else None,
        Table(columns, tuple((what.strip(), told) for what, told in rows), has_head=False) if rows else None,
        Line(f"In Python: {python}", "quiet"),
    )
