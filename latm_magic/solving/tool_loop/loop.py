"""The tool loop itself: ask, call, tell what came of it, until the model answers or a bound is met.

Where its model, its functions and its bounds come from, and where the trace is kept, is left to who makes it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from latm_magic.errors import BudgetExceeded, LatmError, ModelError
from latm_magic.events import LoopStep, Note
from latm_magic.models.model import FunctionCall, Message, Request
from latm_magic.solving.tool_loop import prompts
from latm_magic.solving.tool_loop.asked import Asked
from latm_magic.solving.tool_loop.bounds import MOST_AT_ONCE, Alike, Bounds, Clock, Purse
from latm_magic.solving.tool_loop.finding import FIND, Shelf
from latm_magic.solving.tool_loop.functions import not_there, said_of
from latm_magic.tools.json_text import read_json
from latm_magic.tools.user import Spent, spent_on
from latm_magic.traces import Step, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from latm_magic.events import OnEvent
    from latm_magic.models.model import Model, Reply
    from latm_magic.solving.tool_loop.functions import OwnFunction, ProjectTool
    from latm_magic.solving.tool_loop.shape import Shape


@dataclass(frozen=True, slots=True)
class Question:
    """What a run is asked."""

    prompt: str
    inputs: Mapping[str, Any]
    shape: Shape | None = None
    """None: the answer is text."""
    after: tuple[Step, ...] = ()
    """Recorded steps that it goes on from."""
    name: str = ""
    """What its trace is kept under."""
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run works with."""

    model: Model
    functions: Mapping[str, ProjectTool | OwnFunction]
    likely: Callable[[str], Sequence[str]]
    """Text to the names of the tools that it may be for, the likeliest first."""
    most_usd: Callable[[Request], float | None]
    """What a request may cost at most, in US dollars; None = unknown."""
    max_tokens: int
    """Of one reply."""
    tell: OnEvent


