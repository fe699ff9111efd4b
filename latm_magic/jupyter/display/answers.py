"""Answers as a table with its totals on top, with the reason of each where you asked for it; a single answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.jupyter.display.page import Cell, Column, Line, Table, Title, Tone, View, page
from latm_magic.jupyter.display.plain import clip, count, milliseconds, price

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.answer import Answer, Answers
    from latm_magic.events import Disputed
    from latm_magic.session.solving import Preview

_ROWS = 30
_FIRST_ROWS = 20
_ODD_ROWS = 10
"""Rows without an answer, and again rows that a model gave or that are untested, where there are others."""
_PLAIN_WAYS = {way for way, info in WAYS.items() if info.is_answer and not info.asks_model}
_TONES: dict[str, Tone] = {"failed": "bad", "unknown": "care", "unasked": "care"}
_LONG_ANSWER = 40
"""Characters; a shorter answer stays in one line, whatever else has to go."""


def answers_view(answers: Answers) -> View:
    """Show the totals, rows without an answer, those that no parser gave, and the first others."""
    return _page(answers, _positions(answers))


def preview_view(preview: Preview) -> View:
    """Show the totals of a column, and a few of its rows."""
    return _page(preview.answers, preview.positions)


def totals_view(solved: Sequence[Answers], number: int) -> View:
    """Show the line of totals of each solve; `number` says how many there were."""
    more = Line(f"… {count(number - len(solved), 'more solve')}", "quiet") if number > len(solved) else None
    return page(*(Line(" · ".join(line.words for line in _head(answers))) for answers in solved), more)


def disputes_view(disputed: Sequence[Disputed]) -> View:
    """Show the answers that the strong model contradicts, as one table."""
    columns = (
        Column("question", is_code=True, wraps=True, columns=52, limit=200),
        Column("the tool says", is_code=True, wraps=True, columns=28, limit=200),
        Column("the strong model says", is_code=True, wraps=True, columns=28, limit=200),
        Column("tool"),
    )
    rows: list[tuple[str, ...]] = [
        (each.question, each.tool_text, each.model_text, f"{each.tool} v{each.version}") for each in disputed
    ]
    more = [(f"… {len(rows) - _ROWS:,} more",)] if len(rows) > _ROWS else []
    table = Table(columns, (*rows[:_ROWS], *more))
    words = f"Tool and strong model disagree on {count(len(rows), 'answer')}: say who is right with %latm correct."
    return page(Line(words, "care"), table)


def _page(answers: Answers, positions: Sequence[int]) -> View:
    return page(*_head(answers), _table(answers, positions) if len(answers) else None)


def _head(answers: Answers) -> list[Line]:
    """Return the totals, which one tool gave them all, and what is known of a column."""
    by = _only_tool(answers)
    facts = [f"answered by {by}" * bool(by), answers.checked]
    words = " · ".join(filter(None, facts))
    return [Line(answers.totals, strong=True), *([Line(words, "quiet")] if words else [])]


def _only_tool(answers: Answers) -> str:
    """Return the tool that gave every answer; "" where there are several, or none."""
    rows = zip(answers.tools, answers.versions, answers.ways, strict=True)
    tools = {(name, version) for name, version, way in rows if WAYS[way].is_answer}
    first = next((answer for answer in answers if answer.answered), None) if len(tools) == 1 else None
    return _tool(first) if first else ""


def _table(answers: Answers, positions: Sequence[int]) -> Table:
    shown = {position: answers[position] for position in positions}
    reasons = {
        position: answer.reason if answers.is_explained else _reason(answer) for position, answer in shown.items()
    }
    by = _only_tool(answers)
    has_reasons, has_tools = any(reasons.values()), any(_tool(answer) not in ("", by) for answer in shown.values())
    is_number = all(isinstance(a.value, (int, float)) for a in shown.values() if a.answered and not a.is_missing)
    may_wrap = any(len(_text(answer)) > _LONG_ANSWER for answer in shown.values())
    columns = (
        Column("", is_number=True, columns=12, limit=60),
        Column("question", is_code=True, wraps=True, columns=52, limit=200),
        Column("answer", is_number=is_number, is_code=True, wraps=may_wrap, columns=28, limit=200),
        Column("way", columns=26),
        *([Column("tool", columns=24)] if has_tools else []),
        *([Column("why", wraps=True, columns=200 if answers.is_explained else 60, limit=400)] if has_reasons else []),
    )
    rows: list[tuple[str | Cell, ...]] = []
    for position, answer in shown.items():
        tool = [_tool(answer)] if has_tools else []
        reason = [Cell(reasons[position], "quiet")] if has_reasons else []
        rows.append((*_row(_label(answers, position), answer), *tool, *reason))
    return Table(columns, (*rows, *_more(answers, shown)))


def _more(answers: Answers, shown: Iterable[int]) -> list[tuple[str]]:
    """Say how many rows are not shown, and how to see those without an answer."""
    left = len(answers) - len(list(shown))
    missing = sum(not WAYS[way].is_answer for way in answers.ways)
    missing -= sum(not WAYS[answers.ways[position]].is_answer for position in shown)
    of_them = f", {missing:,} of them not answered: answers.unanswered has these" if missing else ""
    return [(f"… {left:,} more{of_them}",)] if left else []


def answer_view(answer: Answer) -> View:
    """Show one answer and how it came."""
    facts = [WAYS[answer.way].label, "untested" * answer.untested, _tool(answer), f"{milliseconds(answer.ms)} ms"]
    if answer.tokens:
        facts += [count(answer.tokens, "token"), price(answer.cost_usd)]
    title = Title(clip(_text(answer), 2000)) if answer.answered else Title(WAYS[answer.way].label)
    tone = "care" if answer.untested else _TONES.get(answer.way, "quiet")
    reason = Line(clip(answer.reason, 2000), tone) if _reason(answer) else None
    return page(title, Line(" · ".join(filter(None, facts)), "quiet"), reason)


def _positions(answers: Answers) -> list[int]:
    """Return the rows to show: without an answer (what broke first), doubtful ones, and the first of the others."""
    untested, ways = answers.untested, answers.ways
    missing = sorted((i for i, way in enumerate(ways) if not WAYS[way].is_answer), key=lambda i: ways[i] != "failed")
    given = [i for i, way in enumerate(ways) if WAYS[way].is_answer]
    first, later = given[:_FIRST_ROWS], given[_FIRST_ROWS:]
    odd = [i for i in later if i in untested or ways[i] not in _PLAIN_WAYS][:_ODD_ROWS]
    return [*missing[: max(_ODD_ROWS, _ROWS - len(first) - len(odd))], *first, *odd]


def _label(answers: Answers, position: int) -> str:
    return str(position if answers.index is None else answers.index[position])


def _row(label: str, answer: Answer) -> tuple[str | Cell, ...]:
    words = WAYS[answer.way].label + ", untested" * answer.untested
    way = Cell(words, "care" if answer.untested else _TONES.get(answer.way, ""))
    return Cell(label, "quiet"), answer.question, _text(answer), way


def _text(answer: Answer) -> str:
    return "none" if answer.is_missing else answer.text or "" if answer.answered else ""


def _tool(answer: Answer) -> str:
    other = "(draft)" if answer.by_draft else "(shared)"
    which = f"v{answer.version}" if answer.version else other
    return f"{answer.tool} {which}" if answer.tool else ""


def _reason(answer: Answer) -> str:
    return answer.reason if answer.untested or answer.way not in _PLAIN_WAYS else ""
