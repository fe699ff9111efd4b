"""Tools: the card of one, its verification and versions, lists of them, and the request that makes one by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.jupyter.display.diff import Diff
from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import count, price
from latm_magic.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.cache.records import ToolSummary
    from latm_magic.jupyter.display.page import Block
    from latm_magic.provenance import ColumnRecord, Provenance
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.function import Tool
    from latm_magic.verification import SampleOutcome, SampleResult, Verification

_OUTCOMES: dict[SampleOutcome, tuple[str, Tone]] = {
    "right": ("✓ right", "good"),
    "wrong": ("✗ wrong", "bad"),
    "refused": ("○ refused", "care"),
    "error": ("✗ error", "bad"),
    "out of time": ("✗ out of time", "bad"),
}
_MAX_ROWS = 30
_MOST_ALSO = 6
_NUMBER = re.compile(r"[-+]?[\d,]{1,20}(\.\d{1,20})?")
_BY_HAND = {"you", "a person", "a model asked by hand"}


def tool_view(tool: Tool) -> View:
    """Show a tool: signature, how it was verified, who made it at what cost, its samples and its source."""
    record = tool.record
    return page(
        Title(record.signature, _standing(record)),
        Line(record.description),
        _score(record.verification, f", {record.unseen[0]:,} of them unseen by the maker" if record.unseen[1] else ""),
        *_branches(record.verification),
        Line(_calls(record), "quiet"),
        *column_lines(record.provenance.column),
        Line(provenance_line(record.provenance), "quiet"),
        *_notes(tool),
        samples_table(record.verification, fold=True),
        *_also(record.verification),
        Code(record.source, "source", instead=f"{record.name}?? shows its source."),
    )


def _calls(record: ToolVersion) -> str:
    """Return how a tool is called, with names of its own."""
    name, parameters = record.name, ", ".join(parameter.name for parameter in record.parameters)
    question = f'{name}("a question"), ' if record.has_parser else ""
    return f"call it: {question}{name}({parameters}); a column: {name}.map(column)"


def _standing(record: ToolVersion) -> str:
    if record.version:
        return f"version {record.version}" + (", kept by you though it fails" if record.verification.excused else "")
    return "draft, not a tool" if record.is_draft else "shared, read-only"


def column_lines(column: ColumnRecord | None) -> list[Block]:
    """Say what a tool made of the column that it was made with, and show the rows whose answer a round changed."""
    if column is None:
        return []
    rounds = count(column.rounds, "coverage round")
    before = f", {column.first:,} before {rounds}" if column.rounds else ""
    lines: list[Block] = [Line(f"answers {column.accepted:,} of {column.rows:,} questions of its column{before}")]
    if column.changed:
        heads = (Column("question", is_code=True, wraps=True, columns=44), Column("before", is_code=True, wraps=True))
        rows = tuple((row.question, row.before, row.after or "") for row in column.changed[:_MAX_ROWS])
        total = len(column.changed) + column.more_changed
        table = Table(
            (*heads, Column("now", is_code=True, wraps=True)),
            rows,
            f"{count(total, 'answer')} changed by it: %latm check shows them first",
        )
        lines.append(table)
    return [*lines, *_differing(column)]


def _differing(column: ColumnRecord) -> list[Block]:
    """Show the rows on which proposals of the making differ."""
    besides = column.besides_changed(column.differing)
    if not besides:
        return []
    heads = (
        Column("question", is_code=True, wraps=True, columns=44),
        Column("proposals say", wraps=True, columns=60, limit=400),
    )
    rows = tuple((row.question, row.in_words) for row in besides[:_MAX_ROWS])
    total = count(len(besides) + column.more_differing, "row")
    return [Table(heads, rows, f"{total} on which proposals of the making differ: %latm check shows them first")]


def verification_view(verification: Verification) -> View:
    """Show what each sample gave."""
    return page(
        _score(verification),
        *_branches(verification),
        *_environment(verification),
        samples_table(verification, fold=False),
    )


def _score(verification: Verification, unseen: str = "") -> Line:
    right, total = verification.right, len(verification.samples)
    words = f"verified {right:,} of {total:,}{unseen}"
    outcomes: tuple[SampleOutcome, ...] = ("refused", "wrong", "error", "out of time")
    others = [f"{verification.count(outcome):,} {outcome}" for outcome in outcomes if verification.count(outcome)]
    tone: Tone = "good" if verification.passed and not others else "care" if verification.passed else "bad"
    return Line("; ".join([words, *others]), tone, mark="✓" if verification.passed else "✗", strong=True)


def _branches(verification: Verification) -> list[Block]:
    branches = verification.branches
    if not branches.lines:
        return []
    of_all = f"{len(branches.tested):,} of {count(len(branches.lines), 'branch', 'branches')} run by verified samples"
    more = f", {len(branches.seen):,} more by rows that the maker was shown" if branches.seen else ""
    return [Line(of_all + more, "quiet")]


def provenance_line(provenance: Provenance) -> str:
    """Return who made a tool, at what cost and when; of an imported one, also who says so."""
    said = f"{provenance.imported_from} says: " if provenance.imported_from else ""
    if provenance.maker in _BY_HAND:
        facts = [f"written by {provenance.maker}"]
    elif provenance.maker == provenance.imported_from:
        said, facts = "", [f"from {provenance.imported_from}, which does not say who made it"]
    else:
        tokens = provenance.prompt_tokens + provenance.completion_tokens
        facts = [
            provenance.recorded or f"made by {provenance.maker}",
            count(provenance.attempts, "proposal"),
            count(tokens, "token"),
            price(provenance.cost_usd),
        ]
    when = [provenance.created[:16].replace("T", " ") + " UTC"] if provenance.created else []
    return said + " · ".join([*facts, *when])


def _also(verification: Verification) -> list[Block]:
    """Show the changed samples that the tool answers as if nothing were changed."""
    found = [each for each in verification.also if each.is_suspicious]
    columns = (
        Column("question", is_code=True, wraps=True, columns=60, limit=400),
        Column("answer", is_code=True, wraps=True, limit=200),
        Column("changed"),
    )
    rows = tuple((each.question, each.answer, Cell(each.change, "quiet")) for each in found[:_MOST_ALSO])
    return [Line("answers these too, as if nothing were changed:", "care"), Table(columns, rows)] if found else []


def _notes(tool: Tool) -> list[Block]:
    record = tool.record
    if record.by_snippet:
        return [Line("It takes functions, so the user model writes a snippet for every question.", "quiet")]
    if not record.has_parser:
        return [Line("It has no parser, so the user model supplies the arguments of every question.", "quiet")]
    return []


def _environment(verification: Verification) -> list[Block]:
    facts = [f"Python {verification.python}" * bool(verification.python)]
    facts.append(f"sandbox policy {verification.policy}" * bool(verification.policy))
    return [Line(" · ".join(filter(None, facts)), "quiet")] if any(facts) else []


def samples_table(verification: Verification, *, fold: bool) -> Table:
    """Show what each sample gave, failures first; `fold` behind how many there are."""
    failed = [s for s in verification.samples if s.outcome != "right"]
    passed = [s for s in verification.samples if s.outcome == "right"]
    shown = [*failed, *passed][:_MAX_ROWS]
    has_details = any(sample.detail for sample in shown)
    is_number = all(
        _NUMBER.fullmatch(answer) for sample in shown for answer in (sample.wanted or "0", sample.got or "0")
    )
    columns = (
        Column("outcome", columns=14),
        Column("question", is_code=True, wraps=True, columns=44),
        Column("wanted", is_number=is_number, is_code=True, wraps=not is_number, columns=20),
        Column("got", is_number=is_number, is_code=True, wraps=not is_number, columns=20),
        Column("sample", columns=18),
        *([Column("why", wraps=True, columns=40)] if has_details else []),
    )
    rows: list[tuple[str | Cell, ...]] = [_row(sample, has_details) for sample in shown]
    if len(verification.samples) > len(shown):
        all_right = ", all right" if len(failed) <= _MAX_ROWS else ""
        rows.append((f"… {len(verification.samples) - len(shown):,} more{all_right}",))
    summary = count(len(verification.samples), "sample") if fold else ""
    return Table(columns, tuple(rows), summary, is_open=bool(failed) or len(verification.samples) <= 8)  # noqa: PLR2004


def _row(sample: SampleResult, has_details: bool) -> tuple[str | Cell, ...]:
    words, tone = _OUTCOMES[sample.outcome]
    role = sample.role + (", by user model" if sample.by == "user" else "")
    cells = (Cell(words, tone), sample.question, sample.sample.told, _got(sample), Cell(role, "quiet"))
    return (*cells, Cell(sample.detail, "quiet")) if has_details else cells


def _got(sample: SampleResult) -> str:
    is_right = sample.outcome == "right" and sample.expects != "answer"
    return sample.sample.told if is_right else sample.got or ""


def tools_view(
    summaries: Sequence[ToolSummary], shared: Sequence[tuple[str, str]] = (), flows: Sequence[str] = ()
) -> View:
    """List cached tools, and the names of shared ones with their notebooks, and of flows."""
    listed = ", ".join(f"{name} ({origin})" for name, origin in shared)
    others = Line(f"Shared, each verified when first used: {listed}") if shared else None
    named = Line(f"Flows, which %latm flow NAME shows: {', '.join(flows)}") if flows else None
    if not summaries:
        return page(Line("No tools yet: make one with %%latm NAME, or write one with %%latm_tool NAME."), others, named)
    columns = (
        Column("tool", is_code=True, columns=30),
        Column("version", is_number=True),
        Column("verified", is_number=True),
        Column("what it does", wraps=True, columns=56, limit=160),
        Column("made by", wraps=True, columns=30),
        Column("on"),
    )
    rows = tuple(
        (tool.name, str(tool.version), tool.verified, tool.description, tool.recorded or tool.maker, tool.created[:10])
        for tool in summaries
    )
    return page(Table(columns, rows), Line(count(len(rows), "tool"), strong=True), others, named)


def functions_view(tools: Sequence[Tool], taken: Mapping[str, str] | None = None) -> View:
    """List tools as the functions that they now are in the notebook, and those whose names were `taken`, by what."""
    if not (tools or taken):
        return tools_view(())
    columns = (Column("", is_code=True, wraps=True, columns=70), Column(""))
    rows = tuple((tool.record.signature, Cell(f"version {tool.version}", "quiet")) for tool in tools)
    left = ", ".join(f"{name!r} is {what}" for name, what in (taken or {}).items())
    note = Line(f"Left out: {left}. Name it with --replace to hide that.", "quiet") if left else None
    return page(Table(columns, rows, has_head=False), note)


def versions_view(versions: Sequence[Tool], current: int, suspect: str = "") -> View:
    """List a tool's versions; `suspect` says why the current one is."""
    columns = (
        Column("version", is_number=True),
        Column("", columns=12),
        Column("verified", is_number=True),
        Column("made by", wraps=True, columns=30),
        Column("on", columns=16),
        Column("lines", is_number=True),
    )
    rows = tuple(_version_row(tool, current) for tool in versions)
    note = Line(f"Version {current} is suspect: {suspect}.", "bad", "✗") if suspect else None
    return page(Table(columns, rows), note)


def _version_row(tool: Tool, current: int) -> tuple[str | Cell, ...]:
    verification, provenance = tool.verification, tool.provenance
    now = Cell("current", "good") if tool.version == current else ""
    verified = f"{verification.right}/{len(verification.samples)}"
    made_by, when = provenance.recorded or provenance.maker, provenance.created[:16].replace("T", " ")
    return (str(tool.version), now, verified, made_by, when, f"{len(tool.source.splitlines()):,}")


def diff_view(name: str, difference: str) -> View:
    """Show a difference, or that there is none."""
    return page(Diff(difference) if difference else Line(f"The two versions of {name} are the same."))


def request_view(name: str, request: str) -> View:
    """Show a maker's request that is to be carried to a chat by hand."""
    how = f"Give this to any chat. The reply, fence and all, goes into a cell that begins with %%latm_tool {name}."
    exact = "What is invisible in it stands here as a symbol: session.by_hand(...) gives it exactly."
    return page(
        Line(how), Line(exact, "care") if visible(request) != request else None, Code(request, limit=len(request))
    )
