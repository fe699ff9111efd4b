"""Drafts: kept where a making failed, shown, and made a tool when you say so.

Those of several makings of one name stand side by side, numbered from 1, the oldest first; a name alone means the
newest.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from latm_magic.draft import Draft, Failure
from latm_magic.errors import LatmError, TaskError, ToolNotFound, did_you_mean
from latm_magic.events import MakingStep, Note
from latm_magic.text import shown
from latm_magic.tools.function import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion

_KIND = "draft"
_FAILURE = "failure"


class Drafts:
    """The drafts of a session's project."""

    def __init__(self, parts: Parts, versions: Versions) -> None:
        self._parts = parts
        self._versions = versions

    def put(self, fault: LatmError) -> Draft | None:
        """Keep the draft that a failed making left, if it left one, beside older ones of that name.

        An older one with the same source and samples says no more, and goes.
        """
        draft: Draft | None = fault.draft
        if draft is None:
            return None
        name = draft.name
        self._parts.cache.documents.keep(_KIND, name, draft, draft.tool.provenance.created)
        for place, older in reversed(list(enumerate(self.of(name)[:-1]))):
            if _content(older) == _content(draft):
                self._drop_one(name, place)
        if (count := len(self.of(name))) > 1:
            self._parts.tell(
                Note(
                    f"{name}: this draft is number {count}, and those of earlier makings stay: %latm drafts lists them,"
                    f" %latm drafts {name} 1 shows the first, %latm keep {name} 1 takes it."
                )
            )
        return draft

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Keep why a making of this name failed, if it fails inside the block, in place of what was kept before."""
        try:
            yield
        except LatmError as fault:
            if fault.attempts:
                failure = Failure(name, str(fault), fault.attempts, fault.draft)
                self._parts.cache.documents.drop(_FAILURE, name)
                self._parts.cache.documents.keep(_FAILURE, name, failure)
            raise

    def why(self, name: str) -> Failure:
        """Return why the last making of this name failed; raises `TaskError` where none did."""
        documents = self._parts.cache.documents
        if (failure := documents.find(_FAILURE, name, Failure)) is None:
            known = documents.names(_FAILURE)
            raise TaskError(f"No making of {name!r} failed since it was last made.{did_you_mean(name, known)}")
        return failure

    def all(self) -> tuple[Draft, ...]:
        """Return all drafts, by name and number."""
        return tuple(draft for name in self._parts.cache.documents.names(_KIND) for draft in self.of(name))

    def of(self, name: str) -> tuple[Draft, ...]:
        """Return the drafts of a name; their numbers are their places from 1."""
        return self._parts.cache.documents.versions(_KIND, name, Draft)

    def find(self, name: str) -> Draft | None:
        """Return the newest draft of that name; None where there is none."""
        return self._parts.cache.documents.find(_KIND, name, Draft)

    def get(self, name: str, number: int | None = None) -> Draft:
        """Return the draft of that name, the newest where no number is given; raises `TaskError`."""
        drafts = self.of(name)
        if not drafts:
            known = self._parts.cache.documents.names(_KIND)
            raise TaskError(f"No draft named {name!r}.{did_you_mean(name, known)} %latm drafts lists them.")
        number = len(drafts) if number is None else number
        if not 1 <= number <= len(drafts):
            several = f"1 to {len(drafts)}" if len(drafts) > 1 else "1 alone"
            raise TaskError(f"No draft of {name!r} has the number {shown(number)}: there is {several}.")
        return drafts[number - 1]

    def tool(self, name: str, version: int | None = None) -> ToolVersion:
        """Return a tool by its name, else the draft of that name; raises `ToolNotFound`."""
        try:
            return self._parts.tool(name, version)
        except ToolNotFound:
            draft = None if version else self.find(name)
            if draft is None:
                raise
            return draft.tool

    def named(self, tool: str | Tool | ToolVersion | None) -> ToolVersion | None:
        """Return the record of a tool as it is given: by name, in your hands, or not at all; raises `ToolNotFound`."""
        return self.tool(tool) if isinstance(tool, str) else tool.record if isinstance(tool, Tool) else tool

    def keep(self, name: str, number: int | None = None) -> ToolVersion:
        """Make a draft a tool, its failing samples on record as accepted by you; raises `TaskError`.

        Other drafts of that name stay.
        """
        draft = self.get(name, number)
        record = draft.tool.verification
        excused = tuple(sample.question for sample in record.samples if sample.outcome != "right")
        kept = self._versions.keep(replace(draft.tool, verification=replace(record, excused=excused)))
        self._drop_one(name, self.of(name).index(draft))
        return kept

    def admit(self, task: Task, min_accuracy: float | None) -> ToolVersion | None:
        """Make the draft of a task whose labels were corrected a tool, if it passes them now; no maker is asked."""
        return next(
            (kept for draft in self.of(task.name)[::-1] if (kept := self._admit(draft, task, min_accuracy))), None
        )

    def _admit(self, draft: Draft, task: Task, min_accuracy: float | None) -> ToolVersion | None:
        if not draft.tool.has_parser or draft.tool.task.samples == task.samples:
            return None
        if (draft.tool.description, draft.tool.kind) != (task.description, task.kind):
            return None
        proposal = replace(draft.tool, samples=task.samples, earlier=task.earlier)
        verifier = self._parts.verifier()
        record = verifier.verify(proposal, min_accuracy=self._parts.min_accuracy(min_accuracy))
        if not record.passed:
            return None
        kept = self._versions.keep(verifier.wrap(proposal, record))
        self.settle(task.name)
        self._parts.tell(
            MakingStep(kept.name, "found", detail=f"its draft passes the examples: version {kept.version}")
        )
        return kept

    def forget(self, name: str) -> bool:
        """Forget the drafts of a name that no tool has; return whether there was one."""
        is_alone = name not in self._parts.cache.tools.names() and self.find(name) is not None
        if is_alone:
            self._parts.cache.documents.drop(_KIND, name)
            self._parts.cache.documents.drop(_FAILURE, name)
        return is_alone

    def settle(self, name: str) -> None:
        """Forget the drafts of a name, since a tool was made; of more than one it is told."""
        count = len(self.of(name))
        self._parts.cache.documents.drop(_KIND, name)
        self._parts.cache.documents.drop(_FAILURE, name)
        if count > 1:
            self._parts.tell(Note(f"{name}: {count} drafts of earlier makings are dropped, since a tool passes."))

    def _drop_one(self, name: str, place: int) -> None:
        self._parts.cache.documents.drop_version(_KIND, name, place)


def _content(draft: Draft) -> tuple[object, ...]:
    return draft.tool.source, draft.tool.description, draft.tool.all_samples
