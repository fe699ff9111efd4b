"""A tool's examples one at a time: one added without typing the others again, one removed; no maker is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.text import shown

if TYPE_CHECKING:
    from latm_magic.session.feedback import Feedback, FeedbackResult
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.task import Instance, Task
    from latm_magic.tool import ToolVersion


@dataclass(frozen=True, slots=True)
class AddedExample:
    """What came of an example that was added."""

    tool: ToolVersion
    """The version that is current now."""
    correction: FeedbackResult | None = None
    """The correction that it became, since the version does not pass it; None where it is a sample now."""


class Samples:
    """Adds and removes single examples of tools."""

    def __init__(self, parts: Parts, versions: Versions, feedback: Feedback) -> None:
        self._parts = parts
        self._versions = versions
        self._feedback = feedback

    def of(self, name: str) -> tuple[Instance, ...]:
        """Return a tool's examples, in the order of their numbers; raises `ToolNotFound`."""
        return self._parts.tool(name).all_samples

    def add(self, name: str, question: str, answer: Any) -> AddedExample:
        """Add an example; see `Session.add_example`."""
        tool = self._versions.own(name)
        sample = self._feedback.wanted(question, answer, tool)
        if any(known.question == sample.question for known in tool.all_samples):
            raise TaskError(f"{name!r} has an example of that question already: %latm samples {name} shows its number.")
        kept = self._kept(tool, replace(tool.task, samples=(*tool.samples, sample)))
        if kept is not None:
            return AddedExample(kept)
        return AddedExample(tool, self._feedback.correct(question, answer, tool=name))

    def remove(self, name: str, number: int) -> ToolVersion:
        """Remove the example of that number; see `Session.remove_example`."""
        tool = self._versions.own(name)
        if not 1 <= number <= len(tool.all_samples):
            raise TaskError(f"No example {shown(number)} of {name!r}: there are 1 to {len(tool.all_samples)}.")
        gone = tool.all_samples[number - 1]
        left, earlier = (tuple(each for each in some if each != gone) for some in (tool.samples, tool.earlier))
        kept = self._kept(tool, replace(tool.task, samples=left, earlier=earlier))
        if kept is None:
            raise TaskError(f"{name!r} no longer passes its other examples, so nothing changed: %latm verify {name}.")
        return kept

    def _kept(self, tool: ToolVersion, task: Task) -> ToolVersion | None:
        """Return the tool's module verified on a task and kept as the next version; None where it does not pass."""
        judge, accuracy = self._parts.judge(), tool.verification.min_accuracy
        judgement = judge.judge(
            task.check(), tool.source, tool.provenance, min_accuracy=accuracy, on_step=lambda _step: None
        )
        passes = judgement.tool is not None and not any(
            each.outcome != "right"
            for each in judgement.tool.verification.samples
            if each.question not in _failing(tool)
        )
        return self._versions.keep(judgement.tool) if passes and judgement.tool is not None else None


def _failing(tool: ToolVersion) -> set[str]:
    return {each.question for each in tool.verification.samples if each.outcome != "right"}
