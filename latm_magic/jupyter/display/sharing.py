"""What was exported, and what came of loading: tool by tool, with source, difference and samples to unfold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import count
from latm_magic.jupyter.display.tools import provenance_line, samples_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.jupyter.display.page import Block
    from latm_magic.sharing.exporting import Exported
    from latm_magic.sharing.loading import Loaded, LoadedTool

_OUTCOMES: dict[str, tuple[str, Tone]] = {
    "admitted": ("✓ admitted", "good"),
    "kept yours": ("○ kept yours", "care"),
    "already here": ("✓ already here", ""),
    "refused": ("✗ refused", "bad"),
}
_CONTENT = {"": "", "unchanged": "unchanged", "changed": "edited", "no fingerprint": "no fingerprint"}
_MOST_UNFOLDED = 50


def exported_view(exported: Exported) -> View:
    """Show which files were written and what they hold."""
    files = " and ".join(str(path) for path in exported.paths)
    if not exported.changed:
        return page(Line(f"{files}: nothing to change, exactly this is there already."))
    return page(
        Line(f"{files}: {count(len(exported.tools), 'tool')} ({', '.join(exported.tools)})", mark="✓", tone="good")
    )


def loaded_view(loaded: Loaded) -> View:
    """Show what the notebooks hold and what became of each tool."""
    numbers = [f"{len(found)} {outcome}" for outcome in _OUTCOMES if (found := loaded.with_outcome(outcome))]
    head = ", ".join(numbers) or "no tools"
    blocks: list[Block | None] = [
        Line(f"{head}; nothing was kept (--dry-run)" if loaded.dry_run else head, strong=True)
    ]
    if loaded.tools:
        blocks.append(_table(loaded))
    for tool in loaded.tools[:_MOST_UNFOLDED]:
        blocks += _unfolded(tool, in_full=loaded.dry_run)
    return page(*blocks, *(Line(note, "quiet") for note in _notes(loaded)))


def _table(loaded: Loaded) -> Table:
    columns = (
        Column("tool", is_code=True, columns=24),
        Column("outcome", columns=20),
        Column("verified", is_number=True, columns=12),
        Column("since export", columns=16),
        Column("imports", is_code=True, columns=24),
    )
    return Table(columns, tuple(_row(tool, dry_run=loaded.dry_run) for tool in loaded.tools))


def _row(tool: LoadedTool, *, dry_run: bool) -> tuple[str | Cell, ...]:
    words, tone = _OUTCOMES[tool.outcome]
    judged = tool.judged
    checked = judged.verification
    name = tool.name if tool.name == judged.offer.name else f"{judged.offer.name} → {tool.name}"
    return (
        name or "(no name)",
        Cell("✓ would be admitted" if dry_run and tool.outcome == "admitted" else words, tone),
        f"{checked.right:,} of {len(checked.samples):,}" if checked else "",
        Cell(_CONTENT[judged.content], "care" if judged.content == "changed" else "quiet"),
        ", ".join(judged.imports),
    )


def _unfolded(tool: LoadedTool, *, in_full: bool) -> Iterator[Block | None]:
    """Yield the blocks of one tool; its plain text holds source and samples in full only for a dry run."""
    judged, name = tool.judged, tool.name or "(no name)"
    offer, tone = judged.offer, _OUTCOMES[tool.outcome][1]
    yield Title(name, offer.origin)
    yield Line(offer.description) if offer.description else None
    yield Line(tool.reason, "quiet" if tone == "good" else tone) if tool.reason else None
    yield Line(provenance_line(judged.proposal.provenance), "quiet") if judged.proposal is not None else None
    yield Code(offer.source, "source", instead="" if in_full else "(%latm load with --dry-run shows its source)")
    yield Code(tool.difference, "what differs from yours") if tool.difference else None
    if judged.verification is not None and (in_full or judged.verification.failures):
        yield samples_table(judged.verification, fold=True)


def _notes(loaded: Loaded) -> Iterator[str]:
    for notebook in loaded.notebooks:
        yield from notebook.notes
        if notebook.other_cells:
            cells = count(notebook.other_cells, "other code cell")
            yield f"{notebook.path.name} holds {cells}, not looked at and not run."
    left = len(loaded.tools) - _MOST_UNFOLDED
    if left > 0:
        yield f"The sources of {left:,} more tools are in .tools of what %latm load returned."
    if loaded.with_outcome("admitted") and not loaded.dry_run:
        yield "%latm use NAME, or *, makes admitted tools functions of this notebook."
