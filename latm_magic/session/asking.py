"""Asking with tools: the loop over the project's tools, with the session's model, and its trace kept where you say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError, TaskError
from latm_magic.events import Note
from latm_magic.solving.tool_loop.bounds import Bounds
from latm_magic.solving.tool_loop.functions import functions_of
from latm_magic.solving.tool_loop.loop import Question, Surroundings, ToolLoop
from latm_magic.solving.tool_loop.prompts import filled
from latm_magic.solving.tool_loop.shape import shape_of
from latm_magic.tools.tracing import checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latm_magic.models.model import Model
    from latm_magic.session.parts import Parts
    from latm_magic.solving.tool_loop.asked import Asked
    from latm_magic.traces import Step, Trace

_MOST_TOKENS = 4096
"""Of a reply, so that a budget need not set aside more; one that is cut off is asked for again with `max_tokens`."""
_WHOLE = "{prompt}"
"""The prompt of a run without inputs: all of it is the one input."""


class Asking:
    """What a session needs to ask with tools."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def ask(
        self,
        prompt: str,
        tools: Sequence[Any] | None = None,
        schema: Any = None,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008 - a frozen record
        inputs: Mapping[str, Any] | None = None,
        record: str | None = None,
        model: str | Model | None = None,
        after: Sequence[Step] = (),
    ) -> Asked:
        """Run the loop; what `Session.ask` says of its arguments holds here."""
        _check(bounds)
        if not prompt.strip():
            raise TaskError("There is nothing to ask: write the question as text.")
        name, given = record or "", (_WHOLE, {"prompt": prompt}) if inputs is None else (prompt, inputs)
        question = Question(
            given[0], checked("The inputs", dict(given[1])), shape_of(schema), tuple(after), name, bounds
        )
        loop = ToolLoop(question, self._around(tools, model))
        try:
            asked = loop.run()
        except BaseException as fault:
            kept = self._keep(loop.asked)
            if isinstance(fault, LatmError):
                fault.asked = kept
            raise
        return self._keep(asked)

    def replay(
        self,
        trace: Trace,
        from_step: int = 1,
        *,
        model: str | Model | None = None,
        tools: Sequence[Any] | None = None,
        schema: Any = None,
        bounds: Bounds = Bounds(),  # noqa: B008
        record: str | None = None,
    ) -> Asked:
        """Go on from the steps before `from_step` as they were recorded."""
        if not 1 <= from_step <= len(trace.steps) + 1:
            raise TaskError(f"The trace has {len(trace.steps)} steps: give from_step from 1 to {len(trace.steps) + 1}.")
        if not trace.prompt:
            raise TaskError("The trace was not asked for: session.ask(prompt, inputs=trace.inputs, after=trace.steps).")
        chosen = (list(trace.tools) if trace.tools else None) if tools is None else tools
        return self.ask(
            trace.prompt,
            chosen,
            trace.schema if schema is None else schema,
            bounds=bounds,
            inputs=trace.inputs,
            record=record,
            model=model,
            after=trace.steps[: from_step - 1],
        )

    def _around(self, tools: Sequence[Any] | None, model: str | Model | None) -> Surroundings:
        parts = self._parts
        parts.warm()
        asked = parts.roles.model("ask") if model is None else parts.roles.other("ask", model)
        known = parts.tools()
        return Surroundings(
            model=asked,
            functions=functions_of(tools, known, parts.runner()),
            likely=lambda text: parts.routing.related(known, text) if known else [],
            most_usd=lambda request: parts.costs.most_usd(asked.name, request),
            max_tokens=min(_MOST_TOKENS, parts.settings.max_tokens or _MOST_TOKENS),
            tell=parts.tell,
        )

    def _keep(self, asked: Asked) -> Asked:
        """Keep the trace where it has a name; one that cannot be kept is told, and the answer is there all the same."""
        if not asked.trace.name:
            return asked
        try:
            self._parts.cache.traces.keep(asked.trace)
        except LatmError as fault:
            self._parts.tell(Note(f"The run is not recorded: {fault}", "warning"))
            return asked
        return replace(asked, is_kept=True)


def question_of(trace: Trace) -> str:
    """Return what a run was asked, its inputs filled in."""
    return filled(trace.prompt, trace.inputs)


def _check(bounds: Bounds) -> None:
    if bounds.rounds < 1:
        raise TaskError(f"rounds is {bounds.rounds}: give a whole number from 1.")
    if not bounds.seconds > 0:
        raise TaskError(f"seconds is {bounds.seconds}: give a number above 0.")
    if bounds.budget_usd is not None and not bounds.budget_usd >= 0:
        raise TaskError(f"budget_usd is {bounds.budget_usd}: give US dollars from 0, or None.")
