"""Thinking that a model wrote into its text, told apart from the reply: models and servers mark it in many ways.

Only what stands at the very beginning is thinking. A tag further on is what the model has to say, and is left alone.
"""

from __future__ import annotations

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|seed:think"
_MARKS = {
    "[think]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|END_THINKING|>",
}
_BEGINNING = re.compile(
    rf"[\s\ufeff]*(?:<(?P<name>{_NAMES})(?:\s[^<>/]{{0,200}})?>|(?P<mark>{'|'.join(map(re.escape, _MARKS))}))",
    re.IGNORECASE,
)
_LONE_END = re.compile(r"(?<![\"'`])(?:</think(?:ing)?\s{0,8}>|\[/THINK\])(?![\"'`])", re.IGNORECASE)
_ANY_BEGINNING = re.compile(r"<think(?:ing)?\b|\[THINK\]", re.IGNORECASE)
_CHANNEL = re.compile(r"[\s\ufeff]*(?:<\|start\|>assistant)?<\|channel\|>")
_FINAL_CHANNELS = ("<|channel|>final", "<|channel|>commentary to=")
_MESSAGE = "<|message|>"
_CHANNEL_ENDS = ("<|return|>", "<|end|>", "<|call|>")


def split_thinking(text: str) -> tuple[str, str]:
    """Return the thinking that `text` begins with, marks and all ("" = none), and the reply behind it.

    Thinking without an end is all there is: no reply is behind it.
    """
    end = _end_of_thinking(text)
    if not end:
        return "", text
    reply = text[end:].lstrip()
    thinking = text[: len(text) - len(reply)]
    for ending in _CHANNEL_ENDS if _CHANNEL.match(text) else ():
        reply = reply.rstrip().removesuffix(ending)
    return thinking, reply


def is_unfinished(thinking: str) -> bool:
    """Return whether thinking, as `split_thinking` gave it, has no end: the model was cut off amid its thoughts."""
    marked = _CHANNEL.match(thinking) or _BEGINNING.match(thinking)
    return bool(marked) and not _marked_end(thinking)


def _end_of_thinking(text: str) -> int:
    """Return where the reply begins, 0 where nothing marks thinking."""
    if _CHANNEL.match(text) or _BEGINNING.match(text):
        return _marked_end(text) or len(text)
    if text.startswith("analysis") and (found := text.find("assistantfinal")) > 0:  # channels without their marks
        return found + len("assistantfinal")
    ends = _LONE_END.search(text)  # some templates write the beginning into the request
    return ends.end() if ends and not _ANY_BEGINNING.search(text, 0, ends.start()) else 0


def _marked_end(text: str) -> int:
    """Return where thinking that has a beginning ends, 0 where it does not."""
    begins = _BEGINNING.match(text)
    if begins is None:
        channel = max(map(text.find, _FINAL_CHANNELS))
        message = text.find(_MESSAGE, channel) if channel >= 0 else -1
        return message + len(_MESSAGE) if message >= 0 else 0
    ending = re.escape(_MARKS[begins["mark"].lower()]) if begins["mark"] else rf"</{begins['name']}\s{{0,8}}>"
    ends = re.compile(ending, re.IGNORECASE).search(text, begins.end())
    return ends.end() if ends else 0
