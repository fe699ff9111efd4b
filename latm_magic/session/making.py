"""From what you typed to a cached tool: find it, have it made, or take the module that you wrote."""

from __future__ import annotations

import sys
from dataclasses import replace as replace_fields
from typing import TYPE_CHECKING, Any

from latm_magic.errors import CacheError, LatmError, MakingFailed, TaskError
from latm_magic.events import MakingStep, Note
from latm_magic.example_rows import told_of_none, told_of_word
from latm_magic.examples import read_examples
from latm_magic.making.adding import add_module
from latm_magic.making.maker import first_request
from latm_magic.making.room import MOST_TOKENS, shorter_first
from latm_magic.making.versions import with_earlier
from latm_magic.session.columns import Columns
from latm_magic.task import Task, check_name

if TYPE_CHECKING:
    from pathlib import Path

    from latm_magic.making.column import Column
    from latm_magic.making.maker import ToolMaker
    from latm_magic.session.drafts import Drafts
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.tool import ToolVersion
    from latm_magic.verification import Verification

_OTHERS = (
    f"its first examples take more than the {MOST_TOKENS:,} tokens that a request has room for, so the maker is shown"
    " shorter ones in place of them."
)


class Making:
    """Makes the tools of a session, and verifies them again."""

    def __init__(self, parts: Parts, versions: Versions, drafts: Drafts, folder: Path) -> None:
        """Take the folder in which example files are looked for, besides the current one."""
        self._parts = parts
        self._versions = versions
        self._folder = folder
        self._columns = Columns(parts)
        self._drafts = drafts
        self._by_hand: dict[str, Task] = {}

    def make(
        self,
        task: Task,
        min_accuracy: float | None,
        show_held_out: bool | None,
        questions: Any = None,
        rounds: int | None = None,
        *,
        keep_draft: bool = False,
        anew: bool = False,
    ) -> ToolVersion:
        """Return the tool that was made of this task before, or have the maker write it; see `Session.make`."""
        ordered = shorter_first(task)
        others, task = ("" if ordered is task else f"{task.name}: {_OTHERS}"), ordered
        column = None if questions is None else self._columns.read(questions, task)
        found = self._found(task)
        if found is not None:
            return found
        for told in (told_of_none(task.samples), told_of_word(task.samples, task.kind), others):
            if told:
                self._parts.tell(Note(told))
        self._parts.cache.prepare()
        if (admitted := self._drafts.admit(task, min_accuracy)) is not None:
            return admitted
        if column is None and not anew and (fitting := self._fitting(task, min_accuracy)) is not None:
            return fitting
        maker = self._parts.maker(min_accuracy, show_held_out)
        try:
            with self._drafts.noting(task.name):
                tool = maker.make(task) if column is None else self._make_for(maker, task, column, rounds)
        except LatmError as fault:
            draft = self._drafts.put(fault)
            if isinstance(fault, MakingFailed) and draft is not None and keep_draft:
                return draft.tool
            if column is None or not (fault.attempts and fault.attempts[-1].outcome == "not by rules"):
                raise
            cost = self._columns.direct_cost(column, task)
            raise MakingFailed(f"{fault} {cost}", attempts=fault.attempts) from None
        self._drafts.settle(task.name)
        try:
            return self._versions.keep(tool)
        except CacheError as fault:  # it is paid for, and works
            fault.tool = tool
            raise

    def _make_for(self, maker: ToolMaker, task: Task, column: Column, rounds: int | None) -> ToolVersion:
        options = self._columns.rounds(rounds)
        self._columns.announce(column, task, options.most)
        return maker.make_for(task, column, self._parts.runner().solve_many, options)

    def cover(self, name: str, questions: Any, rounds: int | None) -> ToolVersion:
        """Have the next version written from what a tool refuses of a column; see `Session.grow`."""
        parts, current = self._parts, self._versions.own(name)
        if parts.cache.feedback.corrections(name):
            current = self._versions.grow(name)
        column = self._columns.read(questions, current.task)
        if not column.share:
            raise TaskError(f"{name!r} cannot grow from a column: share_questions is off, so no row of it is sent.")
        if not current.has_parser:
            raise TaskError(f"{name!r} cannot grow from a column: it has no parser, so a model reads every question.")
        options = self._columns.rounds(1 if rounds is None else rounds)
        versions = parts.cache.tools.versions(name)
        tool = parts.grower(current).cover(current, versions, column, parts.runner().solve_many, options)
        return self._versions.keep(tool)

    def add(self, task: Task, source: str, min_accuracy: float | None) -> ToolVersion:
        """Take a module that you wrote; see `Session.add`."""
        name = task.name
        made_by = "a model asked by hand" if name in self._by_hand else "you"
        accuracy = self._parts.min_accuracy(min_accuracy)
        judge = self._parts.judge()
        tool = add_module(judge, task, source, made_by, min_accuracy=accuracy, on_event=self._parts.tell)
        self._by_hand.pop(name, None)
        return self._versions.keep(tool)

    def by_hand(self, task: Task, questions: Any = None) -> str:
        """Return the maker's request as text, and remember the task; see `Session.by_hand`."""
        column = None if questions is None else self._columns.read(questions, task)
        task, asked = first_request(shorter_first(task), column, self._parts.settings.extra_modules)
        self._by_hand[task.name] = task
        return asked[0].content

    def verify(self, name: str) -> Verification:
        """Run a cached tool on all its samples again, and keep the record; one that passes is no longer suspect."""
        tools = self._parts.cache.tools
        tool = self._versions.all(name)[0] if not tools.numbers(name) else tools.get(name)
        verification = self._parts.verifier().verify(tool, min_accuracy=tool.verification.min_accuracy)
        verification = replace_fields(verification, excused=tool.verification.excused)
        if (known := tool.verification).policy == verification.policy:
            # What you confirmed stays tested.
            verification = replace_fields(verification, branches=verification.branches.widened(known.branches.tested))
        if not tool.version:  # a shared one, whose record is kept where it is
            return verification
        tools.replace_verification(tool.name, tool.version, verification)
        if verification.passed:
            tools.unmark_suspect(tool.name)
        self._parts.forget_tools()
        return verification

    def task(self, name: str, description: str, examples: Any, *, na: str | None = None, replace: bool) -> Task:
        """Read a task, and add the samples that older versions of the tool passed unless they are replaced."""
        check_name(name)
        task = Task(name, description, *read_examples(examples, self._folder, na=na)).check()
        return task if replace else with_earlier(task, self._parts.cache)

    def task_to_add(self, name: str, description: str, examples: Any, *, na: str | None, replace: bool) -> Task:
        """Do the same for a module; without examples, those of a request made by hand or of the cached tool count."""
        check_name(name)
        if examples is not None:
            return self.task(name, description or f"What {name} does.", examples, na=na, replace=replace)
        known, tools = self._by_hand.get(name), self._parts.cache.tools
        if known is None and name in tools.names():
            known = tools.get(name).task
        if known is None and (draft := self._drafts.find(name)) is not None:
            known = draft.tool.task
        if known is None:
            raise TaskError(f"No examples for {name!r}: give --examples, or start with %%latm {name} --by-hand.")
        return Task(name, description or known.description, known.samples, known.kind, known.earlier, known.shown)

    def _found(self, task: Task) -> ToolVersion | None:
        """Return the tool that was made before of the same task, verified again where policy or Python has changed."""
        tools = self._parts.cache.tools
        tool = tools.find(task)
        if tool is None:
            return self._found_shared(task)
        known = tool.verification
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        is_current = (known.policy, known.python) == (self._parts.sandbox.policy_version, python)
        if not (is_current and tools.is_trusted(tool)) and not self.verify(tool.name).passed:
            self._parts.tell(Note(f"{tool.name} no longer passes its samples: it is made again.", "warning"))
            return None
        self._parts.tell(MakingStep(tool.name, "found", detail=f"version {tool.version}"))
        return self._parts.tool(tool.name)

    def _fitting(self, task: Task, min_accuracy: float | None) -> ToolVersion | None:
        """Return the current version with the task's samples, kept as the next one, where it answers all of them."""
        tools = self._parts.cache.tools
        current = tools.get(task.name) if task.name in tools.names() else None
        if current is None or not current.has_parser:
            return None
        more = task.description == current.description and {*current.samples} < {*task.samples}
        if not (task.earlier or more):
            return None
        accuracy = self._parts.min_accuracy(min_accuracy)
        judgement = self._parts.judge().judge(
            task, current.source, current.provenance, min_accuracy=accuracy, on_step=lambda _step: None
        )
        if judgement.tool is None or judgement.tool.verification.right < len(task.all_samples):
            return None
        kept = self._versions.keep(judgement.tool)
        told = f"version {kept.version}: the module answers these examples already, so no model was asked"
        self._parts.tell(MakingStep(kept.name, "found", detail=f"{told} (--replace has it written anew)"))
        return kept

    def _found_shared(self, task: Task) -> ToolVersion | None:
        shared = None if task.name in self._parts.cache.tools.names() else self._parts.shared.find(task)
        if shared is not None:
            self._parts.tell(MakingStep(shared.name, "found", detail=f"shared, {shared.provenance.imported_from}"))
        return shared
