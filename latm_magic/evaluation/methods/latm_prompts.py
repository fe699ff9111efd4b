"""What the three calls of the paper's way ask for, and how their replies are read; in words of our own.

Source of the idea: T. Cai and others, "Large Language Models as Tool Makers", arXiv 2305.17126, section 3.1: propose a
function, verify it by unit tests that the maker writes, wrap it with use cases for a light model.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from latm_magic.models.model import Message
from latm_magic.sharing.transcripts import read_conversation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from latm_magic.sharing.transcripts import Conversation
    from latm_magic.task import Instance

Conversed = tuple[Message, ...]

_BLOCK = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE)


def propose(description: str, demonstrations: Sequence[Instance]) -> Conversed:
    """Ask for one Python function that solves every question of a task."""
    return _asked(
        *(f"Question:\n{each.question}\nAnswer: {each.told}" for each in demonstrations),
        f"These are questions of one kind: {description.strip()}",
        (
            "Write one general Python function that finds the answer to any question of this kind. It is called with"
            " the data of a question, not with its text, and returns what the answer is made of. Use the standard"
            " library alone. Reply with one fenced python block that holds the function and nothing that runs it."
        ),
    )


def write_tests(conversed: Conversed, validation: Sequence[Instance]) -> Conversed:
    """Ask for the calls that answer questions which the function was not written from."""
    questions = "\n\n".join(f"Question {number}:\n{each.question}" for number, each in enumerate(validation, 1))
    return (
        *conversed,
        Message(
            "user",
            f"{questions}\n\n"
            "Write a test for each of these questions: one fenced python block a question, in their order. A block"
            " takes the data out of its question, calls your function, keeps what that returns in `ret`, and leaves"
            " the answer in `ans`, in the form of the answers above. The function is there already. Do not work the"
            " answers out yourself.",
        ),
    )


def wrap(conversed: Conversed, solved: Sequence[Instance]) -> Conversed:
    """Ask for the function with its use cases, which a light model will be shown."""
    questions = "\n\n".join(f"Question: {each.question}\nAnswer: {each.told}" for each in solved)
    return (
        *conversed,
        Message(
            "user",
            f"{questions}\n\n"
            "Now write the page that a less able model will work from. First the function, in a fenced python block."
            " Then a line `Use cases:`, and for each question above: a line that begins with `Question:` and holds the"
            " question, a line `Solution:`, and a fenced python block that takes the data out of it, calls the"
            " function, keeps what it returns in `ret` and leaves the answer in `ans`.",
        ),
    )


def again(conversed: Conversed, reply: str, fault: str) -> Conversed:
    """Ask once more, saying what went wrong."""
    return (
        *conversed,
        Message("assistant", reply),
        Message("user", f"That does not work: {fault}. Give it again, whole, in the same form."),
    )


def answered(conversed: Conversed, reply: str) -> Conversed:
    """Return the conversation with a reply that is taken."""
    return (*conversed, Message("assistant", reply))


def read_blocks(reply: str) -> list[str]:
    """Return the fenced blocks of a reply, in order."""
    return [block.strip("\n") + "\n" for block in _BLOCK.findall(reply.replace("\r\n", "\n"))]


def keep_conversation(path: Path, conversed: Conversed) -> Conversation:
    """Write a conversation in the form in which the authors published theirs, and read the tool it ends in.

    Raises `NotebookError` where its last reply holds no function with use cases.
    """
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(
        json.dumps([{"role": each.role, "content": each.content} for each in conversed], indent=1), encoding="utf-8"
    )
    read = read_conversation(unfinished)
    unfinished.replace(path)
    return read


def _asked(*parts: str) -> Conversed:
    return (Message("user", "\n\n".join(parts)),)
