"""One tool inside a worker: compiled once, run row by row, each row's outcome as text for the parent.

Runs in the worker only. It does NOT keep guest code in (the policy and the walls do) and does not talk to the parent
(`worker` does); whatever guest code does, a row ends in a text or the process ends.
"""

from __future__ import annotations

import gc
import json
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from latm_magic.sandbox.clock import Clock, Deadline
from latm_magic.sandbox.wire import WireError, clean, to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from latm_magic.sandbox.records import Finding, FunctionFace

__all__ = ["Compiled", "Guest", "Language", "Limits", "Plan"]

TOOL = "<tool>"
SNIPPET = "<snippet>"


class Compiled(Protocol):
    """What the language layer makes of a source."""

    @property
    def code(self) -> CodeType | None:
        """What `exec` takes; None when there are findings."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that the policy refuses."""

    @property
    def functions(self) -> tuple[FunctionFace, ...]:
        """The module-level functions."""

    @property
    def imports(self) -> tuple[str, ...]:
        """The modules that the source imports."""


class Language(Protocol):
    """The language layer as a worker uses it."""

    def compile(self, source: str, filename: str) -> Compiled:
        """Compile under the policy; never raises for bad source."""

    def namespace(self, printed: Callable[[str], None]) -> dict[str, Any]:
        """Give fresh globals for guest code."""

    def warm_up(self) -> None:
        """Import whatever guest code may make the interpreter import later."""


class Limits(NamedTuple):
    """What a run may use."""

    answer_bytes: int
    output_characters: int


class Plan(NamedTuple):
    """What is done with each row: which functions, in which order."""

    kind: str
    """ "call", "solve", "formatted" or "snippet"."""
    names: tuple[str | None, ...]
    timeout_s: float
    is_fresh: bool
    keeps: bool


class OutputLimit(BaseException):
    """Guest code printed more than it may."""


