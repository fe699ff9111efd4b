"""Drafts: kept where a making failed, shown, and made a tool when you say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latm_magic.draft import Draft
from latm_magic.errors import TaskError, ToolNotFound, did_you_mean
from latm_magic.events import MakingStep
from latm_magic.tools.function import Tool

if TYPE_CHECKING:
    from latm_magic.errors import LatmError
    from latm_magic.session.parts import Parts
    from latm_magic.session.versions import Versions
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion

_KIND = "draft"


class Drafts:
    """The drafts of a session's project, one a name."""

    def __init__(self, parts: Parts, versions: Versions) -> None:
        self._parts = parts
        self._versions = versions

    def put(self, fault: LatmError) -> Draft | None:
        """Keep the draft that a failed making left, if it left one, in place of an older one of that name."""
        draft: Draft | None = fault.draft
        if draft is not None:
            self.drop(draft.name)
            self._parts.cache.documents.keep(_KIND, draft.name, draft, draft.tool.provenance.created)
        return draft

    def all(self) -> tuple[Draft, ...]:
        """Return all drafts, by name."""
        documents = self._parts.cache.documents
        return tuple(found for name in documents.names(_KIND) if (found := documents.find(_KIND, name, Draft)))

    def find(self, name: str) -> Draft | None:
        """Return the draft of that name; None where there is none."""
        return self._parts.cache.documents.find(_KIND, name, Draft)

    def get(self, name: str) -> Draft:
        """Return the draft of that name; raises `TaskError`."""
        draft = self.find(name)
        if draft is None:
            known = self._parts.cache.documents.names(_KIND)
            raise TaskError(f"No draft named {name!r}.{did_you_mean(name, known)} %latm drafts lists them.")
        return draft

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

    def keep(self, name: str) -> ToolVersion:
        """Make a draft a tool, its failing samples on record as accepted by you; raises `TaskError`."""
        draft = self.get(name)
        record = draft.tool.verification
        excused = tuple(sample.question for sample in record.samples if sample.outcome != "right")
        kept = self._versions.keep(replace(draft.tool, verification=replace(record, excused=excused)))
        self.drop(name)
        return kept

    def admit(self, task: Task, min_accuracy: float | None) -> ToolVersion | None:
        """Make the draft of a task whose labels were corrected a tool, if it passes them now; no maker is asked."""
        draft = self.find(task.name)
        if draft is None or not draft.tool.has_parser or draft.tool.task.samples == task.samples:
            return None
        if (draft.tool.description, draft.tool.kind) != (task.description, task.kind):
            return None
        proposal = replace(draft.tool, samples=task.samples, earlier=task.earlier)
        verifier = self._parts.verifier()
        record = verifier.verify(proposal, min_accuracy=self._parts.min_accuracy(min_accuracy))
        if not record.passed:
            return None
        kept = self._versions.keep(verifier.wrap(proposal, record))
        self.drop(task.name)
        self._parts.tell(
            MakingStep(kept.name, "found", detail=f"its draft passes the examples: version {kept.version}")
        )
        return kept

    def forget(self, name: str) -> bool:
        """Forget the draft of a name that no tool has; return whether there was one."""
        is_alone = name not in self._parts.cache.tools.names() and self.find(name) is not None
        if is_alone:
            self.drop(name)
        return is_alone

    def drop(self, name: str) -> None:
        """Forget a draft, if there is one."""
        self._parts.cache.documents.drop(_KIND, name)
