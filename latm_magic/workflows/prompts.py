"""What the tool loop is asked where a flow is unsure: the prompt that its traces had, else one made of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latm_magic.workflows.kept import FlowVersion

_MOST_ANSWERS = 6


def prompt_of(flow: FlowVersion) -> str:
    """Return the newest trace's prompt whose words the inputs fill in; without one, description, inputs and answers."""
    asked = [row.prompt for row in flow.rows if row.prompt]
    if asked:
        return asked[-1]
    lines = [_plain(flow.description or flow.name), *(f"{_plain(name)}: {{{name}}}" for name in flow.machine.inputs)]
    answers = {row.answer for row in flow.rows if row.answer_by is not None}
    texts = sorted(answer for answer in answers if answer.startswith('"'))
    if texts and len(texts) == len(answers) <= _MOST_ANSWERS:
        lines.append(f"Answer with one of these, and nothing else: {_plain(', '.join(texts))}")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return text in which nothing is filled in."""
    return text.replace("{", "(").replace("}", ")")
