"""The tool card and the record of a verification, as blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import count, usd

if TYPE_CHECKING:
    from latm_magic.jupyter.display.page import Block
    from latm_magic.tool import Outcome, Provenance, SampleResult, Verification
    from latm_magic.tools.function import Tool

__all__ = ["provenance_line", "samples_table", "tool_card", "verification_card"]

_OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    "right": ("✓ right", "good"),
    "wrong": ("✗ wrong", "bad"),
    "refused": ("○ refused", "care"),
    "error": ("✗ error", "bad"),
    "out of time": ("✗ out of time", "bad"),
}
_MAX_ROWS = 30
_NUMBER = re.compile(r"[-+]?[\d,]{1,20}(\.\d{1,20})?")
_BY_HAND = {"you", "a person", "a model asked by hand"}


def tool_card(tool: Tool) -> View:
    """Show a tool: signature, how it was verified, who made it at what cost, its samples and its source."""
    record = tool.record
    return page(
        Title(record.signature, f"version {record.version}" if record.version else "shared, read-only"),
        Line(record.description),
        _score(record.verification, f", {record.unseen[0]:,} of them unseen by the maker" if record.unseen[1] else ""),
        Line(provenance_line(record.provenance), "quiet"),
        *_notes(tool),
        samples_table(record.verification, fold=True),
        Code(record.source, "source", instead=f"{record.name}?? shows its source."),
    )


def verification_card(verification: Verification) -> View:
    """Show what each sample gave."""
    return page(_score(verification), *_grounds(verification), samples_table(verification, fold=False))


def _score(verification: Verification, unseen: str = "") -> Line:
    right, total = verification.right, len(verification.samples)
    words = f"verified {right:,} of {total:,}{unseen}"
    outcomes: tuple[Outcome, ...] = ("refused", "wrong", "error", "out of time")
    odd = [f"{verification.count(outcome):,} {outcome}" for outcome in outcomes if verification.count(outcome)]
    tone: Tone = "good" if verification.passed and not odd else "care" if verification.passed else "bad"
    return Line("; ".join([words, *odd]), tone, mark="✓" if verification.passed else "✗", strong=True)


def provenance_line(provenance: Provenance) -> str:
    """Say who made a tool, at what cost and when; of one that came from elsewhere, whose word that is."""
    said = f"{provenance.imported_from} says: " if provenance.imported_from else ""
    if provenance.maker in _BY_HAND:
        facts = [f"written by {provenance.maker}"]
    elif provenance.maker == provenance.imported_from:
        said, facts = "", [f"from {provenance.imported_from}, which does not say who made it"]
    else:
        tokens = provenance.prompt_tokens + provenance.completion_tokens
        cost = "price unknown" if provenance.cost_usd is None else usd(provenance.cost_usd)
        facts = [
            provenance.recorded or f"made by {provenance.maker}",
            count(provenance.attempts, "proposal"),
            count(tokens, "token"),
            cost,
        ]
    when = [provenance.created[:16].replace("T", " ") + " UTC"] if provenance.created else []
    return said + " · ".join([*facts, *when])


def _notes(tool: Tool) -> list[Block]:
    record = tool.record
    if record.by_snippet:
        return [Line("It takes functions, so the user model writes a snippet for every question.", "quiet")]
    if not record.has_parser:
        return [Line("It has no parser, so the user model supplies the arguments of every question.", "quiet")]
    return []


def _grounds(verification: Verification) -> list[Block]:
    facts = [f"Python {verification.python}" * bool(verification.python)]
    facts.append(f"sandbox policy {verification.policy}" * bool(verification.policy))
    return [Line(" · ".join(filter(None, facts)), "quiet")] if any(facts) else []


def samples_table(verification: Verification, *, fold: bool) -> Table:
    """Show what each sample gave, failures first; `fold` behind how many there are."""
    failed = [s for s in verification.samples if s.outcome != "right"]
    fine = [s for s in verification.samples if s.outcome == "right"]
    shown = [*failed, *fine][:_MAX_ROWS]
    has_details = any(sample.detail for sample in shown)
    is_number = all(_NUMBER.fullmatch(answer) for sample in shown for answer in (sample.wanted, sample.got or "0"))
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
        rows.append(
            (
                f"… {len(verification.samples) - len(shown):,} more, all right"
                if len(failed) <= _MAX_ROWS
                else f"… {len(verification.samples) - len(shown):,} more",
            )
        )
    summary = count(len(verification.samples), "sample") if fold else ""
    return Table(columns, tuple(rows), summary, is_open=bool(failed) or len(verification.samples) <= 8)  # noqa: PLR2004


def _row(sample: SampleResult, has_details: bool) -> tuple[str | Cell, ...]:
    words, tone = _OUTCOMES[sample.outcome]
    role = sample.role + (", by user model" if sample.by == "user" else "")
    cells = (Cell(words, tone), sample.question, sample.wanted, sample.got or "", Cell(role, "quiet"))
    return (*cells, Cell(sample.detail, "quiet")) if has_details else cells
