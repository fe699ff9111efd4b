"""The user model: it supplies the arguments for a question that a tool's parser refused, or where there is none.

One request, one repair of a call that does not fit, then the checked call runs in the sandbox. The model never sees an
answer and never gives one.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.errors import LatmError, ModelError, ReplyError
from latm_magic.models.model import Model, Request
from latm_magic.tools import prompts
from latm_magic.tools.replies import read_call, read_snippet
from latm_magic.tools.runner import call_text, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.models.model import Message, Reply
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import Proposal
    from latm_magic.tools.runner import ToolRunner

_MAX_TOKENS = 2048
"""Upper limit of a reply's tokens: a call or a snippet is short."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What model calls cost."""

    tokens: int = 0
    cost_usd: float | None = 0.0
    """US dollars; None = unknown price."""

    def __add__(self, other: Spent) -> Spent:
        """Add up; an unknown price stays unknown."""
        known = self.cost_usd is not None and other.cost_usd is not None
        cost = (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None
        return Spent(self.tokens + other.tokens, cost)


def spent_on(reply: Reply | ModelError) -> Spent:
    """Return what one reply cost, or the lack of one."""
    usage = reply.usage
    return Spent(usage.prompt_tokens + usage.completion_tokens if usage else 0, reply.cost_usd)


def spent_before(fault: Exception) -> Spent:
    """Return what the model calls cost that ended with `fault`, or came before it."""
    if isinstance(fault, LatmError) and fault.spent is not None:
        spent: Spent = fault.spent
        return spent
    return spent_on(fault) if isinstance(fault, ModelError) else Spent()


@contextmanager
def counting(spent: Spent) -> Iterator[None]:
    """Let an error that is raised inside say what was spent before, so that nothing that was paid is forgotten."""
    try:
        yield
    except LatmError as fault:
        fault.spent = spent + spent_before(fault)
        raise


@dataclass(frozen=True, slots=True)
class UserRun:
    """What came of asking the user model for a call."""

    run: Run | None
    """None when no call could be made."""
    call: str = ""
    """The call as Python text, or the snippet."""
    reason: str = ""
    """One line: why there is no run, or that the model supplied the arguments."""
    declined: bool = False
    """The model said that the tool does not answer this question."""
    spent: Spent = Spent()


_DECLINED = UserRun(None, reason="the user model says that the question is none for this tool", declined=True)


class UserModel:
    """Turns questions into calls by asking a light model (LATM, section 3.2: tool using)."""

    def __init__(self, model: Model, runner: ToolRunner) -> None:
        self._model = model
        self._runner = runner

    def answer(self, tool: Proposal, question: str) -> UserRun:
        """Ask for a call of `tool` that answers `question`, and run it; raises `ModelError`."""
        messages = prompts.write_snippet(tool, question) if tool.by_snippet else prompts.call_function(tool, question)
        spent, fault = Spent(), ""
        for _ in range(2):
            try:
                with counting(spent):
                    reply = self._ask(tool, messages)
            except ReplyError as error:
                return UserRun(
                    None, reason=f"the user model's reply cannot be used: {error}", spent=spent_before(error)
                )
            spent += spent_on(reply)
            try:
                with counting(spent):
                    return replace(self._read_and_run(tool, question, reply), spent=spent)
            except ValueError as error:
                fault = str(error)
                messages = prompts.ask_again(messages, reply, fault)
        return UserRun(None, reason=f"the user model gave no call that fits: {fault}", spent=spent)

    def _ask(self, tool: Proposal, messages: tuple[Message, ...]) -> Reply:
        functions = () if tool.by_snippet else (prompts.function_spec(tool),)
        return self._model.complete(Request("user", messages, functions, max_tokens=_MAX_TOKENS, tool=tool.name))

    def _read_and_run(self, tool: Proposal, question: str, reply: Reply) -> UserRun:
        """Run the call in a reply; raises `ValueError` where the reply or the call does not fit."""
        if tool.by_snippet:
            snippet = read_snippet(reply)
            return _DECLINED if snippet is None else self._run_snippet(tool, snippet)
        arguments = read_call(reply, tool, question)
        if arguments is None:
            return _DECLINED
        run = self._runner.run_formatted(tool, arguments, question)
        return UserRun(run, call_text(tool, arguments), _how(run))

    def _run_snippet(self, tool: Proposal, snippet: str) -> UserRun:
        run = self._runner.run_snippet(tool, snippet)
        if run.outcome in {"forbidden", "raised"}:
            raise ValueError(reason_of(run))
        return UserRun(run, snippet, _how(run))


def _how(run: Run) -> str:
    return "a user model supplied the arguments" if run.returned else reason_of(run)
