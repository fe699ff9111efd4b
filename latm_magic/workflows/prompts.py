"""What the tool loop is asked where a flow is unsure: the prompt that its traces had, else one made of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.cache.trace_rows import trace_of

if TYPE_CHECKING:
    from latm_magic.workflows.kept import FlowVersion

_MOST_ANSWERS = 6


def prompt_of(flow: FlowVersion) -> tuple[str, dict[str, Any] | None]:
    """Return the newest asked trace's prompt, which the inputs fill in, and the JSON Schema of its answer.

    Without one, description, inputs and answers.
    """
    asked = [row for row in flow.rows if row.prompt]
    if asked:
        newest = trace_of(asked[-1])
        return newest.prompt, None if newest.schema is None else dict(newest.schema)
    lines = [_plain(flow.description or flow.name), *(f"{_plain(name)}: {{{name}}}" for name in flow.machine.inputs)]
    answers = {row.answer for row in flow.rows if row.answer_by is not None}
    texts = sorted(answer for answer in answers if answer.startswith('"'))
    if texts and len(texts) == len(answers) <= _MOST_ANSWERS:
        lines.append(f"Answer with one of these, and nothing else: {_plain(', '.join(texts))}")
    return "\n".join(lines), None


def _plain(text: str) -> str:
    """Return text in which nothing is filled in."""
    return text.replace("{", "(").replace("}", ")")
