"""A question that no parser answered, with what is known of it before a model is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from latm_magic.sandbox.records import Run
from latm_magic.tool import ToolVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.routing.router import Decision

Accepted = list[tuple[ToolVersion, Run]]
"""What several tools gave for one question."""

_LOOP_CALLS = 3
"""Model calls that a run of the tool loop is taken to need: two with tools, and the answer."""
_SHOWN = 12
"""Tools that a dispatcher model is shown at most."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that models are asked about, with what is known of it."""

    text: str
    chosen: ToolVersion | None = None
    """The tool that you named, or that the router is sure of."""
    candidates: tuple[ToolVersion, ...] = ()
    """The tools that the dispatcher model chooses from where none is chosen."""
    accepted: Accepted = field(default_factory=list)
    """What parsers gave where they did not agree."""
    why: str = ""
    """How the tool was chosen, where no model did, or why none may be."""
    goes_on: bool = False
    """The chosen one is a flow that has read the question and is unsure: the tool loop goes on."""

    def calls(self, *, direct: bool) -> int:
        """How many model calls it may take, repairs left out; with `direct` the strong model may be asked too."""
        if self.goes_on:
            return _LOOP_CALLS
        if self.chosen is not None or self.accepted:
            return 1 + direct
        return (2 if self.candidates else 0) + direct


def question_of(
    text: str, by_name: Mapping[str, ToolVersion], decision: Decision | None, accepted: Accepted
) -> OpenQuestion:
    """Return whom to ask about a question: the user model alone where the router is sure, else the dispatcher model."""
    if accepted:
        return OpenQuestion(text, candidates=tuple(tool for tool, _ in accepted), accepted=accepted)
    if decision is not None and decision.sure and decision.tool and decision.tool in by_name:
        return OpenQuestion(text, by_name[decision.tool], why=decision.reason)
    likely = [candidate.tool for candidate in decision.candidates] if decision else []
    shown = list(dict.fromkeys([*likely, *islice(by_name, _SHOWN)]))[:_SHOWN]
    return OpenQuestion(text, candidates=tuple(by_name[name] for name in sorted(shown) if name in by_name))
