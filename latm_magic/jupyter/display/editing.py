"""Where to start when a tool is mended: one sample that is not right, its source beside it, and the other samples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.errors import TaskError
from latm_magic.jupyter.display.page import Cell, Code, Column, Line, Table
from latm_magic.jupyter.display.plain import clip, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.jupyter.display.page import Block
    from latm_magic.tool import ToolVersion
    from latm_magic.verification import SampleResult

_MOST = 30
_LINE = re.compile(r"line (\d{1,6})\)\Z")
"""Where a reason ends that has a line of the source."""
_FACT = Column("", is_code=True, wraps=True, columns=100, limit=2000)


def failing_rows(tool: ToolVersion, row: int | None = None) -> list[Block]:
    """Show a sample that is not right beside the source, and a numbered list of all of them; nothing where all are.

    Raises `TaskError` for a `row` (from 1) that is not among them.
    """
    failed = [sample for sample in tool.verification.samples if sample.outcome != "right"]
    if row is not None and not 1 <= row <= len(failed):
        known = f"choose --row 1 to {len(failed)}" if failed else "leave out --row"
        raise TaskError(f"{tool.name!r} has {count(len(failed), 'sample')} not right: {known}.")
    if not failed:
        return []
    number = row or 1
    chosen = failed[number - 1]
    others = _listed(tool.name, failed) if len(failed) > 1 else []
    start = Line(f"start from {chosen.summary}", "care", "○")
    return [start, Beside(_facts(chosen), _numbered(tool.source, chosen.detail)), *others]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two blocks beside each other where there is room, else one below the other."""

    left: Block
    right: Block

    def html(self) -> str:
        """Return it as escaped HTML."""
        parts = zip((self.left, self.right), ("flex:1 1 18em", "flex:2 1 26em"), strict=True)
        inner = "".join(f'<div style="{width};min-width:0;max-width:100%">{part.html()}</div>' for part, width in parts)
        return f'<div style="display:flex;flex-wrap:wrap;gap:0 1.5em;align-items:flex-start">{inner}</div>'

    def text(self) -> str:
        """Return it as plain text without a line end."""
        return f"{self.left.text()}\n{self.right.text()}"


def _facts(sample: SampleResult) -> Table:
    facts = {
        "question": sample.question,
        "wanted": sample.sample.told,
        "got": sample.got or "",
        "called as": sample.call,
        "why": sample.detail,
    }
    rows = tuple((Cell(name, "quiet"), words) for name, words in facts.items() if words)
    return Table((Column(""), _FACT), rows, has_head=False)


def _numbered(source: str, detail: str) -> Code:
    """Return the source with numbers of lines, and a mark at the line that raised, where there is one."""
    lines = source.splitlines()
    found = _LINE.search(detail)
    raised, wide = int(found[1]) if found else 0, len(str(len(lines)))
    marks = ("▸" if number == raised else " " for number in range(1, len(lines) + 1))
    numbered = [
        f"{mark} {number:{wide}} {line}" for number, (mark, line) in enumerate(zip(marks, lines, strict=True), 1)
    ]
    return Code("\n".join(numbered), instead=f"  raised in line {raised}" if raised else "  its source is in the cell")


def _listed(name: str, failed: Sequence[SampleResult]) -> list[Block]:
    columns = (
        Column("row", is_number=True),
        Column("outcome", columns=14),
        Column("question", is_code=True, wraps=True, columns=44),
        Column("wanted", is_code=True, wraps=True, columns=20),
        Column("got", is_code=True, wraps=True, columns=20),
        Column("why", wraps=True, columns=40),
    )
    rows: list[tuple[str | Cell, ...]] = [
        (
            str(number),
            each.outcome,
            each.question,
            each.sample.told,
            each.got or "",
            Cell(clip(each.detail, 200), "quiet"),
        )
        for number, each in enumerate(failed[:_MOST], 1)
    ]
    rows += [(f"… {len(failed) - _MOST:,} more",)] if len(failed) > _MOST else []
    how = f"{count(len(failed), 'sample')} not right: %latm edit {name} --row N starts from another of them."
    return [Line(how, "quiet"), Table(columns, tuple(rows))]
