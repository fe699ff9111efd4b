"""Taking a module that you wrote as a tool: judged like any other, with no model that writes.

What cannot be taken ends in `MakingFailed`, with the one attempt attached, like the maker's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import MakingFailed
from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making import failures, replies
from latm_magic.provenance import Provenance
from latm_magic.tool import Attempt, ToolVersion

if TYPE_CHECKING:
    from latm_magic.making.judge import Judge, Judgement
    from latm_magic.task import Task
    from latm_magic.verification import Verification


def add_module(
    judge: Judge, task: Task, source: str, made_by: str, *, min_accuracy: float, on_event: OnEvent = ignore
) -> ToolVersion:
    """Return the verified tool, in no cache yet, of a module, or of a reply copied with its fence.

    `made_by` names who wrote it. Raises `MakingFailed`.
    """
    is_reply = "```" in source
    judgement = judge.judge(
        task,
        replies.read_module(source, task.name) if is_reply else source,
        Provenance(made_by, datetime.now(UTC).isoformat(timespec="seconds")),
        on_step=lambda step: on_event(MakingStep(task.name, step)),
        min_accuracy=min_accuracy,
        drop_examples=is_reply,  # models add example use; what you wrote stays as it is
    )
    if judgement.tool is None:
        raise _not_added(task, judgement)
    return judgement.tool


def _not_added(task: Task, judgement: Judgement) -> MakingFailed:
    if judgement.verification is not None:
        why, feedback = _failures(judgement.verification), ""
    else:
        findings = judgement.check.findings
        feedback = failures.describe_findings(findings) if findings else judgement.problem
        first = "; ".join(map(str, findings[:2])) or judgement.problem
        why = f"{first}\nMend the module; nothing was kept."
    attempt = Attempt(
        1, judgement.outcome, source=judgement.source, feedback=feedback, verification=judgement.verification
    )
    return MakingFailed(f"{task.name!r} was not added: {why}", attempts=(attempt,))


def _failures(verification: Verification) -> str:
    first = (verification.faults or verification.failures)[0]
    why = f" ({first.detail})" if first.detail else ""
    return (
        f"{verification.right} of {len(verification.samples)} samples right. Nothing was kept.\n"
        f"First: {first.summary}{why}. Every sample is in .attempts[0].verification."
    )
