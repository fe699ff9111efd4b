"""Answers as a table with its line of totals, with the reason of each where you asked for it, and a single answer."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING

from latm_magic.answer import WAYS, Answers
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import clip, count, milliseconds, price

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.answer import Answer
    from latm_magic.session.solving import Preview

_FIRST_ROWS = 20
_LATER_ROWS = 10
"""Rows after the first that no parser gave, or that are untested."""
_PLAIN_WAYS = {way for way, info in WAYS.items() if info.is_answer and not info.asks_model}
_TONES: dict[str, Tone] = {"failed": "bad", "unknown": "care", "unasked": "care"}


class ExplainedAnswers(Answers):
    """Answers that are shown with the reason of each, not only of those that no parser gave; a slice is not."""

    __slots__ = ()

    @classmethod
    def around(cls, answers: Answers) -> ExplainedAnswers:
        """Return the same answers to be shown so; the columns are shared, not copied."""
        return cls(*(getattr(answers, field.name) for field in fields(answers)))


def answers_view(answers: Answers) -> View:
    """Show the first answers, those further down that no parser gave, and the totals."""
    return _table(answers, _positions(answers))


def preview_view(preview: Preview) -> View:
    """Show a few rows of a column, and the totals of all."""
    return _table(preview.answers, preview.positions)


def _table(answers: Answers, positions: Iterable[int]) -> View:
    explains = isinstance(answers, ExplainedAnswers)
    shown = {position: answers[position] for position in positions}
    reasons = {position: answer.reason if explains else _reason(answer) for position, answer in shown.items()}
    has_reasons = any(reasons.values())
    is_number = all(isinstance(a.value, (int, float)) for a in shown.values() if a.answered and not a.is_missing)
    columns = (
        Column("", is_number=True, columns=12),
        Column("question", is_code=True, wraps=True, columns=52, limit=200),
        Column("answer", is_number=is_number, is_code=True, wraps=not is_number, columns=28, limit=200),
        Column("tool", columns=24),
        Column("way", columns=16),
        Column("ms", is_number=True),
        *([Column("why", wraps=True, columns=200 if explains else 44, limit=400)] if has_reasons else []),
    )
    rows: list[tuple[str | Cell, ...]] = []
    last = -1
    for position, answer in shown.items():
        if position > last + 1:
            rows.append((f"… {position - last - 1:,} more",))
        reason = [Cell(reasons[position], "quiet")] if has_reasons else []
        rows.append((*_row(_label(answers, position), answer), *reason))
        last = position
    if last + 1 < len(answers):
        rows.append((f"… {len(answers) - last - 1:,} more",))
    return page(Table(columns, tuple(rows)) if rows else None, Line(answers.summary, strong=True))


def answer_view(answer: Answer) -> View:
    """Show one answer and how it came."""
    facts = [WAYS[answer.way].label, "untested" * answer.untested, _tool(answer), f"{milliseconds(answer.ms)} ms"]
    if answer.tokens:
        facts += [count(answer.tokens, "token"), price(answer.cost_usd)]
    title = Title(clip(_text(answer), 2000)) if answer.answered else Title(WAYS[answer.way].label)
    tone = "care" if answer.untested else _TONES.get(answer.way, "quiet")
    reason = Line(answer.reason, tone) if _reason(answer) else None
    return page(title, Line(" · ".join(filter(None, facts)), "quiet"), reason)


def _positions(answers: Answers) -> list[int]:
    untested = answers.untested
    later = (i for i, way in enumerate(answers.ways) if i >= _FIRST_ROWS and (way not in _PLAIN_WAYS or i in untested))
    return [*range(min(_FIRST_ROWS, len(answers))), *islice(later, _LATER_ROWS)]


def _label(answers: Answers, position: int) -> str:
    return str(position if answers.index is None else answers.index[position])


def _row(label: str, answer: Answer) -> tuple[str | Cell, ...]:
    words = WAYS[answer.way].label + ", untested" * answer.untested
    way = Cell(words, "care" if answer.untested else _TONES.get(answer.way, ""))
    facts = (_tool(answer), way, Cell(milliseconds(answer.ms), "quiet"))
    return Cell(label, "quiet"), answer.question, _text(answer), *facts


def _text(answer: Answer) -> str:
    return "none" if answer.is_missing else answer.text or "" if answer.answered else ""


def _tool(answer: Answer) -> str:
    other = "(draft)" if answer.by_draft else "(shared)"
    which = f"v{answer.version}" if answer.version else other
    return f"{answer.tool} {which}" if answer.tool else ""


def _reason(answer: Answer) -> str:
    return answer.reason if answer.untested or answer.way not in _PLAIN_WAYS else ""
