"""The ways in which answers come. Which one it is, is decided in `solving/`; what it means to others is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Way = Literal["cache", "parser", "flow", "dispatcher", "user", "ask", "direct", "unknown", "unasked", "failed"]
"""The most expensive step that an answer took: "cache" (a model's answer, kept), "parser" (no model), "flow" (a flow of
tool calls, no model), "dispatcher" (a model chose the tool, its parser accepted), "user" (a model supplied the
arguments), "ask" (the tool loop went on where a flow was unsure), "direct" (the strong model answered without a tool),
"unknown" (no tool fits), "unasked" (only a model could say, and none was asked), "failed" (something broke; `reason`
says what)."""


@dataclass(frozen=True, slots=True)
class WayInfo:
    """What the readers of answers need to know of a way."""

    total: str
    """The words behind a number of answers, for example "by user model"."""
    label: str
    """The words beside a single answer, for example "user model"."""
    is_answer: bool = True
    asks_model: bool = False
    """A model was asked, and may have been paid."""
    parser_accepted: bool = False
    """The tool's own parser accepted the question, so that nothing but an audit checks the answer."""
    needs_tool: bool = False
    """No tool fits the question, so it waits for one to be made."""


WAYS: Mapping[Way, WayInfo] = {
    "parser": WayInfo("by parser", "parser", parser_accepted=True),
    "flow": WayInfo("by flow", "flow"),
    "cache": WayInfo("from the cache", "cache"),
    "dispatcher": WayInfo("by dispatcher model", "dispatcher model", asks_model=True, parser_accepted=True),
    "user": WayInfo("by user model", "user model", asks_model=True),
    "ask": WayInfo("by tool loop", "tool loop", asks_model=True),
    "direct": WayInfo("direct", "direct", asks_model=True, needs_tool=True),
    "unknown": WayInfo("unknown", "unknown", is_answer=False, needs_tool=True),
    "unasked": WayInfo("not asked", "not asked", is_answer=False),
    "failed": WayInfo("failed", "failed", is_answer=False),
}
"""Every way, in the order of the line of totals. A new one is an entry here, its name in `Way`, and what settles it."""
