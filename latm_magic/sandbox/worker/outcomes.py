"""How a run of guest code ended, seen from inside the worker: which outcome, what error, at which line.

It does NOT keep time. `of_error` reads an error's own text, which can be guest code: call it inside the run's time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from latm_magic.sandbox.policy.names import demangled
from latm_magic.sandbox.wire.encode import WireError, clean
from latm_magic.sandbox.worker.clock import TimeLimitReached

if TYPE_CHECKING:
    from latm_magic.sandbox.records import Finding, RunOutcome

TOOL = "<tool>"
SNIPPET = "<snippet>"
INTERRUPTED = frozenset({"timeout", "memory", "recursion", "output"})
"""Outcomes that stop guest code anywhere."""
_WIRE_ERRORS: dict[str, tuple[RunOutcome, str]] = {
    "depth": ("recursion", "RecursionError"),
    "size": ("output", "OutputLimit"),
}


class OutputLimit(BaseException):
    """Guest code printed more than it may."""


class Forbidden(Exception):
    """A source that the policy refuses was to be run."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


class Failure(NamedTuple):
    """What the host is told of a run that did not return."""

    outcome: RunOutcome
    stage: str
    type: str
    message: str
    line: int | None = None
    is_refusal: bool = False
    findings: tuple[Finding, ...] = ()


def as_text(failure: Failure) -> str:
    """Return a failure as JSON."""
    findings = [[finding.line, finding.construct, finding.advice] for finding in failure.findings]
    return _to_json([*failure[:-1], findings])


def of_error(error: BaseException, stage: str) -> Failure:
    """Describe an error of guest code; takes guest code's time."""
    if type(error) is WireError:
        outcome, kind = _WIRE_ERRORS.get(error.kind, ("raised", "TypeError"))
        return Failure(outcome, stage, kind, str(error))
    if type(error) is Forbidden:
        return Failure("forbidden", stage, "PolicyError", clean(str(error)), findings=error.findings)
    kind = clean(type(error).__name__, 80)
    message = clean(demangled(str.__str__(str(error))))
    return Failure(_outcome(error), stage, kind, message, _line(error), isinstance(error, ValueError))


def of_limit(error: BaseException, stage: str) -> Failure:
    """Describe a limit that a run reached; runs no guest code."""
    if isinstance(error, TimeLimitReached):
        return Failure("timeout", stage, "TimeoutError", "ran out of time", _line(error))
    if isinstance(error, OutputLimit):
        return Failure("output", stage, "OutputLimit", str(error), _line(error))
    return Failure(_outcome(error), stage, clean(type(error).__name__, 80), "", _line(error))


def _outcome(error: BaseException) -> RunOutcome:
    if isinstance(error, MemoryError):
        return "memory"
    return "recursion" if isinstance(error, RecursionError) else "raised"


def _line(error: BaseException) -> int | None:
    """Return the guest line nearest to where the error rose; a snippet's own line before one of its tool."""
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
