"""Which functions the model sees: all of a few; of many the likeliest five, and a function that finds others.

So a thousand tools cost what ten do. What was found stays in sight for the rest of the run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.models.model import FunctionSpec
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.solving.tool_loop.functions import Function

MOST_SHOWN = 10
"""Functions that are all shown."""
BEST = 5
"""Functions that are shown of more, and that one search finds."""
FIND = "find_tool"

_SPEC = FunctionSpec(
    FIND,
    "Find more functions. There are many that are not shown; those found can be called from the next reply on.",
    {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What the function should do, in a few words."}},
        "required": ["query"],
        "additionalProperties": False,
    },
)


class Shelf:
    """All functions of a run, and which of them the model sees."""

    def __init__(
        self, functions: Mapping[str, Function], likely: Callable[[str], Sequence[str]], first: str, used: Sequence[str]
    ) -> None:
        """Show what is likely for the text `first`, beside those that were `used` before.

        `likely` names tools whose own questions have something in common with a text, the likeliest first.
        """
        self._functions = functions
        self._likely = likely
        self._words = {name: _words(f"{name} {each.said}") for name, each in functions.items()}
        self.has_more = len(functions) > MOST_SHOWN
        """Whether there are functions to be found."""
        shown = [*used, *self._best(first)] if self.has_more else functions
        self._shown = {name: functions[name].spec for name in shown if name in functions}

    @property
    def specs(self) -> tuple[FunctionSpec, ...]:
        """What the model is offered now."""
        return (*self._shown.values(), *([_SPEC] if self.has_more else []))

    def find(self, query: str) -> list[str]:
        """Show what fits a query best, and return what that is, a line each."""
        best = self._best(query)
        self._shown |= {name: self._functions[name].spec for name in best if name not in self._shown}
        return [f"{name}: {one_line(self._functions[name].said, 200)}" for name in best]

    def _best(self, text: str) -> list[str]:
        """Return by turns what the router and what the words of names and descriptions speak for."""
        asked = _words(text)
        shared = {name: len(words & asked) / (len(words) ** 0.5 or 1.0) for name, words in self._words.items()}
        by_words = sorted((name for name, share in shared.items() if share), key=lambda name: -shared[name])
        by_router = [name for name in self._likely(text) if name in self._functions]
        turns = [name for pair in zip(by_router[:BEST], by_words[:BEST], strict=False) for name in pair]
        return list(dict.fromkeys([*turns, *by_router[:BEST], *by_words[:BEST]]))[:BEST]


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 2}  # noqa: PLR2004