class ToolLoop:
    """One run. `run` is called once; `asked` says at any time what came so far."""

    def __init__(self, question: Question, around: Surroundings) -> None:
        """Show what is likely to be needed; nothing is asked yet."""
        self._question, self._around = question, around
        self._id = uuid.uuid4().hex[:12]
        self._created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._clock = Clock(question.bounds.seconds)
        self._purse = Purse(question.bounds.budget_usd, around.most_usd)
        self._alike = Alike()
        text = prompts.filled(question.prompt, question.inputs)
        used = [step.tool for step in question.after]
        self._shelf = Shelf(around.functions, around.likely, text, used)
        schema = question.shape.schema if question.shape else None
        self._messages = [
            *prompts.begin(text, schema, has_more=self._shelf.has_more, has_functions=bool(around.functions)),
            *prompts.history(question.after),
        ]
        self._steps = list(question.after)
        self._rounds_before = max((step.round for step in question.after), default=0)
        self._spent = Spent()
        self._text, self._stopped, self._is_answered = "", "", False
        self._value: Any = None

    @property
    def asked(self) -> Asked:
        """What came so far."""
        question, around, shape = self._question, self._around, self._question.shape
        trace = Trace(
            self._id,
            question.name,
            question.inputs,
            tuple(self._steps),
            answer=(shape.dump(self._value) if shape else self._value) if self._is_answered else None,
            answer_by="model" if self._is_answered else None,
            origin="ask",
            created=self._created,
            prompt=question.prompt,
            schema=dict(shape.schema) if shape else None,
            tools=tuple(around.functions),
            model=around.model.name,
            tokens=self._spent.tokens,
            cost_usd=self._spent.cost_usd,
            stopped=self._stopped,
        )
        return Asked(trace, self._value, self._text, round(self._clock.took, 3))

    def run(self) -> Asked:
        """Ask until there is an answer or a bound is met. What a model or you break carries `asked`, what came so far.

        Raises `ModelError` and what models and sandbox raise besides.
        """
        if said := said_of(self._around.functions):
            self._around.tell(Note(said))
        try:
            self._converse()
        except LatmError as fault:
            self._stopped = str(fault)
            if not (isinstance(fault, BudgetExceeded) and self._spent.tokens):
                fault.asked = self.asked
                raise
        except BaseException:
            self._stopped = "interrupted"
            raise
        last = max((step.round for step in self._steps), default=0)
        self._around.tell(LoopStep(last, self._question.bounds.rounds, ended=self._stopped))
        return self.asked

    def _converse(self) -> None:
        for number in range(1, self._question.bounds.rounds + 1):
            reply = self._ask(number)
            if reply is not None and not reply.calls:
                self._stopped = self._answer(reply.text)
                return
            if reply is not None:
                self._stopped = self._call_all(reply, self._rounds_before + number)
            if self._stopped:
                break
        self._ask_for_the_last(self._stopped or self._question.bounds.said)

    def _ask(self, number: int) -> Reply | None:
        """Return the next reply; None where time or money do not allow it, `_stopped` then says so."""
        self._around.tell(LoopStep(number, self._question.bounds.rounds))
        if self._clock.is_over:
            self._stopped = f"{self._question.bounds.seconds:g} seconds"
            return None
        # With enough left for the answer that is asked for at the end.
        request = self._request()
        reply = self._complete(request, self._request(may_call=False))
        if reply is None:
            self._stopped = f"the budget of {self._question.bounds.budget_usd:g} USD"
            return None
        if not reply.calls and request.functions and getattr(self._around.model, "supports_functions", None) is False:
            raise ModelError(
                f"{self._around.model.name} takes no functions, so it can call no tools: name a model that does.",
                kind="model",
                role="ask",
                model=self._around.model.name,
            )
        return reply

    def _request(self, *, may_call: bool = True) -> Request:
        shape, functions = self._question.shape, self._shelf.specs if self._around.functions else ()
        # A schema beside functions keeps some servers from calling any: it is sent where no call is wanted.
        schema = shape.schema if shape and not (functions and may_call) else None
        return Request(
            "ask",
            tuple(self._messages),
            functions,
            may_call=may_call,
            schema=schema,
            max_tokens=self._around.max_tokens,
            tool=self._question.name,
            run=self._id,
        )

    def _complete(self, request: Request, *later: Request) -> Reply | None:
        reserved_usd = self._purse.reserve(request, *later)
        if reserved_usd is None:
            return None
        cost_usd: float | None = None
        try:
            reply = self._around.model.complete(request)
            cost_usd = reply.cost_usd
        except ModelError as fault:
            cost_usd, self._spent = fault.cost_usd, self._spent + spent_on(fault)
            raise
        finally:
            self._purse.settle(reserved_usd, cost_usd)
        self._spent += spent_on(reply)
        return reply

    def _call_all(self, reply: Reply, number: int) -> str:
        """Make the calls of a reply, and tell the model what came of each; return which bound was met, "" for none."""
        calls = list(_with_ids(reply.calls, number))
        self._messages.append(prompts.asked_for(reply.text, calls))
        tokens, bound = spent_on(reply).tokens, ""
        for place, call in enumerate(calls):
            if why := bound or self._why_not_to_call(place):
                self._messages.append(prompts.outcome(call.id, None, f"not called: {why}"))
            elif call.name == FIND and self._shelf.has_more:
                self._messages.append(self._find(call))
            else:
                step = self._call(call, number, tokens)
                self._messages.append(prompts.outcome(call.id, step.output, step.error))
                bound, tokens = self._alike.add(step), 0
        return bound

    def _why_not_to_call(self, place: int) -> str:
        if self._clock.is_over:
            return "the time is over"
        return f"at most {MOST_AT_ONCE} calls at once are made" if place >= MOST_AT_ONCE else ""

    def _call(self, call: FunctionCall, number: int, tokens: int) -> Step:
        function = self._around.functions.get(call.name)
        step = function.run(call.arguments) if function else self._not_there(call)
        step = replace(step, round=number, tokens=tokens)
        self._steps.append(step)
        self._around.tell(LoopStep(number, self._question.bounds.rounds, step))
        return step

    def _not_there(self, call: FunctionCall) -> Step:
        return not_there(call.name, call.arguments, [spec.name for spec in self._shelf.specs])

    def _find(self, call: FunctionCall) -> Message:
        try:
            query = str(read_json(call.arguments)["query"])
        except (ValueError, LookupError, TypeError):
            return prompts.outcome(call.id, None, 'the arguments do not fit: give {"query": "..."}')
        return prompts.outcome(call.id, self._shelf.find(query) or "nothing found: try other words", "")

    def _answer(self, text: str, *, is_last: bool = False) -> str:
        """Take a text as the answer; where it does not fit the schema, ask once more, then say why there is none."""
        self._text, shape = text, self._question.shape
        try:
            self._value = shape.read(text) if shape else text
        except ValueError as fault:
            if is_last:
                return f"the answer does not fit the schema: {fault}"
            self._messages += [Message("assistant", text), prompts.not_fitting(str(fault))]
            return self._ask_last()
        self._is_answered = bool(text.strip())
        return "" if self._is_answered else "the model gave no answer"

    def _ask_for_the_last(self, why: str) -> None:
        """Ask for an answer at a bound; one that does not fit, or does not come, leaves what came so far."""
        self._messages.append(prompts.last(why))
        fault = self._ask_last()
        self._stopped = f"{why}; {fault}" if fault else why

    def _ask_last(self) -> str:
        reply = self._complete(self._request(may_call=False))
        if reply is None:
            return "no money is left for an answer"
        return self._answer(reply.text, is_last=True)


def _with_ids(calls: Sequence[FunctionCall], number: int) -> Iterator[FunctionCall]:
    """Return calls each with an id of its own: some endpoints give none, or one for all."""
    seen: set[str] = set()
    for place, call in enumerate(calls):
        identity = call.id if call.id and call.id not in seen else f"call_{number}_{place}"
        seen.add(identity)
        yield replace(call, id=identity)
