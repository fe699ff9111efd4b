"""The tools of a project to look through, as views: a list that is searched and sorted, and the pages of one tool.

Each page is one call on the session. `widgets/browse.py` shows them with buttons; here they stand below each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, View, page
from latm_magic.jupyter.display.plain import count, seconds, usd
from latm_magic.jupyter.display.questions import corrections_view, groups_view
from latm_magic.jupyter.display.tools import diff_view, tool_view, tools_view, versions_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.cache.records import ToolSummary
    from latm_magic.models.ledger import Total
    from latm_magic.session.session import Session

_MOST = 50

_BY: Mapping[str, Callable[[ToolSummary, float], Any]] = {
    "name": lambda tool, _: tool.name,
    "newest": lambda tool, _: tool.created,
    "verified": lambda tool, _: tool.right / max(1, tool.samples),
    "cost": lambda _, spent: spent,
}
SORTS: Mapping[str, str] = {
    "name": "by name",
    "newest": "the newest first",
    "verified": "the least verified first",
    "cost": "the dearest first",
}
"""What tools can be sorted by, in words."""


def found(session: Session, search: str = "", sort: str = "name") -> list[ToolSummary]:
    """Return the tools whose name or description has every word of `search`, sorted by one of `SORTS`."""
    words = search.casefold().split()
    tools = [tool for tool in session.cache.tools.summaries() if _has(tool, words)]
    spent = costs(session)
    by_name = sorted(tools, key=lambda tool: tool.name)
    return sorted(
        by_name, key=lambda tool: _BY[sort](tool, spent.get(tool.name, 0.0)), reverse=sort in {"newest", "cost"}
    )


def _has(tool: ToolSummary, words: list[str]) -> bool:
    text = f"{tool.name} {tool.description}".casefold()
    return all(word in text for word in words)


def costs(session: Session) -> dict[str, float]:
    """Return what the model calls for each tool cost, in US dollars, as far as prices are known."""
    return {total.tool: total.known_cost_usd for total in session.ledger.totals(("tool",))}


def list_view(session: Session, search: str = "", sort: str = "name") -> View:
    """List the tools that are found, and how to look at one."""
    tools = found(session, search, sort)
    if search and not tools:
        return page(Line(no_tool_has(search)))
    shared = [] if search else [(offer.name, offer.origin) for offer in session.shared()]
    how = page(Line("%latm browse NAME shows all of one; --search and --sort choose.", "quiet")) if tools else None
    return _below(tools_view(tools, shared), how)


def no_tool_has(search: str) -> str:
    """Say that no tool has these words."""
    return f"No tool has {search[:60]!r} in its name or description."


def _versions(session: Session, name: str) -> View:
    suspect = session.cache.tools.suspects().get(name, "")
    return versions_view(session.versions(name), session.tool(name).version, suspect)


def _ledger(session: Session, name: str) -> View:
    totals = [total for total in session.ledger.totals(("role", "tool")) if total.tool == name]
    if not totals:
        return page(Line(f"No model was asked for {name}."))
    numbers = ("calls", "tokens", "time", "cost")
    columns = (Column("role"), *(Column(title, is_number=True) for title in numbers))
    return page(Table(columns, tuple(map(_ledger_row, totals))))


def _ledger_row(total: Total) -> tuple[str | Cell, ...]:
    failed = f" ({total.failed:,} failed)" if total.failed else ""
    tokens = f"{total.prompt_tokens + total.completion_tokens:,}"
    cost = Cell("unknown", "care") if total.cost_usd is None else usd(total.cost_usd)
    return (total.role, f"{total.calls:,}{failed}", tokens, seconds(total.seconds), cost)


def _refusals(session: Session, name: str) -> View:
    refused = session.cache.feedback.refusals(name)
    if not refused:
        return page(Line(f"No question that {name} refused is kept."))
    columns = (Column("question", is_code=True, wraps=True, columns=90, limit=400), Column("version", is_number=True))
    rows: list[tuple[str, ...]] = [(each.question, str(each.version)) for each in refused[-_MOST:]]
    rows += [(f"… {count(len(refused) - _MOST, 'older one')}",)] if len(refused) > _MOST else []
    return page(Table(columns, tuple(rows)), Line(f"%latm grow {name} lets it learn them.", "quiet"))


_PAGES: Mapping[str, Callable[[Session, str], View]] = {
    "card": lambda session, name: tool_view(session.tool(name)),
    "versions": _versions,
    "changes": lambda session, name: diff_view(name, session.diff(name)),
    "ledger": _ledger,
    "refusals": _refusals,
    "corrections": lambda session, name: corrections_view(name, session.corrections(name)),
    "pending": lambda session, _: groups_view(session.pending()),
}
PAGES: Mapping[str, str] = {
    "card": "what it does, and how it was verified",
    "versions": "all its versions",
    "changes": "what changed from version to version",
    "ledger": "what models cost for it",
    "refusals": "questions that it refused",
    "corrections": "what you corrected and it has not learned",
    "pending": "questions that no tool fits",
}
"""The pages of a tool, in words."""


def tool_page(session: Session, name: str, which: str) -> View:
    """Return one of `PAGES` of a tool; where there is nothing to show, what the session says of that."""
    try:
        return _PAGES[which](session, name)
    except LatmError as fault:
        return page(Line(str(fault), "quiet"))


def whole_view(session: Session, name: str) -> View:
    """Show all pages of a tool, one below the other; raises `ToolNotFound`."""
    session.tool(name)
    return _below(*(view for which in PAGES for view in (page(Title(which)), tool_page(session, name, which))))


def _below(*views: View | None) -> View:
    shown = [view for view in views if view is not None]
    return View("".join(view.html for view in shown), "\n".join(view.text for view in shown))
