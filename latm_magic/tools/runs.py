"""What a run says: whether it refused, why it gave nothing, in words, and the call that was made, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.errors import SandboxError

if TYPE_CHECKING:
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import Proposal

_MAX_CALL_CHARACTERS = 4_000


def is_refusal(run: Run) -> bool:
    """Return whether a tool refused a question: ValueError from `parse` or `format_answer`, and nothing else."""
    return run.outcome == "raised" and run.stage in {"parse", "format"} and bool(run.error and run.error.is_refusal)


def has_no_answer(run: Run) -> bool:
    """Return whether a tool has nothing to say of a question: it refused, or raised before it had read it.

    A limit, a crash or a killed worker says nothing of the question: such a row fails, and no model is asked.
    """
    return is_refusal(run) or (run.outcome in {"raised", "forbidden"} and run.stage in {"", "parse"})


def raise_if_lost(name: str, run: Run) -> None:
    """Raise `SandboxError` for a run that says nothing of the tool `name`, because the sandbox lost its worker."""
    if run.was_lost:
        raise SandboxError(f"{name!r} could not be verified, and nothing was kept: {reason_of(run)}.")


def reason_of(run: Run) -> str:
    """Return in one line why a run gave no value, with the step and the line of the guest source."""
    error = run.error
    if error is None:
        return run.outcome
    step = {"parse": "in parse", "function": "in the function", "format": "in format_answer"}.get(run.stage, "")
    place = ", ".join(part for part in (step, f"line {error.line}" if error.line else "") if part)
    findings = "; ".join(str(finding) for finding in error.findings)
    text = findings or (f"{error.type}: {error.message}" if error.message else error.type)
    return f"{text} ({place})" if place else text


def call_text(tool: Proposal, arguments: dict[str, Any] | None) -> str:
    """Return a call as Python text; "" without arguments, or where it would be longer than is of use."""
    if arguments is None:
        return ""
    try:
        text = f"{tool.function}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
    except (ValueError, RecursionError):
        return ""
    return text if len(text) <= _MAX_CALL_CHARACTERS else ""
