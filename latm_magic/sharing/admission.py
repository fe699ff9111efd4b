"""Judging a tool of somebody else's: check, draft, compare with what is said of it, verify behind the walls.

Nothing that a notebook says of a tool is believed where it can be found out: its fingerprint is computed anew, its
samples and use cases are run again. Whether a tool that passed is kept, and under which name, is said in
`session/sharing.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.events import MakingStep, OnEvent, ignore
from latm_magic.making.proposal import draft, find_function
from latm_magic.task import Task
from latm_magic.tool import Provenance, UseCase, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.making.verifier import Verifier
    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Check
    from latm_magic.sharing.notebooks import Offer
    from latm_magic.tool import ToolVersion

__all__ = ["Admission", "Content", "Judged"]

Content = Literal["", "unchanged", "changed", "no fingerprint"]
"""Whether a tool is what its notebook's fingerprint says; "" = that could not be computed."""

_MOST_ASKED = 100
"""Examples of a tool without a parser, each of which is a call of the user model that you pay for."""
_EDITED = ", edited by hand"
_MAGIC = re.compile(r"^[ \t]*[%!][^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of looking at an offer."""

    offer: Offer
    tool: ToolVersion | None = None
    """The draft, then the verified tool; None where there is none."""
    reason: str = ""
    """Why it is refused, in one line; "" = nothing stands against it so far."""
    content: Content = ""
    imports: tuple[str, ...] = ()
    verification: Verification | None = None
    """None where it was not verified."""


class Admission:
    """Judges offers. Guest code runs only behind the walls that `verifier_for` demands of a tool made elsewhere."""

    def __init__(
        self,
        sandbox: Sandbox,
        verifier_for: Callable[[ToolVersion], Verifier],
        *,
        require_walls: tuple[str, ...],
        on_event: OnEvent = ignore,
    ) -> None:
        """Keep what checks and what verifies."""
        self._sandbox = sandbox
        self._verifier_for = verifier_for
        self._require_walls = require_walls
        self._tell = on_event

    @property
    def missing_walls(self) -> tuple[str, ...]:
        """Walls that this system lacks and that tools from elsewhere must not run without."""
        return tuple(wall for wall in self._require_walls if wall not in self._sandbox.walls.active)

    def look(self, offer: Offer, name: str = "") -> Judged:
        """Check and draft an offer, under `name` where it is to have another; none of its functions is run."""
        if offer.fault:
            return Judged(offer, reason=offer.fault)
        self._tell(MakingStep(offer.name, "checking"))
        check = self._sandbox.check(offer.source)
        if not check.passed:
            return Judged(offer, reason=_refusal(offer.source, check), imports=check.imports)
        task = Task(offer.name, offer.description, offer.samples, offer.kind, offer.earlier)
        tool = draft(task, offer.source, check, Provenance(offer.origin))
        if isinstance(tool, str):
            return Judged(offer, reason=tool, imports=check.imports)
        content = _content(offer, tool)
        if offer.by_snippet:
            tool = replace(tool, calling="snippet", has_format=False, use_cases=offer.use_cases)
        tool = replace(tool, provenance=_provenance(offer, content))
        judged = Judged(offer, tool, content=content, imports=check.imports)
        return judged if name in {"", offer.name} else _renamed(judged, tool, check, name)

    def verify(self, judged: Judged, min_accuracy: float) -> Judged:
        """Run an offer that was looked at on all its samples."""
        if judged.tool is None or judged.reason:
            return judged
        total = len(judged.offer.samples) + len(judged.offer.earlier)
        if not judged.tool.has_parser and total > _MOST_ASKED:
            why = f"it has no parser, and verifying its {total:,} examples would take as many calls of the user model"
            return replace(judged, tool=None, reason=f"{why}: leave {_MOST_ASKED} of them in")
        self._tell(MakingStep(judged.offer.name, "verifying"))
        tool = self._with_cases_that_run(judged.tool)
        verifier = self._verifier_for(tool)
        verification = verifier.verify(tool, min_accuracy=min_accuracy, stop_early=True)
        if not verification.passed:
            reason = _failure(verification, judged.offer)
            return replace(judged, tool=None, reason=reason, verification=verification)
        finished = verifier.finish(tool, verification)
        if tool.by_snippet and tool.use_cases:
            finished = replace(finished, use_cases=tool.use_cases)
        return replace(judged, tool=finished, verification=verification)

    def _with_cases_that_run(self, tool: ToolVersion) -> ToolVersion:
        """Leave out use cases that leave no answer; the others are what a user model is shown."""
        if not tool.by_snippet:
            return tool
        return replace(tool, use_cases=tuple(case for case in tool.use_cases if self._runs(tool.source, case)))

    def _runs(self, source: str, case: UseCase) -> bool:
        run = self._sandbox.run_snippet(source, case.call, result="ans", require_walls=self._require_walls)
        return run.returned and run.value is not None


def _refusal(source: str, check: Check) -> str:
    magic = _MAGIC.search(source)
    if magic and any("syntax" in str(finding).lower() for finding in check.findings):
        return f"its source carries a magic or a shell line, {magic[0].strip()[:60]!r}, where Python belongs"
    shown = "; ".join(str(finding) for finding in check.findings[:3])
    more = len(check.findings) - 3
    return f"the sandbox's policy refuses its source: {shown}" + (f" (and {more} more)" if more > 0 else "")


def _content(offer: Offer, tool: ToolVersion) -> Content:
    if offer.claims is None:
        return "no fingerprint"
    return "unchanged" if offer.claims.fingerprint == tool.fingerprint else "changed"


def _provenance(offer: Offer, content: Content) -> Provenance:
    if offer.claims is None:
        return Provenance(offer.origin, imported_from=offer.origin)
    said = replace(offer.claims.provenance, imported_from=offer.origin)
    is_told = content == "unchanged" or said.maker.endswith(_EDITED)
    return said if is_told else replace(said, maker=said.maker + _EDITED, recorded="")


def _renamed(judged: Judged, tool: ToolVersion, check: Check, name: str) -> Judged:
    face = find_function(check.functions, name)
    if face is None or face.name != tool.function:
        why = f"under the name {name!r} its function cannot be told from others of its module: rename it there"
        return replace(judged, tool=None, reason=why)
    return replace(judged, tool=replace(tool, name=name, fingerprint=""))


def _failure(verification: Verification, offer: Offer) -> str:
    first = verification.failures[0]
    gave = f"{first.outcome}, wanted {first.wanted[:60]!r}" + (f", got {first.got[:60]!r}" if first.got else "")
    why = f" ({first.detail[:300]})" if first.detail else ""
    tried: Sequence[object] = verification.samples
    total = len(offer.samples) + len(offer.earlier)
    less = f"; its maker was content with {offer.min_accuracy:.0%}" if offer.min_accuracy < 1.0 else ""
    score = f"{verification.right:,} of the {len(tried):,} samples tried right, of {total:,}"
    return f"{score}{less}; first {first.question[:80]!r}: {gave}{why}"
