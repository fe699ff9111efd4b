"""Judging a tool of somebody else's: check it, read it, compare it with what is said of it, verify it behind the walls.

Nothing that a notebook says of a tool is believed where it can be found out: its fingerprint is computed anew, its
samples and use cases are run again. Whether a tool that passed is kept, and under which name, is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making.proposal import find_function
from latm_magic.provenance import Provenance
from latm_magic.task import Task
from latm_magic.tool import fingerprint_of
from latm_magic.tools.runner import raise_if_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.making.judge import Judge, Judgement
    from latm_magic.sandbox.records import Check, Walls
    from latm_magic.sharing.notebooks import Offer
    from latm_magic.tool import Proposal, ToolVersion
    from latm_magic.tools.runner import ToolRunner
    from latm_magic.verification import Verification

Content = Literal["", "unchanged", "changed", "no fingerprint"]
"""Whether a tool is what its notebook's fingerprint says; "" = that could not be computed."""

_MOST_ASKED = 100
"""Examples of a tool without a parser, each of which is a call of the user model that you pay for."""
_EDITED = ", edited by hand"
_MAGIC = re.compile(r"^[ \t]*[%!][^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of inspecting an offer, and then of verifying it."""

    offer: Offer
    proposal: Proposal | None = None
    """The tool as it was read; None where there is none, or where it is refused."""
    tool: ToolVersion | None = None
    """The verified tool; None unless it passed."""
    reason: str = ""
    """Why it is refused, in one line; "" = nothing stands against it so far."""
    content: Content = ""
    imports: tuple[str, ...] = ()
    verification: Verification | None = None
    """None where it was not verified."""
    judgement: Judgement | None = None
    """The judge's own record, from which it verifies; None where there is nothing to verify."""


class Admission:
    """Judges offers. Guest code runs only behind the walls that `runner` demands for a tool made elsewhere.

    `walls` are those of this system; `require` names the ones that such a tool must not run without.
    """

    def __init__(
        self, judge: Judge, runner: ToolRunner, walls: Walls, require: Sequence[str], on_event: OnEvent = ignore
    ) -> None:
        self._judge = judge
        self._runner = runner
        self._tell = on_event
        self.walls = walls
        self.missing_walls = tuple(wall for wall in require if wall not in walls.active)

    def inspect(self, offer: Offer, name: str = "") -> Judged:
        """Check and read an offer, under `name` where it is to have another; none of its functions is run."""
        if offer.fault:
            return Judged(offer, reason=offer.fault)
        self._tell(MakingStep(offer.name, "checking"))
        task = Task(offer.name, offer.description, offer.samples, offer.kind, offer.earlier)
        task = task.showing(offer.claims.shown if offer.claims else ())
        judgement = self._judge.read(task, offer.source, Provenance(offer.origin, imported_from=offer.origin))
        proposal, imports = judgement.proposal, judgement.check.imports
        if proposal is None:
            reason = judgement.problem or _refusal(offer.source, judgement.check)
            return Judged(offer, reason=reason, imports=imports)
        content = _content(offer, proposal)
        if offer.by_snippet:
            proposal = replace(proposal, calling="snippet", has_format=False, use_cases=offer.use_cases)
        if name not in {"", offer.name}:
            function = find_function(judgement.check.functions, name)
            if function is None or function.name != proposal.function:
                why = f"under the name {name!r} its function cannot be told from others of its module: rename it there"
                return Judged(offer, reason=why, content=content, imports=imports)
            proposal = replace(proposal, name=name)
        proposal = replace(proposal, provenance=_provenance(offer, content))
        return Judged(offer, proposal, content=content, imports=imports, judgement=judgement)

    def verify(self, judged: Judged, min_accuracy: float) -> Judged:
        """Run an inspected offer on all its samples."""
        proposal, judgement = judged.proposal, judged.judgement
        if proposal is None or judgement is None:
            return judged
        total = len(judged.offer.samples) + len(judged.offer.earlier)
        if not proposal.has_parser and total > _MOST_ASKED:
            why = f"it has no parser, and verifying its {total:,} examples would take as many calls of the user model"
            return replace(judged, proposal=None, reason=f"{why}: leave {_MOST_ASKED} of them in")
        self._tell(MakingStep(judged.offer.name, "verifying"))
        proposal = self._with_cases_that_run(proposal)
        judgement = self._judge.verify(replace(judgement, proposal=proposal), min_accuracy=min_accuracy)
        if judgement.verification is not None and judgement.tool is None:
            reason = _failure(judgement.verification, judged.offer)
            return replace(judged, proposal=None, reason=reason, verification=judgement.verification)
        return replace(judged, proposal=proposal, tool=judgement.tool, verification=judgement.verification)

    def _with_cases_that_run(self, proposal: Proposal) -> Proposal:
        """Leave out use cases that leave no answer; the others are what a user model is shown."""
        if not proposal.by_snippet:
            return proposal
        runs = [(case, self._runner.run_snippet(proposal, case.call)) for case in proposal.use_cases]
        for _, run in runs:
            raise_if_lost(proposal.name, run)
        kept = tuple(case for case, run in runs if run.returned and run.value is not None)
        return replace(proposal, use_cases=kept)


def _refusal(source: str, check: Check) -> str:
    magic = _MAGIC.search(source)
    if magic and any("syntax" in str(finding).lower() for finding in check.findings):
        return f"its source carries a magic or a shell line, {magic[0].strip()[:60]!r}, where Python belongs"
    shown = "; ".join(str(finding) for finding in check.findings[:3])
    more = len(check.findings) - 3
    return f"the sandbox's policy refuses its source: {shown}" + (f" (and {more} more)" if more > 0 else "")


def _content(offer: Offer, proposal: Proposal) -> Content:
    if offer.claims is None:
        return "no fingerprint"
    return "unchanged" if offer.claims.fingerprint == fingerprint_of(proposal) else "changed"


def _provenance(offer: Offer, content: Content) -> Provenance:
    if offer.claims is None:
        return Provenance(offer.origin, imported_from=offer.origin)
    said = replace(offer.claims.provenance, imported_from=offer.origin)
    is_told = content == "unchanged" or said.maker.endswith(_EDITED)
    return said if is_told else replace(said, maker=said.maker + _EDITED, recorded="")


def _failure(verification: Verification, offer: Offer) -> str:
    first = (verification.faults or verification.failures)[0]
    why = f" ({first.detail[:300]})" if first.detail else ""
    total = len(offer.samples) + len(offer.earlier)
    less = f"; its maker was content with {offer.min_accuracy:.0%}" if offer.min_accuracy < 1.0 else ""
    score = f"{verification.right:,} of the {len(verification.samples):,} samples tried right, of {total:,}"
    return f"{score}{less}; first {first.summary}{why}"
