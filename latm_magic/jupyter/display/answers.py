"""Answers as a table with its line of totals, and a single answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import clip, count, milliseconds, usd

if TYPE_CHECKING:
    from latm_magic.answer import Answer, Answers

__all__ = ["answer_card", "answers_table"]

_FIRST = 20
_ODD_AFTERWARDS = 10
_PLAIN_WAYS = {way for way, info in WAYS.items() if info.is_answer and not info.asks_model}
_TONES: dict[str, Tone] = {"failed": "bad", "unknown": "care"}


def answers_table(answers: Answers) -> View:
    """Show the first answers, those further down that no parser gave, and the totals."""
    places = _places(answers)
    shown = {place: answers[place] for place in places}
    reasons = {place: answer.reason if answers.explain else _reason(answer) for place, answer in shown.items()}
    has_reasons = any(reasons.values())
    is_number = all(isinstance(a.value, (int, float)) for a in shown.values() if a.answered)
    columns = (
        Column("", is_number=True, columns=12),
        Column("question", is_code=True, wraps=True, columns=52, limit=200),
        Column("answer", is_number=is_number, is_code=True, wraps=not is_number, columns=28, limit=200),
        Column("tool", columns=24),
        Column("way", columns=16),
        Column("ms", is_number=True),
        *([Column("why", wraps=True, columns=200 if answers.explain else 44, limit=400)] if has_reasons else []),
    )
    rows: list[tuple[str | Cell, ...]] = []
    last = -1
    for place, answer in shown.items():
        if place > last + 1:
            rows.append((f"… {place - last - 1:,} more",))
        rows.append((*_row(_label(answers, place), answer), *([Cell(reasons[place], "quiet")] if has_reasons else [])))
        last = place
    if last + 1 < len(answers):
        rows.append((f"… {len(answers) - last - 1:,} more",))
    return page(Table(columns, tuple(rows)) if rows else None, Line(answers.summary, strong=True))


def answer_card(answer: Answer) -> View:
    """Show one answer and how it came."""
    facts = [WAYS[answer.way].label, _tool(answer), f"{milliseconds(answer.ms)} ms"]
    if answer.tokens:
        facts += [
            count(answer.tokens, "token"),
            usd(answer.cost_usd) if answer.cost_usd is not None else "price unknown",
        ]
    title = Title(clip(answer.text or "", 2000)) if answer.answered else Title(answer.way)
    reason = Line(answer.reason, _TONES.get(answer.way, "quiet")) if _reason(answer) else None
    return page(title, Line(" · ".join(filter(None, facts)), "quiet"), reason)


def _places(answers: Answers) -> list[int]:
    odd = (place for place, way in enumerate(answers.ways) if place >= _FIRST and way not in _PLAIN_WAYS)
    return [*range(min(_FIRST, len(answers))), *(place for place, _ in zip(odd, range(_ODD_AFTERWARDS), strict=False))]


def _label(answers: Answers, place: int) -> str:
    return str(place if answers.index is None else answers.index[place])


def _row(label: str, answer: Answer) -> tuple[str | Cell, ...]:
    way = Cell(WAYS[answer.way].label, _TONES.get(answer.way, ""))
    text = answer.text or "" if answer.answered else ""
    return Cell(label, "quiet"), answer.question, text, _tool(answer), way, Cell(milliseconds(answer.ms), "quiet")


def _tool(answer: Answer) -> str:
    which = f"v{answer.version}" if answer.version else "(shared)"
    return f"{answer.tool} {which}" if answer.tool else ""


def _reason(answer: Answer) -> str:
    return "" if answer.way in _PLAIN_WAYS else answer.reason
