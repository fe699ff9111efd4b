"""Between a tool's record and the sandbox: its steps, its calls as text, and why a run gave nothing, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.records import Pipeline
from latm_magic.tool import AnswerForm, Glue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion

__all__ = ["answer_text", "call_text", "has_no_answer", "is_refusal", "pipeline_of", "reason_of"]

_MAX_CALL_CHARACTERS = 4_000


def pipeline_of(tool: ToolVersion) -> Pipeline:
    """Give the steps from a question to an answer of this tool."""
    return Pipeline("parse" if tool.has_parser else None, tool.function, "format_answer" if tool.has_format else None)


_PLAIN = AnswerForm()


def answer_text(value: Any, form: AnswerForm = _PLAIN) -> str:
    """Give the text of a result, in the form that the tool's samples showed; raises `ValueError` for None."""
    if value is None:
        raise ValueError("the function gave None, which is no answer")
    if form.items is not None and isinstance(value, list | tuple):
        return _glued([str(item) for item in value], form.items)
    text = value if isinstance(value, str) else str(value)
    return text if form.text == _PLAIN.text or _is_glued(text, form.text) else _glued(text, form.text)


def _glued(parts: Sequence[str], glue: Glue) -> str:
    return glue.before + glue.between.join(parts) + glue.after


def _is_glued(text: str, glue: Glue) -> bool:
    """Say whether a text has the form already: light models write "(E)" as well as "E"."""
    if not (text.startswith(glue.before) and text.endswith(glue.after)):
        return False
    inner = text[len(glue.before) : len(text) - len(glue.after)]
    return not glue.between or all(len(part) == 1 for part in inner.split(glue.between))


def is_refusal(run: Run) -> bool:
    """Say whether a tool refused a question: ValueError from `parse` or `format_answer`, and nothing else."""
    return run.outcome == "raised" and run.stage in {"parse", "format"} and bool(run.error and run.error.is_refusal)


def has_no_answer(run: Run) -> bool:
    """Say whether a tool has nothing to say of a question: it refused, or broke before it had read it."""
    return run.outcome != "returned" and (is_refusal(run) or run.stage in {"", "parse"})


def reason_of(run: Run) -> str:
    """Say in one line why a run gave no value, with the step and the line of the guest source."""
    error = run.error
    if error is None:
        return run.outcome
    step = {"parse": "in parse", "function": "in the function", "format": "in format_answer"}.get(run.stage, "")
    place = ", ".join(part for part in (step, f"line {error.line}" if error.line else "") if part)
    findings = "; ".join(str(finding) for finding in error.findings)
    text = findings or (f"{error.type}: {error.message}" if error.message else error.type)
    return f"{text} ({place})" if place else text


def call_text(tool: ToolVersion, arguments: dict[str, Any] | None) -> str:
    """Write a call as Python text; "" without arguments, or where it would be longer than is of use."""
    if arguments is None:
        return ""
    try:
        text = f"{tool.function}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
    except (ValueError, RecursionError):
        return ""
    return text if len(text) <= _MAX_CALL_CHARACTERS else ""
