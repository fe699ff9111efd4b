"""Everyday changes of a tool as a whole: another name, dropping, and undoing the last step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.cache.steps import Step, StepKind
from latm_magic.errors import TaskError
from latm_magic.task import check_name
from latm_magic.text import quoted

if TYPE_CHECKING:
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.tool import ToolVersion, UseCase


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone."""

    what: StepKind
    told: str
    """How things stand now, in one line."""
    tool: str
    """The tool it is about; "" = an answer without a tool."""
    was: str = ""
    """The name that the tool had until now, where that was another."""


class Steps:
    """Renames, drops, and undoes."""

    def __init__(self, parts: Parts, versions: Versions) -> None:
        self._parts = parts
        self._versions = versions

    def drop(self, name: str) -> None:
        """Remove a tool, which `undo` brings back; raises `ToolNotFound`."""
        cache = self._parts.cache
        if name in cache.tools.names():
            cache.steps.keep(cache.steps.before_drop(name))
        elif self._parts.shared.tool(name) is not None:
            self._versions.own(name)
        cache.tools.drop(name)
        self._parts.forget_tools()

    def rename(self, old: str, new: str) -> ToolVersion:
        """Give a tool another name; see `Session.rename`."""
        self._move(old, new)
        self._parts.cache.steps.keep(Step("rename", old, renamed=new))
        return self._parts.cache.tools.get(new)

    def undo(self) -> Undone:
        """Take back the last step; see `Session.undo`."""
        steps = self._parts.cache.steps
        step = steps.last()
        if step is None:
            raise TaskError("Nothing to undo: no tool was dropped, renamed, corrected, replaced or rolled back yet.")
        undone = self._undone(step)
        steps.forget_last()
        return undone

    def _undone(self, step: Step) -> Undone:
        if step.what == "drop":
            return self._bring_back(step)
        if step.what == "correct":
            return self._take_back(step)
        if step.what == "rename":
            self._move(step.renamed, step.tool)
            told = f"{step.renamed} is called {step.tool} again."
            return Undone(step.what, told, step.tool, step.renamed)
        return self._go_back(step)

    def _bring_back(self, step: Step) -> Undone:
        names, other = self._parts.cache.tools.names(), ""
        if step.tool in names:
            other = next(free for number in range(2, len(names) + 3) if (free := f"{step.tool}_{number}") not in names)
            self._move(step.tool, other)
        self._restore(step)
        tool = self._parts.cache.tools.get(step.tool)
        told = f"{step.tool} is back, at version {tool.version}, with all its versions and answers."
        told += f" The one that was made since is called {other} now." if other else ""
        return Undone(step.what, told, step.tool)

    def _take_back(self, step: Step) -> Undone:
        self._check_there(step, step.tool, None)
        self._restore(step)
        told = f"What you said of {quoted(step.question)} no longer counts; what counted before does again."
        return Undone(step.what, told, step.tool)

    def _go_back(self, step: Step) -> Undone:
        self._check_there(step, step.tool, step.current)
        left = self._parts.cache.tools.get(step.tool).version
        self._versions.make_current(step.tool, step.current or 0)
        told = f"{step.tool} is at version {step.current} again; version {left} is kept."
        return Undone(step.what, told, step.tool)

    def _check_there(self, step: Step, tool: str, version: int | None) -> None:
        """Raise `TaskError` where the tool or the version of a step is gone, and forget the step."""
        numbers = self._parts.cache.tools.numbers(tool)
        if tool and (not numbers or version not in {None, *numbers}):
            self._parts.cache.steps.forget_last()
            raise TaskError(f"The last step, {step.what} of {tool!r}, cannot be undone: that tool is gone since.")

    def _restore(self, step: Step) -> None:
        self._parts.cache.steps.restore(step)
        self._parts.cache.close()  # what is in memory of the file is read anew
        self._parts.forget_tools()

    def _move(self, old: str, new: str) -> None:
        """Keep all that a tool has under another name, and drop it under the old one."""
        cache = self._parts.cache
        tool = self._versions.own(old)
        check_name(new)
        if new in cache.tools.names():
            raise TaskError(f"There is a tool {new!r} already: choose another name, or drop that one first.")
        versions = cache.tools.versions(old)
        renamed = {version.version: _renamed(version, new) for version in versions}
        foreign = {version.version for version in versions if not cache.tools.is_trusted(version)}
        cache.tools.adopt(tuple(renamed.values()), tool.version, foreign)
        answers = [answer for answer in cache.answers.of(old) if answer.version in renamed]
        cache.answers.keep([replace(a, tool=new, fingerprint=renamed[a.version or 0].fingerprint) for a in answers])
        feedback = cache.feedback
        feedback.keep_refusals([replace(each, tool=new) for each in feedback.refusals(old)])
        feedback.keep_corrections([replace(each, tool=new) for each in feedback.corrections(old)])
        feedback.keep_audits([replace(each, tool=new) for each in feedback.audits(old)])
        cache.routes.keep([replace(each, tool=new) for each in cache.routes.confirmed() if each.tool == old])
        if reason := cache.tools.suspects().get(old):
            cache.tools.mark_suspect(new, tool.version, reason)
        cache.tools.drop(old)
        self._parts.forget_tools()


def _renamed(tool: ToolVersion, new: str) -> ToolVersion:
    """Return a version under another name; the function in its source keeps its own."""
    cases = tuple(_case(case, tool.name, new) for case in tool.use_cases)
    return replace(tool, name=new, use_cases=tool.use_cases if tool.by_snippet else cases, fingerprint="")


def _case(case: UseCase, old: str, new: str) -> UseCase:
    return replace(case, call=new + case.call[len(old) :]) if case.call.startswith(f"{old}(") else case
