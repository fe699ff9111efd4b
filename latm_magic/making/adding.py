"""Taking a module that you wrote, or that came from elsewhere, as a tool: check, draft, verify; no model writes.

What cannot be taken ends in `MakingFailed`, with the one attempt attached, like the maker's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from latm_magic.errors import MakingFailed
from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making import prompts
from latm_magic.making.proposal import draft, without_examples
from latm_magic.tool import Attempt, Provenance, ToolVersion, Verification

if TYPE_CHECKING:
    from latm_magic.making.verifier import Verifier
    from latm_magic.sandbox import Sandbox
    from latm_magic.task import Task

__all__ = ["ModuleAdder"]


class ModuleAdder:
    """Makes a verified tool of a module's source."""

    def __init__(self, sandbox: Sandbox, verifier: Verifier, on_event: OnEvent = ignore) -> None:
        """Keep what checks and what verifies."""
        self._sandbox = sandbox
        self._verifier = verifier
        self._tell = on_event

    def add(self, task: Task, source: str, made_by: str, *, min_accuracy: float = 1.0) -> ToolVersion:
        """Give the verified tool (version 0, not cached) of a module, or of a reply copied with its fence.

        `made_by` names who wrote it. Raises `MakingFailed`.
        """
        self._tell(MakingStep(task.name, "checking"))
        module = self._module_in(source, task.name) if "```" in source else source
        tool = self._drafted(task, module, made_by)
        self._tell(MakingStep(task.name, "verifying"))
        verification = self._verifier.verify(tool, min_accuracy=min_accuracy)
        if not verification.passed:
            raise _not_added(tool, verification)
        return self._verifier.finish(tool, verification)

    def _module_in(self, reply: str, name: str) -> str:
        """Give the module of a reply that was copied whole, without the example use that models add."""
        module = prompts.read_module(reply, name)
        return without_examples(module, self._sandbox.check(module))

    def _drafted(self, task: Task, source: str, made_by: str) -> ToolVersion:
        check = self._sandbox.check(source)
        problem = prompts.describe_findings(check.findings) if not check.passed else ""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        tool = problem or draft(task, source, check, Provenance(made_by, now))
        if isinstance(tool, ToolVersion):
            return tool
        attempt = Attempt(1, "refused by the policy" if problem else "no code", source=source, feedback=tool)
        first = "; ".join(str(finding) for finding in check.findings[:2]) or tool
        raise MakingFailed(
            f"{task.name!r} was not added: {first}\nMend the module; nothing was kept.", attempts=(attempt,)
        )


def _not_added(tool: ToolVersion, verification: Verification) -> MakingFailed:
    total, first = len(verification.samples), verification.failures[0]
    gave = f"{first.outcome}, wanted {first.wanted[:60]!r}" + (f", got {first.got[:60]!r}" if first.got else "")
    why = f" ({first.detail})" if first.detail else ""
    return MakingFailed(
        f"{tool.name!r} was not added: {verification.right} of {total} samples right. Nothing was kept.\n"
        f"First: {first.question[:80]!r}: {gave}{why}. Every sample is in .attempts[0].verification.",
        attempts=(Attempt(1, "failed verification", source=tool.source, verification=verification),),
    )