class _Forbidden(Exception):
    """A source that the policy refuses was to be run."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


class Guest:
    """The one tool of this worker."""

    def __init__(self, source: str, language: Language, limits: Limits, clock: Clock) -> None:
        self._source = source
        self._language = language
        self._limits = limits
        self._clock = clock
        self.compiled = language.compile(source, TOOL)
        self._namespace: dict[str, Any] | None = None
        self._was_ready = False
        self._stage = ""
        self._printed = 0
        self._kept: list[Any] = []

    def runner(self, plan: Plan) -> Callable[[Any], tuple[str, bool]]:
        """Give the function that runs one row: its outcome as text, and whether no row of this plan can run."""
        bound: Callable[[Any], Any] | None = None
        clock, timeout_s, limit, keeps = self._clock, plan.timeout_s, self._limits.answer_bytes, plan.keeps

        def run(row: Any) -> tuple[str, bool]:
            nonlocal bound
            failure: list[Any] | None = None
            text = "null"
            self._stage, self._printed, self._kept = "", 0, []
            started = clock.start(timeout_s)
            try:
                try:
                    if bound is None or plan.is_fresh:
                        bound = self._bind(plan)
                    text = to_text(bound(row), limit)
                except (Deadline, OutputLimit):
                    raise
                except BaseException as error:  # noqa: BLE001 - guest code may raise anything
                    failure = self._failure(error)
                clock.stop()
            except BaseException as error:  # noqa: BLE001 - a limit, or the description of an error reached one
                clock.stop()
                failure = self._limit_failure(error, timeout_s)
            micros = int((perf_counter() - started) * 1e6)
            if failure is None and not keeps:
                return f"[{micros},{text}]", False
            never = failure is not None and bound is None and not self._was_ready
            if failure is not None and failure[0] in {"timeout", "memory", "recursion", "output"}:
                # Interrupted code may have left its globals half changed.
                bound = self._namespace = None
                gc.collect()
            return self._row_text(micros, text, failure), never

        return run

    def _row_text(self, micros: int, text: str, failure: list[Any] | None) -> str:
        kept = [self._kept_text(index) for index in (0, 1)]
        return f"[{micros},{text},{_to_json(failure)},{kept[0]},{kept[1]}]"

    def _kept_text(self, index: int) -> str:
        if index >= len(self._kept):
            return "null"
        try:
            return f"[{to_text(self._kept[index], self._limits.answer_bytes)}]"
        except WireError:
            return "null"

    # What is run.

    def _bind(self, plan: Plan) -> Callable[[Any], Any]:
        if self.compiled.code is None or self.compiled.findings:
            raise _Forbidden(self.compiled.findings)
        if plan.kind == "snippet":
            return self._snippet(str(plan.names[0]))
        if plan.is_fresh or self._namespace is None:
            self._namespace = self._built()
        functions = [None if name is None else _function(self._namespace, name) for name in plan.names]
        bound: Callable[[Any], Any] = getattr(self, f"_{plan.kind}")(*functions, plan.keeps)
        self._was_ready = True
        return bound

    def _built(self) -> dict[str, Any]:
        namespace = self._language.namespace(self.printed)
        exec(self.compiled.code, namespace)  # type: ignore[arg-type]  # noqa: S102 - the point of this process
        return namespace

    def _call(self, function: Callable[..., Any], _keeps: bool) -> Callable[[Any], Any]:
        def run(row: Any) -> Any:
            self._stage = "function"
            return function(**row) if type(row) is dict else function(*row)

        return run

    def _solve(
        self,
        parse: Callable[[str], Any],
        function: Callable[..., Any],
        form: Callable[[Any, str], Any] | None,
        keeps: bool,
    ) -> Callable[[str], Any]:
        def run(question: str) -> Any:
            self._stage = "parse"
            arguments = parse(question)
            if type(arguments) is not dict:
                raise TypeError(f"parse must return a dict of keyword arguments, not {type(arguments).__name__}")
            if keeps:
                self._kept.append(dict(arguments))
            self._stage = "function"
            result = function(**arguments)
            return result if form is None and not keeps else self._formatted_result(form, result, question, keeps)

        return run

    def _formatted(
        self, function: Callable[..., Any], form: Callable[[Any, str], Any] | None, keeps: bool
    ) -> Callable[[Any], Any]:
        def run(row: Any) -> Any:
            arguments, question = row
            if keeps:
                self._kept.append(dict(arguments))
            self._stage = "function"
            return self._formatted_result(form, function(**arguments), question, keeps)

        return run

    def _formatted_result(self, form: Callable[[Any, str], Any] | None, result: Any, question: str, keeps: bool) -> Any:
        if keeps:
            self._kept.append(result)
        if form is None:
            return result
        self._stage = "format"
        text = form(result, question)
        if not issubclass(type(text), str):
            raise TypeError(f"the format function must return str, not {type(text).__name__}")
        return text

    def _snippet(self, result: str) -> Callable[[str], Any]:
        def run(snippet: str) -> Any:
            compiled = self._language.compile(snippet, SNIPPET)
            if compiled.code is None or compiled.findings:
                raise _Forbidden(compiled.findings)
            namespace = self._built()
            exec(compiled.code, namespace)  # noqa: S102 - as above
            if result not in namespace:
                raise NameError(f"the snippet left no {result!r}")
            return namespace[result]

        return run

    def printed(self, text: str) -> None:
        """Count what guest code prints."""
        self._printed += len(text)
        if self._printed > self._limits.output_characters:
            raise OutputLimit

    # How it ended.

    def _failure(self, error: BaseException) -> list[Any]:
        """Describe an error of guest code; may take guest code's time, because an error's text can be guest code."""
        findings: tuple[Finding, ...] = ()
        if type(error) is WireError:
            outcome = {"depth": "recursion", "size": "output"}.get(error.kind, "raised")
            kind = {"depth": "RecursionError", "size": "OutputLimit"}.get(error.kind, "TypeError")
            return [outcome, self._stage, kind, f"{error}", None, False, findings]
        if type(error) is _Forbidden:
            findings = error.findings
            outcome, kind = "forbidden", "PolicyError"
        else:
            outcome = _outcome(error)
            kind = type(error).__name__
        message = clean(str.__str__(str(error)))
        pairs = [[finding.line, finding.construct, finding.advice] for finding in findings]
        return [outcome, self._stage, clean(kind, 80), message, _line(error), isinstance(error, ValueError), pairs]

    def _limit_failure(self, error: BaseException, timeout_s: float) -> list[Any]:
        if isinstance(error, OutputLimit):
            message = f"printed more than {self._limits.output_characters} characters"
            return ["output", self._stage, "OutputLimit", message, _line(error), False, []]
        if isinstance(error, Deadline):
            message = f"ran longer than {timeout_s:g} seconds"
            return ["timeout", self._stage, "TimeoutError", message, _line(error), False, []]
        return [_outcome(error), self._stage, clean(type(error).__name__, 80), "", _line(error), False, []]


def _function(namespace: dict[str, Any], name: str) -> Callable[..., Any]:
    function = namespace.get(name)
    if not callable(function):
        raise NameError(f"the source defines no function {name!r}")  # noqa: TRY004 - said as Python says it
    return function  # type: ignore[no-any-return]


def _outcome(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory"
    return "recursion" if isinstance(error, RecursionError) else "raised"


def _line(error: BaseException) -> int | None:
    """Give the guest line nearest to where the error rose; a snippet's own line before one of its tool."""
    lines: dict[str, int] = {}
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in (TOOL, SNIPPET):
            lines[name] = trace.tb_lineno
        trace = trace.tb_next
    found = lines.get(SNIPPET, lines.get(TOOL))
    # A syntax error of `eval` in guest code has no line of the source itself.
    return found if found is None or found > 0 else None


_to_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
