"""When a tool is suspect, and what becomes of its questions: nothing of it passes silently as an answer.

A version is suspect while its answers agree too seldom with the strong model; what you confirmed goes before what the
model said. Who checks answers is `audit.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.comparison import agree
from latm_magic.events import Note, OnEvent, ignore
from latm_magic.solving.replies import compare, read_again

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.cache.cache import Cache
    from latm_magic.cache.records import Audit, StoredAnswer
    from latm_magic.solving.batch import Batch
    from latm_magic.solving.local import Left
    from latm_magic.solving.replies import Said, Verdict
    from latm_magic.task import AnswerKind
    from latm_magic.tool import ToolVersion

LEAST = 5
"""Checked answers from which a tool can be suspect."""


def verdict_of(tool: ToolVersion, said: Said | None, text: str) -> Verdict:
    """Return what an answer of the strong model, None where there is none, says of a tool's answer."""
    if said is None:
        return "unchecked"
    return compare(said, text, tool.kind, in_lines=any("\n" in (sample.answer or "") for sample in tool.samples))


def agreement(cache: Cache, tool: ToolVersion) -> tuple[int, int]:
    """Return how many of a version's checked answers were right, and how many were checked.

    What you checked because it looked doubtful says nothing of the other answers, and is left out.
    """
    audits = {
        audit.question: audit
        for audit in cache.feedback.audits(tool.name)
        if audit.version == tool.version and (audit.by == "model" or audit.is_random)
    }
    confirmed = {question: answer for question, answer in cache.answers.find(audits).items() if answer.confirmed}
    verdicts = [_verdict(tool, audit, confirmed.get(question)) for question, audit in audits.items()]
    return verdicts.count("agreed"), len(verdicts) - verdicts.count("unchecked")


def _verdict(tool: ToolVersion, audit: Audit, confirmed: StoredAnswer | None) -> Verdict:
    """Return what is known of one answer; what was kept as a dispute is compared again, as answers are read now."""
    if confirmed is not None:
        return "agreed" if _is_right(confirmed, audit.tool_text, tool.kind) else "disputed"
    if not audit.is_disputed:
        return "agreed" if audit.agreed else "unchecked"
    return verdict_of(tool, read_again(audit.model_text), audit.tool_text)


def _is_right(confirmed: StoredAnswer, given: str, kind: AnswerKind) -> bool:
    """Return whether an accepted answer is the confirmed one; both are "" where there is none."""
    if confirmed.expects == "answer":
        return bool(given) and agree(confirmed.text, given, kind)
    return confirmed.expects == "missing" and not given


def reconsider(
    cache: Cache, tool: ToolVersion, bound: float, on_event: OnEvent = ignore, *, may_mark: bool = True
) -> None:
    """Mark a tool as suspect where its agreement is below the bound, and take the mark away where it no longer is.

    Without `may_mark` nothing new speaks against it, so that a mark which you have lifted stays lifted.
    """
    right, checked = agreement(cache, tool)
    is_suspect, was_suspect = checked >= LEAST and right < bound * checked, tool.name in cache.tools.suspects()
    if is_suspect and (was_suspect or may_mark):
        reason = f"{right} of its {checked} checked answers agree with the strong model"
        cache.tools.mark_suspect(tool.name, tool.version, reason)
        if not was_suspect:
            on_event(Note(f"{tool.name} is suspect: {reason}. {way_on(tool.name)}", "warning"))
    elif was_suspect and not is_suspect:
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
        if tool is not None and way == tool.way and tool.name in suspects:
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
