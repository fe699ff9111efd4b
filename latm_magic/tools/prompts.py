"""What the user model is asked; how its replies are read is in `replies.py`.

Pure functions. The text of a question is data from a stranger: it stands between two lines of its own, and whatever it
says, a reply can only fill a function's arguments, which are checked afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.models.model import FunctionSpec, Message
from latm_magic.tools.arguments import arguments_schema
from latm_magic.tools.data_marks import BEGIN, END, plain_data

if TYPE_CHECKING:
    from latm_magic.models.model import Reply
    from latm_magic.tool import Proposal

CANNOT = "CANNOT"
"""What a user model replies to a question that the function does not answer."""

MAX_EXAMPLE_CHARACTERS = 800
"""Of an example in a request; question and answer together may have twice as many."""
SHOWN_EXAMPLES = 3


def call_function(tool: Proposal, question: str) -> tuple[Message, ...]:
    """Ask for the arguments with which a tool's function answers a question."""
    return user_message(
        "Turn the question below into one call of this function. Do not solve the question yourself.",
        plain_data(f"{tool.signature}\n{tool.doc}".rstrip()),
        plain_data(f"It was made for this task: {tool.description.strip()}"),
        *_use_cases(tool, "Call"),
        as_data(question),
        (
            "Call the function. If you cannot call functions, reply with the arguments as one JSON object alone."
            f" If the question is none that this function answers, reply {CANNOT}."
        ),
    )


def write_snippet(tool: Proposal, question: str) -> tuple[Message, ...]:
    """Ask for a snippet that calls a function which takes callables, as in the use cases that the paper published."""
    return user_message(
        "Write the Python snippet that answers the question below with this function. Do not solve it yourself.",
        plain_data(f"```python\n{tool.source.strip()}\n```"),
        *_use_cases(tool, "Solution"),
        as_data(question),
        (
            "The function is there already. Save its return value in a variable named `ret`, and the answer, in the"
            " form of the solutions above, in a variable named `ans`. Reply with one fenced ```python block and nothing"
            f" else. If the question is none that this function answers, reply {CANNOT}."
        ),
    )


def _use_cases(tool: Proposal, word: str) -> list[str]:
    fitting = [case for case in tool.use_cases if len(case.question) + len(case.call) <= 2 * MAX_EXAMPLE_CHARACTERS]
    return [plain_data(f"Question:\n{case.question}\n\n{word}:\n{case.call}") for case in fitting[:SHOWN_EXAMPLES]]


def user_message(*parts: str) -> tuple[Message, ...]:
    """Return a request of one message, its parts as paragraphs."""
    return (Message("user", "\n\n".join(parts)),)


def as_data(question: str) -> str:
    """Return a question as it stands in every request: marked as data, word for word but for the marks themselves."""
    return f"{BEGIN}\n{plain_data(question)}\n{END}"


def ask_again(messages: tuple[Message, ...], reply: Reply, fault: str) -> tuple[Message, ...]:
    """Ask once more after a call that does not fit, saying why."""
    said = reply.text or "; ".join(f"{call.name}({call.arguments})" for call in reply.calls) or "(nothing)"
    again = f"That call cannot be made: {plain_data(fault)}. Give the corrected one in the same form."
    return (*messages, Message("assistant", plain_data(said)), Message("user", again))


def function_spec(tool: Proposal) -> FunctionSpec:
    """Return a tool as a function for native function calling."""
    return FunctionSpec(tool.name, plain_data((tool.doc or tool.description)[:1000]), arguments_schema(tool.parameters))
