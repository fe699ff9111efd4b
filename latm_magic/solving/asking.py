"""The model steps of the dispatcher: who is asked about a question that no parser answered, several at once.

The dispatcher model chooses a tool, the user model makes the call, and with `direct` the strong model answers what is
unknown. A choice counts only when the tool's parser or a checked call confirms it. Runs on a few threads and records
nothing: `dispatcher.py` keeps the outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from latm_magic.models.model import Request
from latm_magic.solving import prompts
from latm_magic.tools.user import Spent, counting, spent_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.routing.router import Decision
    from latm_magic.sandbox.records import Run
    from latm_magic.solving.context import SolvingContext
    from latm_magic.solving.local import Accepted
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.user import UserRun

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


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """What came of asking models about one question."""

    tool: ToolVersion | None = None
    by_model: bool = False
    """The dispatcher model chose the tool."""
    accepted: Run | None = None
    """The chosen tool's own run, where its parser had accepted."""
    user: UserRun | None = None
    direct: str | None = None
    """The strong model's answer."""
    reason: str = ""
    spent: Spent = field(default_factory=Spent)


def question_of(text: str, tools: Sequence[ToolVersion], decision: Decision | None, accepted: Accepted) -> OpenQuestion:
    """Return whom to ask about a question: the user model alone where the router is sure, else the dispatcher model."""
    if accepted:
        return OpenQuestion(text, candidates=tuple(tool for tool, _ in accepted), accepted=accepted)
    by_name = {tool.name: tool for tool in tools}
    if decision is not None and decision.sure and decision.tool in by_name:
        return OpenQuestion(text, by_name[decision.tool], why=decision.reason)
    likely = [candidate.tool for candidate in decision.candidates] if decision else []
    shown = list(dict.fromkeys([*likely, *by_name]))[:_SHOWN]
    return OpenQuestion(text, candidates=tuple(by_name[name] for name in sorted(shown) if name in by_name))


def ask(context: SolvingContext, question: OpenQuestion, *, direct: bool) -> ModelOutcome:
    """Ask the models about one question; raises `ModelError`."""
    asked = _ask_for_tool(context, question)
    is_known = asked.tool is not None and not (asked.user is not None and asked.user.declined)
    if is_known or not direct:
        return asked
    with counting(asked.spent):
        reply = context.direct.complete(Request("direct", prompts.answer_directly(question.text), max_tokens=4096))
    text = prompts.read_direct(reply.text)
    reason = f"{asked.reason or 'no tool fits'}; the strong model answered without a tool, nothing has checked it"
    return replace(asked, tool=None, user=None, direct=text, reason=reason, spent=asked.spent + spent_on(reply))


def _ask_for_tool(context: SolvingContext, question: OpenQuestion) -> ModelOutcome:
    tool, spent = question.chosen, Spent()
    if tool is None:
        if not question.candidates:
            return ModelOutcome(reason=question.why or "there are no tools yet: make one with %%latm")
        names = [candidate.name for candidate in question.candidates]
        messages = prompts.choose_tool(question.candidates, question.text)
        reply = context.dispatcher.complete(Request("dispatcher", messages, max_tokens=512))
        spent = spent_on(reply)
        try:
            name = prompts.read_choice(reply.text, names)
        except ValueError as fault:
            return ModelOutcome(reason=str(fault), spent=spent)
        if name is None:
            return ModelOutcome(reason="the dispatcher model says that no tool fits", spent=spent)
        tool = question.candidates[names.index(name)]
    for candidate, run in question.accepted:
        if candidate.name == tool.name:
            return ModelOutcome(tool, by_model=True, accepted=run, spent=spent)
    with counting(spent):
        user = context.user.answer(tool, question.text)
    reason = f"{tool.name}: {user.reason}" + (f"; {question.why}" if question.why else "")
    return ModelOutcome(tool, question.chosen is None, None, user, reason=reason, spent=spent + user.spent)
