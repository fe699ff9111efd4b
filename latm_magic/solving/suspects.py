"""When a tool is suspect, and what becomes of its questions: nothing of it passes silently as an answer.

A version is suspect while its answers agree too seldom with the strong model; what you confirmed goes before what the
model said. Who checks answers is `audit.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.comparison import agree
from latm_magic.events import Note, OnEvent, ignore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.cache.cache import Cache
    from latm_magic.solving.batch import Batch
    from latm_magic.solving.local import Left
    from latm_magic.tool import ToolVersion

LEAST = 5
"""Checked answers from which a tool can be suspect."""


def agreement(cache: Cache, tool: ToolVersion) -> tuple[int, int]:
    """Return how many of a version's checked answers were right, and how many were checked."""
    audits = {audit.question: audit for audit in cache.feedback.audits(tool.name) if audit.version == tool.version}
    confirmed = {question: answer for question, answer in cache.answers.find(audits).items() if answer.confirmed}
    right = 0
    for question, audit in audits.items():
        answer = confirmed.get(question)
        right += audit.agreed if answer is None else agree(answer.text, audit.tool_text, tool.kind)
    return right, len(audits)


def reconsider(cache: Cache, tool: ToolVersion, bound: float, on_event: OnEvent = ignore) -> None:
    """Mark a tool as suspect where its agreement is below the bound, and take the mark away where it no longer is."""
    right, checked = agreement(cache, tool)
    is_suspect, was_suspect = checked >= LEAST and right < bound * checked, tool.name in cache.tools.suspects()
    if is_suspect:
        reason = f"{right} of its {checked} checked answers agree with the strong model"
        cache.tools.mark_suspect(tool.name, tool.version, reason)
        if not was_suspect:
            on_event(Note(f"{tool.name} is suspect: {reason}. {way_on(tool.name)}", "warning"))
    elif was_suspect and checked:
        cache.tools.unmark_suspect(tool.name)
        on_event(Note(f"{tool.name} is no longer suspect: {right} of {checked} checked answers are right."))


def way_on(name: str) -> str:
    """Return what to do about a suspect tool."""
    return f"Look at it with %latm verify {name}, then %latm grow {name} or %latm rollback {name} VERSION."


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a suspect tool did not answer a question."""

    tool: str
    reason: str


def withhold(
    batch: Batch, suspects: Mapping[str, str], tools: Mapping[str, ToolVersion], left: Left, *, direct: bool
) -> dict[int, Withheld]:
    """Take back what suspect tools answered, and what the router is sure is theirs; return it by row.

    The questions fail with the reason; with `direct` they are open again, for the strong model alone.
    """
    if not suspects:
        return {}
    whose: dict[int, str] = {}
    for row, way in enumerate(batch.ways):
        tool = batch.tools[row]
        if way == "parser" and tool is not None and tool.name in suspects:
            whose[row] = tool.name
    for row, decision in left.decisions.items():
        if batch.ways[row] is None and decision.sure and decision.tool in suspects:
            whose[row] = decision.tool or ""
    for row, accepted in left.disagreed.items():
        if all(tool.name in suspects for tool, _ in accepted):
            whose[row] = accepted[0][0].name
    return take_back(batch, suspects, tools, whose, direct=direct)


def take_back(
    batch: Batch,
    suspects: Mapping[str, str],
    tools: Mapping[str, ToolVersion],
    whose: Mapping[int, str],
    *,
    direct: bool,
) -> dict[int, Withheld]:
    """Do the same with the rows in `whose`, which leads to the suspect tool's name."""
    withheld = {}
    for row, name in whose.items():
        reason = f"{name} is suspect ({suspects[name]}): %latm verify, grow or rollback {name}"
        withheld[row] = Withheld(name, reason)
        batch.reopen(row)
        if not direct:
            batch.fail(row, reason, tools[name])
    return withheld
