"""The model steps of the dispatcher: who is asked about a question that no parser answered, several at once.

The dispatcher model chooses a tool, the user model makes the call, and with `direct` the strong model answers what is
unknown. A choice counts only when the tool's parser or a checked call confirms it. Runs on a few threads and records
nothing: `dispatcher.py` keeps the outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from latm_magic.models.model import Request
from latm_magic.models.recorded import NO_MODEL
from latm_magic.solving import prompts
from latm_magic.solving.replies import read_choice, read_direct
from latm_magic.tools.user import Spent, counting, spent_on

if TYPE_CHECKING:
    from latm_magic.sandbox.records import Run
    from latm_magic.solving.context import SolvingContext
    from latm_magic.solving.open_questions import OpenQuestion
    from latm_magic.tool import ToolVersion
    from latm_magic.tools.user import UserRun


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """What came of asking models about one question."""

    tool: ToolVersion | None = None
    by_model: bool = False
    """The dispatcher model chose the tool."""
    accepted: Run | None = None
    """The chosen tool's own run, where its parser had accepted."""
    user: UserRun | None = None
    loop: Run | None = None
    """What the tool loop came to, which went on where a flow was unsure."""
    direct: str | None = None
    """The strong model's answer."""
    reason: str = ""
    spent: Spent = field(default_factory=Spent)


def ask(context: SolvingContext, question: OpenQuestion, *, direct: bool) -> ModelOutcome:
    """Ask the models about one question; raises `ModelError`."""
    asked = _ask_for_tool(context, question)
    is_known = asked.tool is not None and not (asked.user is not None and asked.user.declined)
    if is_known or not direct:
        return asked
    with counting(asked.spent):
        reply = context.direct.complete(Request("direct", prompts.answer_directly(question.text), max_tokens=4096))
    said, spent = read_direct(reply), asked.spent + spent_on(reply)
    what = "answered without a tool, nothing has checked it" if said else "gave no answer"
    reason = f"{asked.reason or 'no tool fits'}; the strong model {what}"
    return replace(asked, tool=None, user=None, direct=said.text if said else None, reason=reason, spent=spent)


def _ask_for_tool(context: SolvingContext, question: OpenQuestion) -> ModelOutcome:
    tool, spent = question.chosen, Spent()
    if question.goes_on and tool is not None and context.go_on is not None:
        went_on = context.go_on(tool, question.text)
        return ModelOutcome(tool, loop=went_on.run, reason=question.why, spent=went_on.spent)
    if tool is None:
        if not question.candidates:
            return ModelOutcome(reason=question.why or "there are no tools yet: make one with %%latm")
        names = [candidate.name for candidate in question.candidates]
        messages = prompts.choose_tool(question.candidates, question.text)
        reply = context.dispatcher.complete(Request("dispatcher", messages, max_tokens=512))
        spent = spent_on(reply)
        try:
            name = read_choice(reply.text, names)
        except ValueError as fault:
            return ModelOutcome(reason=str(fault), spent=spent)
        if name is None:
            says = NO_MODEL if reply.recorded == NO_MODEL else "the dispatcher model says that no tool fits"
            return ModelOutcome(reason=says, spent=spent)
        tool = question.candidates[names.index(name)]
    for candidate, run in question.accepted:
        if candidate.name == tool.name:
            return ModelOutcome(tool, by_model=True, accepted=run, spent=spent)
    with counting(spent):
        user = context.user.answer(tool, question.text)
    reason = f"{tool.name}: {user.reason}" + (f"; {question.why}" if question.why else "")
    return ModelOutcome(tool, question.chosen is None, None, user, reason=reason, spent=spent + user.spent)
