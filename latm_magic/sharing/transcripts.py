"""Reading conversations in which a tool was made, as the authors of LATM published them.

A conversation is a list of chat messages; the last reply holds the wrapped tool: a function, and use cases that each
turn a question into a call, with what is found left in `ret` and `ans`. Nothing of it is run here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latm_magic.errors import NotebookError
from latm_magic.sharing.files import read_json
from latm_magic.tool import UseCase

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 8_000_000
MAX_USE_CASES = 50
MAX_CHARACTERS = 200_000

_BLOCK = re.compile(r"^[ \t]*```[ \t]*(?:(?:python|py)[ \t]*)?\r?\n(?P<code>.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_CASES = re.compile(r"^[ \t#*]*use cases\b", re.IGNORECASE | re.MULTILINE)
_QUESTION = re.compile(r"^[ \t#*]*Question(?: \d+)?[ \t]*:[ *]*", re.MULTILINE)
_END = re.compile(r"^[ \t#*]*(?:Answer|Solution)(?: \d+)?[ \t]*:", re.MULTILINE)
_RESULT = re.compile(r"^(?P<name>ans\d*)[ \t]*=(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tool as its conversation tells it."""

    source: str
    use_cases: tuple[UseCase, ...]


def read_conversation(path: Path) -> Conversation:
    """Read the wrapped tool of a conversation; raises `NotebookError` where there is none."""
    wrapped = _wrapped(_messages(path), path)
    head = _CASES.search(wrapped)
    code, told = (wrapped[: head.start()], wrapped[head.end() :]) if head else (wrapped, "")
    source = "\n\n".join(block["code"].rstrip() for block in _BLOCK.finditer(code)) + "\n"
    cases = tuple(case for part in _QUESTION.split(told)[1:] if (case := _use_case(part)))
    if not source.strip() or not cases:
        missing = "function in a python block" if not source.strip() else "use case with a question and a solution"
        raise NotebookError(f"The last reply in {path.name!r} holds no {missing}: is it the wrapped tool?", path=path)
    return Conversation(source, cases[:MAX_USE_CASES])


def _messages(path: Path) -> list[Any]:
    messages = read_json(path, MAX_BYTES, "a conversation")
    if not isinstance(messages, list):
        raise NotebookError(
            f"{path.name!r} is not a conversation, a list of messages with role and content.", path=path
        )
    return messages


def _wrapped(messages: list[Any], path: Path) -> str:
    replies = [m.get("content") for m in messages if isinstance(m, dict) and m.get("role") == "assistant"]
    last = replies[-1] if replies else None
    if not isinstance(last, str) or len(last) > MAX_CHARACTERS:
        why = "holds no reply" if not isinstance(last, str) else f"ends in a reply of {len(last):,} characters"
        raise NotebookError(f"{path.name!r} {why}: it is not a conversation in which a tool was made.", path=path)
    return last.replace("\r\n", "\n")


def _use_case(told: str) -> UseCase | None:
    """Read a question with its solution; None where one of them is missing."""
    block, end = _BLOCK.search(told), _END.search(told)
    if block is None or end is None or end.start() > block.start():
        return None
    question, snippet = told[: end.start()].strip(), block["code"].rstrip()
    names = _RESULT.findall(snippet)
    if not question or not names:
        return None
    # Several use cases in one reply are often numbered: ret1, ans1.
    return UseCase(question, snippet if "ans" in names else f"{snippet}\nans = {names[-1]}")
