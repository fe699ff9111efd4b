"""Traces: what a run of tool calls did, step by step, as records; the loop and cells write them, flows learn from them.

It does NOT record or keep them (`tools/tracing.py`, `solving/tool_loop/` and `cache/traces.py` do).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

AnswerBy = Literal["you", "model", "flow"]
"""Who gave a trace's answer."""
Origin = Literal["ask", "cell", "import"]
"""Where a trace came from: the tool loop, calls in your own cells, a file."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a tool, and what came of it."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """By name; a question that a tool's parser read stands under "question"."""
    output: Any = None
    """Plain data; None where `error` says why there is none."""
    error: str = ""
    """One line; empty where the call succeeded."""
    fingerprint: str = ""
    """Of the tool's version that ran; empty for a function of yours."""
    acts: bool = False
    """It may have changed something outside: it is never run again to learn or to verify."""
    ms: float = 0.0
    at: str = ""
    """When it began: ISO date and time, UTC; empty where nobody noted it."""
    round: int = 0
    """Which reply of the loop's model asked for it, from 1; 0 for a call of yours."""
    tokens: int = 0
    """Of that reply and its request; on the first of several calls that it asked for."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One run: named inputs, the calls in their order, and the answer."""

    id: str
    name: str
    """What it is recorded under, usually the flow's name."""
    inputs: Mapping[str, Any]
    steps: tuple[Step, ...] = ()
    answer: Any = None
    answer_by: AnswerBy | None = None
    """None: the run has no answer."""
    origin: Origin = "cell"
    created: str = ""
    """ISO date and time, UTC."""
    prompt: str = ""
    """What the loop was asked, before its inputs were filled in."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema that the loop's answer had to fit; None: text."""
    tools: tuple[str, ...] = ()
    """Those that the loop could call."""
    model: str = ""
    """The loop's; empty without one."""
    tokens: int = 0
    """Of all its model calls."""
    cost_usd: float | None = 0.0
    """US dollars of its model calls; None = unknown."""
    stopped: str = ""
    """Which bound ended the loop, in one line; empty where it ended by itself."""
