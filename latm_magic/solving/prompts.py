"""What the dispatcher model and the strong model are asked; how their replies are read is in `replies.py`.

Pure functions. Whatever a question says, a reply can only choose among known tools; an answer without a tool is marked
as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.tools.data_marks import plain_data
from latm_magic.tools.prompts import MAX_EXAMPLE_CHARACTERS, SHOWN_EXAMPLES, as_data, user_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.models.model import Message
    from latm_magic.task import Instance
    from latm_magic.tool import ToolVersion


def choose_tool(tools: Sequence[ToolVersion], question: str) -> tuple[Message, ...]:
    """Ask which of the tools answers a question, or none (LATM, section 3.3: the dispatcher)."""
    listed = [
        plain_data(f"{tool.name}: {tool.description.strip()[:600]}\nFor example:\n{_example(tool)}") for tool in tools
    ]
    return user_message(
        (
            "Choose the tool that answers the question below. Each tool is a program for one class of problems: the"
            " question has to be of the same class as the tool's example, though its wording, names, numbers and length"
            " may differ."
        ),
        *listed,
        as_data(question),
        "Reply with the name of the tool alone, or with the word unknown if none is for this class of problems.",
    )


def _example(tool: ToolVersion) -> str:
    shortest = min((sample.question for sample in tool.samples if sample.expects != "refusal"), key=len, default="")
    return shortest[:MAX_EXAMPLE_CHARACTERS]


def answer_directly(question: str) -> tuple[Message, ...]:
    """Ask the strong model for an answer without a tool."""
    return user_message(
        (
            "Answer the question below. Think as long as you need, then give the answer alone, in the shortest usual"
            " form, in a last line that begins with 'Answer:'."
        ),
        as_data(question),
    )


def answer_alike(description: str, samples: Sequence[Instance], question: str) -> tuple[Message, ...]:
    """Ask the strong model for the answer to a question of a known task, in the form of its solved examples."""
    solved = [s for s in samples if s.expects == "answer"]
    fitting = [s for s in solved if len(s.question) + len(s.answer or "") <= 2 * MAX_EXAMPLE_CHARACTERS]
    return user_message(
        plain_data(f"Answer the question below. It is of this task: {description.strip()}"),
        *(plain_data(f"Solved example:\n{s.question}\nAnswer: {s.answer}") for s in fitting[:SHOWN_EXAMPLES]),
        as_data(question),
        (
            "Think as long as you need, then give the answer alone, in exactly the form of the solved examples where"
            " there are any, in a last line that begins with 'Answer:'."
        ),
    )
