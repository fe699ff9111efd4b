"""Keeping a version as the current one, and what it takes over then: corrections, and questions that it now answers.

`Keeping` is the part of `Session` that making, adding, growing and going back have in common.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from latm_magic.cache.cache import StoredAnswer
from latm_magic.errors import TaskError
from latm_magic.tools.function import Tool, ToolHost
from latm_magic.tools.runs import pipeline_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.session.parts import Wiring
    from latm_magic.tool import ToolVersion

__all__ = ["Keeping", "confirmed_answer"]

_BLOCK = 50
"""Questions that are tried before it is looked at how long they took."""


class Keeping:
    """The part of a session that keeps versions."""

    _parts: Wiring

    def _own(self, name: str) -> ToolVersion:
        """Give a tool of this project's cache; raises `ToolNotFound`, or `TaskError` for one that is only shared."""
        if name not in self._parts.cache.names() and self._parts.shared.tool(name) is not None:
            raise TaskError(f"{name!r} is shared, and what it learns is kept in your cache: %latm load it first.")
        return self._parts.cache.tool(name)

    def _keep(self, tool: ToolVersion) -> Tool:
        """Cache a verified tool as the next version."""
        kept = self._parts.cache.add(tool)
        self._take_over(kept)
        return Tool(kept, cast("ToolHost", self))

    def _take_over(self, tool: ToolVersion) -> None:
        """Let the version that is current now take over what was kept for the ones before.

        Corrections go on counting, unless they are samples by now; refused and pending questions that its parser
        answers are forgotten.
        """
        cache = self._parts.cache
        settled = {sample.question for sample in tool.all_samples}
        corrections = cache.corrections(tool.name)
        cache.drop_corrections(tool.name, [c.question for c in corrections if c.question in settled])
        left = [c for c in corrections if c.question not in settled]
        cache.keep_answers([confirmed_answer(c.question, c.wanted, tool) for c in left])
        cache.drop_refusals(tool.name, self._answered(tool, [r.question for r in cache.refusals(tool.name)]))
        cache.drop_pending([*settled, *self._answered(tool, cache.pending())])

    def _answered(self, tool: ToolVersion, questions: Sequence[str]) -> list[str]:
        """Give the questions that a tool answers by itself."""
        if not (tool.has_parser and questions):
            return []
        parts, answered = self._parts, []
        walls = parts.walls_for(tool)
        for start in range(0, len(questions), _BLOCK):
            block = questions[start : start + _BLOCK]
            runs = parts.sandbox.solve_many(tool.source, pipeline_of(tool), block, require_walls=walls)
            answered += [question for question, run in zip(block, runs, strict=True) if run.returned]
            if any(run.outcome == "timeout" for run in runs):
                break  # the others would take as long: they wait until they are asked again
        return answered


def confirmed_answer(question: str, text: str, tool: ToolVersion | None) -> StoredAnswer:
    """Give the record of an answer that you said is right."""
    return StoredAnswer(
        question=question,
        tool=tool.name if tool else None,
        version=tool.version if tool else None,
        fingerprint=tool.fingerprint if tool else "",
        text=text,
        way="parser" if tool else "direct",
        confirmed=True,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
