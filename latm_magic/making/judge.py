"""The one way from a module's source to a tool: check it against the policy, read it, verify it, wrap it.

The maker, modules that you wrote, and tools of somebody else all go this way. What is asked of whom, and what becomes
of a proposal that failed, is left to `maker.py`, `adding.py` and `sharing/admission.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from latm_magic.events import Step
from latm_magic.making.proposal import read_proposal, without_examples
from latm_magic.text import with_line_feeds

if TYPE_CHECKING:
    from latm_magic.provenance import Provenance
    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Check
    from latm_magic.task import Task
    from latm_magic.tool import Proposal, ToolVersion
    from latm_magic.verification import Verification

OnStep = Callable[[Step], None]
"""Is told each step as it begins."""


class ProposalVerifier(Protocol):
    """What says whether a proposal may become a tool; `verifier.Verifier` is one."""

    def verify(self, proposal: Proposal, *, min_accuracy: float) -> Verification:
        """Run the proposal on its samples and compare what comes back with the known answers."""

    def wrap(self, proposal: Proposal, verification: Verification) -> ToolVersion:
        """Return the tool that a proposal which passed becomes."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a source."""

    outcome: Literal["passed", "no code", "refused by the policy", "failed verification"]
    """Of a source that was only read: "passed" where nothing stands against it so far."""
    source: str
    """The source that was judged, without its example use where that was to be left out."""
    check: Check
    problem: str = ""
    """Why there is no proposal, in one line, where the policy has nothing against the source."""
    proposal: Proposal | None = None
    verification: Verification | None = None
    tool: ToolVersion | None = None
    """The verified tool, in no cache yet; None unless it passed."""


class Judge:
    """Judges sources. Raises what the sandbox or a user model raises; whatever the source does is in the judgement."""

    def __init__(
        self, sandbox: Sandbox, verifier: ProposalVerifier, complete: Callable[[str], str] = lambda source: source
    ) -> None:
        """`complete` adds to a source what is not the maker's to write, before it is read."""
        self._sandbox = sandbox
        self._verifier = verifier
        self._complete = complete

    def judge(
        self,
        task: Task,
        source: str,
        provenance: Provenance,
        *,
        on_step: OnStep,
        min_accuracy: float,
        drop_examples: bool = False,
    ) -> Judgement:
        """Read a source and verify it on the task's samples.

        `min_accuracy` (0 to 1) is the share of the answered held-out samples that must be right. With `drop_examples`,
        statements that only show the module's use are left out first.
        """
        on_step("checking")
        read = self.read(task, self._complete(source), provenance, drop_examples=drop_examples)
        if read.proposal is not None:
            on_step("verifying")
        return self.verify(read, min_accuracy=min_accuracy)

    def read(self, task: Task, source: str, provenance: Provenance, *, drop_examples: bool = False) -> Judgement:
        """Check a source and find its function; none of it is run."""
        source = with_line_feeds(source, typed=False)
        check = self._sandbox.check(source)
        if drop_examples and check.example_lines:
            source = without_examples(source, check)
            check = self._sandbox.check(source)
        if not check.passed:
            return Judgement("refused by the policy", source, check)
        proposal = read_proposal(task, source, check, provenance)
        if isinstance(proposal, str):
            return Judgement("no code", source, check, proposal)
        return Judgement("passed", source, check, proposal=proposal)

    def verify(self, judgement: Judgement, *, min_accuracy: float) -> Judgement:
        """Run a proposal that was read on all samples of its task, and wrap it where it passes."""
        proposal = judgement.proposal
        if proposal is None:
            return judgement
        verification = self._verifier.verify(proposal, min_accuracy=min_accuracy)
        if not verification.passed:
            return replace(judgement, outcome="failed verification", verification=verification)
        return replace(judgement, verification=verification, tool=self._verifier.wrap(proposal, verification))

    def wrap(self, proposal: Proposal, verification: Verification) -> ToolVersion:
        """Return the tool that a proposal would be, with its verification, whether it passed or not."""
        return self._verifier.wrap(proposal, verification)
