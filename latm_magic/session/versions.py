"""A tool's versions: keeping one as the current one, comparing, going back, and growing the next.

What a version that becomes current takes over is said in `_take_over`, once for making, adding, growing and going back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cache.records import StoredAnswer
from latm_magic.cache.steps import Step
from latm_magic.errors import MakingFailed, TaskError
from latm_magic.events import Grown
from latm_magic.making.lessons import gather
from latm_magic.making.versions import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.session.parts import Parts
    from latm_magic.task import Instance
    from latm_magic.tool import ToolVersion

_BLOCK = 50
"""Questions that are tried before it is looked at how long they took."""


class Versions:
    """Keeps the versions of a session's tools."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def own(self, name: str) -> ToolVersion:
        """Return a tool of this project's cache; raises `ToolNotFound`, or `TaskError` for one that is only shared."""
        if name not in self._parts.cache.tools.names() and self._parts.shared.tool(name) is not None:
            raise TaskError(f"{name!r} is shared, and what it learns is kept in your cache: %latm load it first.")
        return self._parts.cache.tools.get(name)

    def keep(self, tool: ToolVersion) -> ToolVersion:
        """Cache a verified tool as the next version, which is the current one from now on."""
        cache = self._parts.cache
        before = cache.tools.get(tool.name).version if cache.tools.numbers(tool.name) else None
        kept = cache.tools.keep(tool)
        if before is not None:
            cache.steps.keep(Step("new version", kept.name, before))
        self._take_over(kept)
        return kept

    def all(self, name: str) -> tuple[ToolVersion, ...]:
        """Return all versions of a tool, oldest first; of a shared one that which is shared. Raises `ToolNotFound`."""
        is_own = name in self._parts.cache.tools.names()
        shared = None if is_own else self._parts.shared.tool(name)
        return self._parts.cache.tools.versions(name) if shared is None else (shared,)

    def diff(self, name: str, old: int | None, new: int | None) -> str:
        """Return what changed between two versions; see `Session.diff`."""
        tools = self._parts.cache.tools
        versions = self.all(name)
        if not versions[0].version:
            raise TaskError(f"{name!r} is shared, as one version: once you %latm load it, it can have more.")
        if len(versions) == 1 and old is None:
            raise TaskError(f"{name!r} has one version only, so there is nothing to compare it with.")
        after = tools.get(name, new)
        older = [version for version in versions if version.version < after.version]
        before = tools.get(name, old) if old is not None else older[-1] if older else versions[-1]
        return difference(before, after)

    def rollback(self, name: str, version: int | None = None) -> ToolVersion:
        """Make a version the current one, the one before where none is named; see `Session.rollback`."""
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise TaskError(f"{version!r} is not a version of {name!r}: give its number.")
        cache, before = self._parts.cache, self.own(name).version
        older = [number for number in cache.tools.numbers(name) if number < before]
        if version is None and not older:
            raise TaskError(f"{name!r} is at its first version, {before}: there is none before it to go back to.")
        tool = self.make_current(name, older[-1] if version is None else version)
        cache.steps.keep(Step("rollback", name, before))
        return tool

    def make_current(self, name: str, version: int) -> ToolVersion:
        """Make a version the current one, which takes over what was kept for the others; raises `ToolNotFound`."""
        tools = self._parts.cache.tools
        tools.set_current(name, version)
        tools.unmark_suspect(name)
        self._parts.forget_tools()
        current = tools.get(name)
        self._take_over(current)
        return current

    def grow(self, name: str) -> ToolVersion:
        """Have the maker write the next version; see `Session.grow`."""
        current, cache = self.own(name), self._parts.cache
        lessons = gather(cache, current)
        if not self._parts.settings.share_questions:
            lessons = lessons.labelled()
        if not lessons:
            raise TaskError(
                f"Nothing to grow {name!r} from: no refused question, no corrected answer and no dispute is kept."
                " Solve more questions with it, or say what is right with %latm correct."
            )
        try:
            growth = self._parts.grower(current).grow(current, cache.tools.versions(name), lessons)
        except MakingFailed as fault:
            if not fault.attempts:  # the maker stands by the module, which has passed everything once more
                cache.tools.unmark_suspect(name)
            raise
        tool = self.keep(growth.tool)
        cache.tools.unmark_suspect(name)
        learned = len(growth.answered) + len(lessons.corrected)
        left = len(lessons.refused) - len(growth.answered)
        self._parts.tell(Grown(tool.name, tool.version, growth.before, growth.after, learned, left))
        return tool

    def _take_over(self, tool: ToolVersion) -> None:
        """Let the version that is current now take over what was kept for the ones before.

        Corrections go on counting, unless they are samples by now; refused and pending questions that its parser
        answers are forgotten.
        """
        answers, feedback = self._parts.cache.answers, self._parts.cache.feedback
        settled = {sample.question for sample in tool.all_samples}
        corrections = feedback.corrections(tool.name)
        feedback.drop_corrections(tool.name, [c.question for c in corrections if c.question in settled])
        answers.keep([confirmed_answer(c.sample, tool) for c in corrections if c.question not in settled])
        refused = [refusal.question for refusal in feedback.refusals(tool.name)]
        feedback.drop_refusals(tool.name, self._answered(tool, refused))
        feedback.drop_pending([*settled, *self._answered(tool, feedback.pending())])

    def _answered(self, tool: ToolVersion, questions: Sequence[str]) -> list[str]:
        """Return the questions that a tool answers by itself."""
        if not (tool.has_parser and questions):
            return []
        runner, answered = self._parts.runner(), []
        for start in range(0, len(questions), _BLOCK):
            block = questions[start : start + _BLOCK]
            runs = runner.solve_many(tool, block)
            answered += [question for question, run in zip(block, runs, strict=True) if run.returned]
            if any(run.outcome == "timeout" for run in runs):
                break  # the others would take as long: they wait until they are asked again
        return answered


def confirmed_answer(sample: Instance, tool: ToolVersion | None) -> StoredAnswer:
    """Return the record of an answer that you said is right."""
    return StoredAnswer.now(sample, "parser" if tool else "direct", tool, confirmed=True)
