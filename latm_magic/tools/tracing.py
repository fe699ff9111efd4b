"""Recording what your own cells call: the calls of tools inside `with latm.trace(...)` become the steps of a trace.

Functions of yours are recorded where the recording calls them. Keeping the trace is left to whoever made it.
"""

from __future__ import annotations

import time
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from latm_magic.cache.trace_values import NotPlain, plain
from latm_magic.errors import TaskError
from latm_magic.text import one_line
from latm_magic.tools.runner import reason_of
from latm_magic.traces import Step, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.answer import Answer
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion

_OPEN: ContextVar[tuple[Recording, ...]] = ContextVar("_OPEN", default=())
_NO_ANSWER: Any = object()
_PURE = "__latm_pure__"


def pure(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function of yours as one that changes nothing outside and gives the same for the same arguments.

    Only such a function may be called again to learn or to verify a flow. Raises `TaskError` for what takes no mark.
    """
    try:
        setattr(function, _PURE, True)
    except AttributeError:
        raise TaskError(f"{one_line(repr(function))} takes no mark: wrap it in a function of yours.") from None
    return function


def is_pure(function: Callable[..., Any]) -> bool:
    """Return whether a function was marked as pure."""
    return bool(getattr(function, _PURE, False))


class Recording:
    """One run that is being recorded; a context manager. `answer` is set by you, and may be left out."""

    def __init__(self, name: str, inputs: Mapping[str, Any] | None, keep: Callable[[Trace], object]) -> None:
        """Take the inputs, plain data by name; raises `TaskError` for what is none."""
        if not name.strip():
            raise TaskError("A trace needs a name to be kept under: give one, for example the task's.")
        self._name, self._keep = name, keep
        self._inputs = checked(f"The inputs of {name}", dict(inputs or {}))
        self._created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._steps: list[Step] = []
        self._answer: Any = _NO_ANSWER
        self.trace: Trace | None = None
        """What was kept; None until the block has ended."""

    def __enter__(self) -> Self:
        self._before = _OPEN.set((*_OPEN.get(), self))
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Keep what was recorded; a block that was left by an error has no answer."""
        _OPEN.reset(self._before)
        has_answer = kind is None and self._answer is not _NO_ANSWER
        self.trace = Trace(
            uuid.uuid4().hex[:12],
            self._name,
            self._inputs,
            tuple(self._steps),
            answer=self._answer if has_answer else None,
            answer_by="you" if has_answer else None,
            created=self._created,
        )
        if self._steps or has_answer:
            self._keep(self.trace)

    @property
    def answer(self) -> Any:
        """What the run came to."""
        return None if self._answer is _NO_ANSWER else self._answer

    @answer.setter
    def answer(self, value: Any) -> None:
        self._answer = checked(f"The answer of {self._name}", value)

    def call(self, function: Callable[..., Any], **arguments: Any) -> Any:
        """Call a function of yours as a step, and return what it returns; raises what it raises."""
        began, started = now(), time.perf_counter()
        given = checked(f"The arguments of {name_of(function)}", arguments)
        output, error = None, ""
        try:
            value = function(**arguments)
            output, error = plain_output(value)
        except Exception as fault:
            error = raised(fault)
            raise
        finally:
            ms = (time.perf_counter() - started) * 1000
            acts = not is_pure(function)
            add(Step(name_of(function), given, output, error, acts=acts, ms=round(ms, 3), at=began))
        return value

    def add(self, step: Step) -> None:
        """Add a step."""
        self._steps.append(step)


def began() -> str:
    """Return the time where calls are being recorded here, and "" elsewhere."""
    return now() if _OPEN.get() else ""


def add(step: Step) -> None:
    """Add a step to every recording that is open here."""
    for recording in _OPEN.get():
        recording.add(step)


def step_of(tool: ToolVersion, arguments: Mapping[str, Any] | Sequence[Any], run: Run, at: str) -> Step:
    """Return the step that a run of a tool's function is; arguments by position get their names."""
    if not hasattr(arguments, "keys"):
        names = [parameter.name for parameter in tool.parameters]
        arguments = dict(zip(names, arguments, strict=False))
    try:
        given = plain(dict(arguments))
    except NotPlain as fault:
        return Step(tool.name, {}, None, str(fault), tool.fingerprint, ms=round(run.seconds * 1000, 3), at=at)
    error = "" if run.returned else reason_of(run)
    return Step(tool.name, given, run.value, error, tool.fingerprint, ms=round(run.seconds * 1000, 3), at=at)


def step_of_answer(tool: ToolVersion, answer: Answer, at: str) -> Step:
    """Return the step that a question is which a tool's own parser read."""
    value, error = (answer.value, "") if answer.answered else (None, answer.reason)
    return Step(tool.name, {"question": answer.question}, value, error, tool.fingerprint, ms=answer.ms, at=at)


def plain_output(value: Any) -> tuple[Any, str]:
    """Return what a step keeps of an output: plain data, or None and why there is none."""
    try:
        return plain(value), ""
    except NotPlain as fault:
        return None, one_line(f"its output cannot be used: {fault}")


def raised(fault: BaseException) -> str:
    """Return in one line what a function of yours raised."""
    return one_line(f"{type(fault).__name__}: {fault}")


def name_of(function: Callable[..., Any]) -> str:
    """Return the name of a function of yours."""
    return str(getattr(function, "__name__", type(function).__name__))


def now() -> str:
    """Return the time as a step has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def checked(what: str, value: Any) -> Any:
    """Return a value as plain data; raises `TaskError` that says of `what` why it is none."""
    try:
        return plain(value)
    except NotPlain as fault:
        raise TaskError(f"{what} cannot be kept: {fault}.") from None
